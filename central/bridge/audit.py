"""What an auditor asks the bridge's database: does the chain hold, and is anything of a parcel still there?"""

import json

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agent.wire import Stage
from central.bridge.ledger import verify_ledger
from central.bridge.tables import REVISION, ChunkRow, EventRow, OutboxRow, ParcelRow, TombstoneRow
from central.database import check_schema
from central.paths import Paths
from central.settings import load_settings
from vault.database import open_database


def audit(paths: Paths) -> str:
    """One JSON object. :raises: ChainBroken when a ledger line does not fit, SetUpError when there is no ledger."""
    load_settings(paths.settings)
    engine = open_database(paths.bridge_database)
    try:
        check_schema(engine, revision=REVISION)
        with Session(engine) as session:
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
    finally:
        engine.dispose()
    return json.dumps(found, sort_keys=True)


def _count(session: Session, table: type[ParcelRow | TombstoneRow | EventRow | OutboxRow | ChunkRow]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0
