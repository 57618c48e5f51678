"""What a person at headquarters is shown of parcels, and may do for one that is set aside: put it back."""

import json
import os
from datetime import datetime

from sqlalchemy import and_, select, update

from agent.wire import Stage
from agent.wire.document import instant_text
from central.bridge.beside import opened_beside
from central.bridge.ledger import append_line
from central.bridge.subject import subject_of
from central.bridge.tables import OutboxRow, ParcelRow, RestrictionRow
from central.errors import ParcelNotHeld
from central.paths import Paths
from vault.access import Access, Purpose, access


def parcels(paths: Paths, *, held: bool, at: datetime) -> list[str]:
    """One JSON object a parcel, oldest first; nothing personal.

    :param held: only those that are kept here: rejected, or set aside with a trouble that a person must look at.
    :raises: SetUpError when there is no ledger.
    """
    of_one_parcel = and_(OutboxRow.tenant == ParcelRow.tenant, OutboxRow.parcel == ParcelRow.parcel)
    wanted = select(ParcelRow, OutboxRow.held).join(OutboxRow, of_one_parcel, isouter=not held)
    if held:
        wanted = wanted.where(OutboxRow.held.is_(True))
    with opened_beside(paths) as session, session.begin():
        # nobody else writes a line from here on, as in `retry`
        session.connection().exec_driver_sql("BEGIN IMMEDIATE")
        found = session.execute(wanted.order_by(ParcelRow.stored_at, ParcelRow.parcel)).all()
        detail = access(f"uid:{os.getuid()}", Purpose.OVERSEE, parcels=len(found), held=held)
        append_line(session, at, kind=Access.PARCELS_LISTED, detail=detail)
        return [_line(row, held=bool(kept)) for row, kept in found]


def retry(paths: Paths, *, tenant: str, parcel: str, at: datetime) -> None:
    """Have a parcel that was set aside opened and handed over once more; a bridge that runs finds it by itself.

    :raises: ParcelNotHeld, SetUpError.
    """
    put_back = update(OutboxRow).where(OutboxRow.tenant == tenant, OutboxRow.parcel == parcel, OutboxRow.held.is_(True))
    with opened_beside(paths) as session, session.begin():
        # the write comes first: from here on a bridge that runs can change nothing of what is read
        session.execute(put_back.values(held=False))
        restricted = (
            RestrictionRow.tenant == tenant,
            RestrictionRow.parcel == parcel,
            RestrictionRow.lifted_at.is_(None),
        )
        if session.scalars(select(RestrictionRow).where(*restricted)).first() is not None:
            raise ParcelNotHeld("The parcel is restricted: a person wants it kept and not processed.")
        row = session.get(ParcelRow, (tenant, parcel))
        if row is None or row.stage != Stage.STORED.value or row.trouble is None:
            raise ParcelNotHeld("No such parcel is set aside: see `smilius-central parcels --held`.")
        trouble, row.trouble, row.openings = row.trouble, None, 0
        row.part = row.held_at = None
        detail = {**subject_of(row).detail(), "trouble": trouble, "by": "person", "uid": os.getuid()}
        append_line(session, at, kind="parcel-retried", detail=detail)


def _line(row: ParcelRow, *, held: bool) -> str:
    times = {
        "stored_at": row.stored_at,
        "held_since": row.held_at if held else None,
        "decided_at": row.decided_at,
        "wiped_at": row.wiped_at,
    }
    shown = {
        "tenant": row.tenant,
        "parcel": row.parcel,
        "station": row.station,
        "kind": row.kind,
        "stage": row.stage,
        "trouble": row.trouble,
        "cause": row.cause,
        "part": row.part,
        "held": held,
        **{name: None if time is None else instant_text(time) for name, time in times.items()},
    }
    return json.dumps(shown)
