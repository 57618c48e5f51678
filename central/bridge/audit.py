"""What an auditor asks the bridge's database: does the chain hold, and is anything of a parcel still there?"""

import json

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agent.wire import Stage
from central.bridge.beside import opened_beside
from central.bridge.ledger import verify_ledger
from central.bridge.tables import ChunkRow, EventRow, OutboxRow, ParcelRow, TombstoneRow
from central.paths import Paths


def audit(paths: Paths) -> str:
    """One JSON object. :raises: ChainBroken when a ledger line does not fit; what `opened_beside` raises."""
    with opened_beside(paths) as session:
        head = verify_ledger(session)
        accepted = select(func.count()).select_from(ParcelRow).where(ParcelRow.stage == Stage.ACCEPTED.value)
        found = {
            "ledger_lines": head.number,
            "ledger_digest": head.digest,
            "parcels": _count(session, ParcelRow),
            "parcels_accepted": session.scalar(accepted),
            "tombstones": _count(session, TombstoneRow),
            "events": _count(session, EventRow),
            "sealed_copies_left": _count(session, OutboxRow) + _count(session, ChunkRow),
        }
    return json.dumps(found, sort_keys=True)


def _count(session: Session, table: type[ParcelRow | TombstoneRow | EventRow | OutboxRow | ChunkRow]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0
