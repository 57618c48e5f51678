"""The station's records of visits that have a period. Everything here is called by its visit's parcel, as holds are.

Ledger lines have none: of the applicant they have a keyed pseudonym, and a chain cannot lose a line.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Delete, Update, and_, delete, func, null, select, update
from sqlalchemy.orm import Session

from agent.config.retention import VisitPeriods
from agent.visit.state import ENDED
from agent.visit.tables import JournalRow, VisitRow
from vault.retention import Item, Rule
from vault.sweep import Kept

_ENDED = sorted(state.value for state in ENDED)


def kinds_of(periods: VisitPeriods, open_parcels: Collection[str]) -> Sequence[Kept]:
    """What has a period, in the order in which it goes.

    :param open_parcels: those that have not left the unit: of their visits nothing goes yet.
    """
    return (
        Timelines(timedelta(days=periods.timeline_days), open_parcels),
        Visits(timedelta(days=periods.visit_days), open_parcels),
    )


class _OfVisits:
    def __init__(self, open_parcels: Collection[str]) -> None:
        self._open = frozenset(open_parcels)

    def _oldest(self, session: Session, before: datetime, *, which: ColumnElement[bool], most: int) -> list[Item]:
        wanted = select(VisitRow.parcel, VisitRow.ended_at).where(which, VisitRow.ended_at <= before)
        rows = session.execute(wanted.order_by(VisitRow.ended_at))
        # not in the statement: there may be more of them than it can name
        due = (Item(id=row.parcel, since=row.ended_at) for row in rows if row.parcel not in self._open)
        return [item for item, _ in zip(due, range(most), strict=False)]

    def _may_go(self, item: str) -> bool:
        return item not in self._open


class Timelines(_OfVisits):
    """What happened in a visit step by step."""

    def __init__(self, keep: timedelta, open_parcels: Collection[str]) -> None:
        super().__init__(open_parcels)
        self.rule = Rule(kind="visit-timeline", keep=keep)

    def due(self, session: Session, before: datetime, *, most: int) -> list[Item]:
        """Of visits that ended before this moment."""
        return self._oldest(session, before, which=_with_timeline(), most=most)

    def delete(self, session: Session, item: str, *, at: datetime) -> int:  # noqa: ARG002 (the protocol's)
        """It alone; the visit's row stays."""
        if not self._may_go(item):
            return 0
        told = update(VisitRow).where(_with_timeline(), VisitRow.parcel == item)
        return _changed(session, told.values(timeline=null()))

    def is_left(self, session: Session, item: str) -> bool:
        """Whether it is there."""
        return session.execute(select(VisitRow.id).where(_with_timeline(), VisitRow.parcel == item)).first() is not None


class Visits(_OfVisits):
    """A visit's row and the lines of its journal."""

    def __init__(self, keep: timedelta, open_parcels: Collection[str]) -> None:
        super().__init__(open_parcels)
        self.rule = Rule(kind="visit", keep=keep)

    def due(self, session: Session, before: datetime, *, most: int) -> list[Item]:
        """Ended before this moment, however they ended."""
        return self._oldest(session, before, which=_ended(), most=most)

    def delete(self, session: Session, item: str, *, at: datetime) -> int:  # noqa: ARG002 (the protocol's)
        """The journal's lines first: they refer to it."""
        visit = session.scalar(select(VisitRow.id).where(_ended(), VisitRow.parcel == item))
        if visit is None or not self._may_go(item):
            return 0
        lines = _changed(session, delete(JournalRow).where(JournalRow.visit == visit))
        return lines + _changed(session, delete(VisitRow).where(VisitRow.id == visit))

    def is_left(self, session: Session, item: str) -> bool:
        """Whether the row is there; the journal's lines cannot be without it."""
        return session.execute(select(VisitRow.id).where(VisitRow.parcel == item)).first() is not None


def _ended() -> ColumnElement[bool]:
    return and_(VisitRow.state.in_(_ENDED), VisitRow.ended_at.is_not(None))


def _with_timeline() -> ColumnElement[bool]:
    # a visit that was cut off has the JSON null there, which is not the database's
    return and_(_ended(), func.json_type(VisitRow.timeline) == "array")


def _changed(session: Session, statement: Delete | Update) -> int:
    return cast(CursorResult[Any], session.execute(statement)).rowcount
