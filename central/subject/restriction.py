"""Restriction and erasure of what headquarters keeps, on the controller's instruction. Duties: R-DSR-0, R-DSR-4.

A restricted parcel is kept and not processed: the bridge does not hand it to MIGRIS until every restriction of it is
lifted, and the person is told before. Erased is only what MIGRIS refused and headquarters kept for an amendment: what
MIGRIS accepted was wiped here long ago, and what nobody has decided on ends in no other way than its delivery.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.wire import How, Stage, Tombstone, sign_document
from central.bridge.beside import writing_beside
from central.bridge.ledger import append_line
from central.bridge.subject import subject_of
from central.bridge.tables import ChunkRow, OutboxRow, ParcelRow, ReceiptRow, RestrictionRow, TombstoneRow, UploadRow
from central.database import forget, is_overwritten, open_database, place_of
from central.errors import CentralError, SubjectRefused
from central.paths import Paths
from central.pki.set_up import receipt_key
from central.settings import load_settings
from central.subject.machine import RequestKind
from central.subject.register import check_reference, in_hand, known, note
from central.subject.tables import FindingRow, RequestRow
from vault.envelope import SigningKey, digest_of

RESTRICTING = frozenset(
    {RequestKind.RESTRICTION, RequestKind.OBJECTION, RequestKind.RECTIFICATION, RequestKind.ERASURE}
)
"""Requests for which processing may have to stop, also while it is found out whether something is right."""

ERASING = frozenset({RequestKind.ERASURE, RequestKind.OBJECTION})


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure came to, by parcel."""

    erased: tuple[str, ...]
    """Of these nothing is left here."""
    not_here: tuple[str, ...]
    """MIGRIS accepted them: nothing was left here before; MIGRIS is told as a recipient."""
    undecided: tuple[str, ...]
    """Nobody has decided on them yet: they were not touched."""


def restrict(paths: Paths, request: str, *, instruction: str, at: datetime) -> list[str]:
    """Keep the request's parcels from being processed; which ones they are. Restricting again is well.

    :raises: SubjectRequestUnknown; SubjectRefused; SetUpError, CentralError.
    """
    check_reference(instruction)
    with writing_beside(paths) as session:
        row = in_hand(session, request, kinds=RESTRICTING)
        parcels = found(session, row)
        for parcel in parcels:
            before = session.get(RestrictionRow, (row.tenant, parcel, row.id))
            if before is None:
                session.add(RestrictionRow(tenant=row.tenant, parcel=parcel, request=row.id, since=at))
            elif before.lifted_at is not None:
                before.since, before.lifted_at = at, None
            else:
                continue
            session.flush()
            detail = {"subject": parcel, "instruction": instruction}
            note(session, row, at=at, kind="parcel-restricted", detail=detail)
    return parcels


def lift(paths: Paths, request: str, *, told: str, instruction: str, at: datetime) -> list[str]:
    """Let the request's parcels be processed again; which ones they are.

    :param told: where it is kept that the person was told before.
    :raises: SubjectRequestUnknown; SubjectRefused when none is restricted; SetUpError, CentralError.
    """
    check_reference(told)
    check_reference(instruction)
    with writing_beside(paths) as session:
        row = known(session, request)
        open_ones = select(RestrictionRow).where(RestrictionRow.request == row.id, RestrictionRow.lifted_at.is_(None))
        restrictions = session.scalars(open_ones.order_by(RestrictionRow.parcel)).all()
        if not restrictions:
            raise SubjectRefused("Nothing is restricted for this request.")
        for one in restrictions:
            one.lifted_at = at
            session.flush()
            detail = {"subject": one.parcel, "told": told, "instruction": instruction}
            note(session, row, at=at, kind="parcel-restriction-lifted", detail=detail)
        return [one.parcel for one in restrictions]


