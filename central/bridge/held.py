"""What a person at headquarters is shown of parcels, and does with one that is set aside: put it back, or reject it."""

import json
import os
from datetime import datetime

from sqlalchemy import Engine, and_, select, update
from sqlalchemy.orm import Session

from agent.clock import Clock
from agent.wire import Cause, Stage
from agent.wire.document import instant_text
from central.bridge import handed
from central.bridge.beside import opened_beside, writing_beside
from central.bridge.delivery import Delivery
from central.bridge.frames import Delivered
from central.bridge.ledger import ReceiptBook, append_line
from central.bridge.subject import subject_of
from central.bridge.tables import OutboxRow, ParcelRow, RestrictionRow
from central.database import Claims
from central.errors import ParcelNotHeld
from central.paths import Paths
from central.pki.keyring import OwnKeys
from vault.access import Access, Purpose, access
from vault.ledger import Detail


def parcels(paths: Paths, *, held: bool, at: datetime) -> list[str]:
    """One JSON object a parcel, oldest first; nothing personal.

    :param held: only those that are kept here: rejected, or set aside with a trouble that a person must look at.
    :raises: SetUpError when there is no ledger.
    """
    of_one_parcel = and_(OutboxRow.tenant == ParcelRow.tenant, OutboxRow.parcel == ParcelRow.parcel)
    wanted = select(ParcelRow, OutboxRow.held).join(OutboxRow, of_one_parcel, isouter=not held)
    if held:
        wanted = wanted.where(OutboxRow.held.is_(True))
    with writing_beside(paths) as session:
        found = session.execute(wanted.order_by(ParcelRow.stored_at, ParcelRow.parcel)).all()
        detail = access(f"uid:{os.getuid()}", Purpose.OVERSEE, parcels=len(found), held=held)
        append_line(session, at, kind=Access.PARCELS_LISTED, detail=detail)
        return [_line(row, held=bool(kept)) for row, kept in found]


def retry(paths: Paths, *, tenant: str, parcel: str, at: datetime) -> None:
    """Have a parcel that was set aside opened and handed over once more; a bridge that runs finds it by itself.

    :raises: ParcelNotHeld, SetUpError.
    """
    with writing_beside(paths) as session:
        row = _set_aside(session, tenant, parcel=parcel, held_from_now=False)
        detail = _by_person(row)
        row.trouble = row.part = row.held_at = None
        row.openings = 0
        append_line(session, at, kind="parcel-retried", detail=detail)


def refuse(paths: Paths, *, tenant: str, parcel: str, cause: Cause, at: datetime) -> None:
    """Reject a parcel that was set aside: its station is told the cause when it asks the next time, and wipes its own.

    What is sealed here stays until it is amended or its retention ends, as with what MIGRIS rejects.

    :raises: ParcelNotHeld, SetUpError, KeyOutOfTime when no receipt can be signed.
    """
    book = ReceiptBook(OwnKeys(paths))
    with writing_beside(paths) as session:
        row = _set_aside(session, tenant, parcel=parcel, held_from_now=True)
        detail = {**_by_person(row), "cause": cause.code, "part": cause.part, "reason": cause.sentence}
        row.stage, row.decided_at = Stage.REJECTED.value, at
        row.trouble, row.cause, row.part = None, cause.code, cause.part
        handed.finish(session, subject_of(row))
        book.issue(session, subject_of(row), stage=Stage.REJECTED, at=at, decision=(None, cause))
        append_line(session, at, kind="parcel-rejected", detail=detail)


def settle(paths: Paths, place: tuple[str, str], *, delivered: Delivered, clock: Clock) -> None:
    """Write down what a person found out that MIGRIS decided, where MIGRIS cannot be asked; the station is told it.

    :param place: tenant and id of a parcel that was set aside for that.
    :raises: ParcelNotHeld, SetUpError, KeyOutOfTime when no receipt key is in its time.
    """
    with opened_beside(paths) as session:
        engine = session.get_bind()
        assert isinstance(engine, Engine), "a session beside the bridge has its own engine"
        delivery = Delivery(engine, claims=Claims(engine), book=ReceiptBook(OwnKeys(paths)), clock=clock)
        delivery.settle(place, delivered, uid=os.getuid())


def _set_aside(session: Session, tenant: str, *, parcel: str, held_from_now: bool) -> ParcelRow:
    """A parcel that a person may decide about, and nobody else from here on. :raises: ParcelNotHeld."""
    held = update(OutboxRow).where(OutboxRow.tenant == tenant, OutboxRow.parcel == parcel, OutboxRow.held.is_(True))
    # the write comes first: from here on a bridge that runs can change nothing of what is read
    session.execute(held.values(held=held_from_now))
    restricted = (RestrictionRow.tenant == tenant, RestrictionRow.parcel == parcel, RestrictionRow.lifted_at.is_(None))
    if session.scalars(select(RestrictionRow).where(*restricted)).first() is not None:
        raise ParcelNotHeld("The parcel is restricted: a person wants it kept and not processed.")
    row = session.get(ParcelRow, (tenant, parcel))
    if row is None or row.stage != Stage.STORED.value or row.trouble is None:
        raise ParcelNotHeld("No such parcel is set aside: see `smilius-central parcels --held`.")
    return row


def _by_person(row: ParcelRow) -> Detail:
    return {**subject_of(row).detail(), "trouble": row.trouble, "by": "person", "uid": os.getuid()}


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
        "amends": row.amends,
        "stage": row.stage,
        "trouble": row.trouble,
        "cause": row.cause,
        "part": row.part,
        "held": held,
        **{name: None if time is None else instant_text(time) for name, time in times.items()},
    }
    return json.dumps(shown)
