"""What an amendment amends: a parcel that was rejected and is still kept here, or an amendment of one.

An amendment is a parcel with an id of its own, and that is its idempotency key as well: under the id of what it amends
MIGRIS has said no already. What it amends stays *rejected*, and is wiped here when MIGRIS accepts the whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session, aliased

from agent.wire import Cause, ParcelKind, Stage
from central.bridge.tables import OutboxRow, ParcelRow, RestrictionRow

AMENDMENTS_MAX = 3
"""So often one visit is amended; after that the client gives everything anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A sealed parcel that was rejected, for the merging."""

    parcel: str
    """Its id."""
    kind: str
    """What it is about."""
    part: str | None
    """The finger or the face for which it was rejected."""
    seal_key: str | None
    """Id of the seal key that the station had when it billed it."""
    content: bytes
    """The sealed bytes."""


def bases(session: Session, row: ParcelRow) -> list[ParcelRow]:
    """What a parcel amends, what that amends in turn, and so on; newest first, and one more than is allowed at most."""
    found: list[ParcelRow] = []
    amends = row.amends
    while amends is not None and len(found) <= AMENDMENTS_MAX:
        base = session.get(ParcelRow, (row.tenant, amends))
        if base is None:
            break
        found.append(base)
        amends = base.amends
    return found


def refusal(session: Session, row: ParcelRow) -> Cause | None:
    """Why a parcel can never be merged with what it says that it amends; None when it can, or amends nothing."""
    if (row.kind == ParcelKind.AMENDMENT.value) != (row.amends is not None):
        return _cause("amends-not-said", "Amendments, and only they, say what they amend.")
    earlier = bases(session, row)
    if len(earlier) > AMENDMENTS_MAX:
        return _cause("amends-too-often", "The visit was amended too often: everything must be taken anew.")
    if [row, *earlier][-1].amends is not None:
        return _cause("amends-unknown", "What is amended never came to headquarters: everything must be taken anew.")
    return next((cause for base in earlier if (cause := _unfit(session, row, base=base)) is not None), None)


def _unfit(session: Session, row: ParcelRow, *, base: ParcelRow) -> Cause | None:
    if base.station != row.station:
        return _cause("amends-other-station", "What is amended was made at another station.")
    if base.stage == Stage.ACCEPTED.value:
        return _cause("amends-accepted", "What is amended was accepted by MIGRIS: there is nothing to amend.")
    if base.stage != Stage.REJECTED.value:
        return _cause("amends-undecided", "What is amended was not rejected.")
    if session.get(OutboxRow, (base.tenant, base.parcel)) is None:
        return _cause("amends-gone", "What is amended is not kept any more: everything must be taken anew.")
    return None


def earlier_of(session: Session, row: ParcelRow) -> tuple[Earlier, ...]:
    """What a parcel is merged with, oldest first. Only for one that nothing refuses."""
    return tuple(
        Earlier(
            parcel=base.parcel,
            kind=base.kind,
            part=base.part,
            seal_key=base.seal_key,
            content=session.get_one(OutboxRow, (base.tenant, base.parcel)).content,
        )
        for base in reversed(bases(session, row))
    )


def accepted_by(session: Session, row: ParcelRow, *, further: int = AMENDMENTS_MAX) -> ParcelRow | None:
    """The parcel with which MIGRIS accepted this one's content: itself, or an amendment; None when there is none.

    :param further: over so many amendments it is looked for.
    """
    if row.stage == Stage.ACCEPTED.value:
        return row
    if not further:
        return None
    of_it = select(ParcelRow).where(ParcelRow.tenant == row.tenant, ParcelRow.amends == row.parcel)
    looked = (accepted_by(session, one, further=further - 1) for one in session.scalars(of_it))
    return next((found for found in looked if found is not None), None)


def is_kept_apart(session: Session, rows: Sequence[ParcelRow]) -> bool:
    """Whether somebody wants one of these kept and not processed."""
    wanted = select(RestrictionRow.request).where(RestrictionRow.lifted_at.is_(None))
    places = [(RestrictionRow.tenant == row.tenant, RestrictionRow.parcel == row.parcel) for row in rows]
    return any(session.scalars(wanted.where(*place)).first() is not None for place in places)


def copy_kept() -> ColumnElement[bool]:
    """The parcel's sealed copy is here."""
    return exists().where(OutboxRow.tenant == ParcelRow.tenant, OutboxRow.parcel == ParcelRow.parcel)


def amends_restricted() -> ColumnElement[bool]:
    """Somebody wants what the parcel amends kept and not processed."""
    of_base = and_(RestrictionRow.tenant == ParcelRow.tenant, RestrictionRow.parcel == ParcelRow.amends)
    return exists().where(of_base, RestrictionRow.lifted_at.is_(None))


def amendment_kept() -> ColumnElement[bool]:
    """An amendment of the parcel is here, so that it is still needed."""
    amendment = aliased(ParcelRow)
    copy = aliased(OutboxRow)
    return exists().where(
        and_(amendment.tenant == ParcelRow.tenant, amendment.amends == ParcelRow.parcel),
        # two that say so of each other keep nobody
        amendment.stored_at > ParcelRow.stored_at,
        and_(copy.tenant == amendment.tenant, copy.parcel == amendment.parcel),
    )


def _cause(code: str, sentence: str) -> Cause:
    return Cause(part=None, code=code, sentence=sentence)