def erase(paths: Paths, request: str, *, instruction: str, at: datetime) -> Erased:
    """Erase what MIGRIS refused of the request's parcels, and leave a tombstone of each; asking again finishes a cut.

    :raises: SubjectRequestUnknown, SubjectRefused, SetUpError; CentralError while somebody reads the database: again.
    """
    check_reference(instruction)
    key = receipt_key(paths, at=at)
    with writing_beside(paths) as session:
        row = in_hand(session, request, kinds=ERASING)
        tenant = row.tenant
        parcels = [session.get_one(ParcelRow, (row.tenant, parcel)) for parcel in found(session, row)]
        ours = [one.parcel for one in parcels if one.stage == Stage.REJECTED.value]
        _refuse_while_kept(session, row, parcels=ours)
        for parcel in ours:
            _delete(session, row, parcel=parcel, grounds=(instruction, at))
        erased = Erased(
            erased=tuple(ours),
            not_here=tuple(one.parcel for one in parcels if one.stage == Stage.ACCEPTED.value),
            undecided=tuple(one.parcel for one in parcels if one.stage == Stage.STORED.value),
        )
    _forget(paths)
    with writing_beside(paths) as session:
        for parcel in erased.erased:
            _bury(session, row=session.get_one(ParcelRow, (tenant, parcel)), key=key, grounds=(instruction, at))
    return erased


def found(session: Session, row: RequestRow) -> list[str]:
    """The parcels that the request is about. :raises: SubjectRefused when none was found yet."""
    wanted = select(FindingRow.parcel).where(FindingRow.request == row.id).order_by(FindingRow.parcel)
    parcels: Sequence[str] = session.scalars(wanted).all()
    if not parcels:
        raise SubjectRefused("No parcel was found for this request: `smilius-central subject find` first.")
    return list(parcels)


def _refuse_while_kept(session: Session, row: RequestRow, *, parcels: Sequence[str]) -> None:
    others = select(RestrictionRow.request).where(RestrictionRow.request != row.id, RestrictionRow.lifted_at.is_(None))
    of_these = (RestrictionRow.tenant == row.tenant, RestrictionRow.parcel.in_(parcels))
    other = session.scalars(others.where(*of_these)).first()
    if other is not None:
        raise SubjectRefused(
            f"Request {other} wants a parcel kept: its restriction is lifted before anything is erased."
        )


def _delete(session: Session, row: RequestRow, *, parcel: str, grounds: tuple[str, datetime]) -> None:
    copy = session.get(OutboxRow, (row.tenant, parcel))
    if copy is None:
        return
    instruction, at = grounds
    session.delete(copy)
    session.flush()
    note(session, row, at=at, kind="parcel-erasure-begun", detail={"subject": parcel, "instruction": instruction})


def _forget(paths: Paths) -> None:
    engine = open_database(place_of(paths, load_settings(paths.settings)))
    try:
        if not forget(engine):
            raise CentralError("Somebody reads the database, so that it still has what was erased: try again.")
    finally:
        engine.dispose()


def _bury(session: Session, *, row: ParcelRow, key: SigningKey, grounds: tuple[str, datetime]) -> None:
    instruction, at = grounds
    if row.wiped_at is not None:
        return
    place = (row.tenant, row.parcel)
    chunks = select(ChunkRow).where(ChunkRow.tenant == row.tenant, ChunkRow.parcel == row.parcel)
    left = session.get(OutboxRow, place) or session.get(UploadRow, place) or session.scalars(chunks).first()
    of_it = (ReceiptRow.tenant == row.tenant, ReceiptRow.subject == row.parcel)
    receipt = session.scalars(select(ReceiptRow.signed).where(*of_it, ReceiptRow.stage == row.stage)).one()
    tombstone = Tombstone(
        parcel=row.parcel,
        kind=row.kind,
        digest=row.digest,
        stage=row.stage,
        receipt=digest_of(receipt),
        how=How.DESTROYED,
        authorised_by=instruction[:80],
        time=at,
        verified=left is None and is_overwritten(session),
    )
    row.wiped_at = at
    session.add(TombstoneRow(tenant=row.tenant, parcel=row.parcel, signed=sign_document(tombstone, key)))
    session.flush()
    append_line(session, at, kind="parcel-erased", detail={**subject_of(row).detail(), "instruction": instruction})
