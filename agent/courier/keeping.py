"""The courier's records that have a period: of wiped parcels, of receipted events, of commands.

Age never ends a parcel that has not left, an event that headquarters has not receipted, or what guards against a
repetition: the newest command's counter, and the furthest receipted head of each ledger.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Delete, Select, and_, delete, exists, func, or_, select, text
from sqlalchemy.orm import Session

from agent.config.retention import ParcelPeriods
from agent.courier.machine import TABLE, ParcelState
from agent.courier.tables import (
    CommandRow,
    DwellRow,
    EventRow,
    HeadRow,
    MilestoneRow,
    ParcelRow,
    ReceiptRow,
    RestrictionRow,
    TombstoneRow,
)
from agent.wire import CommandOutcome
from vault.retention import Item, Rule
from vault.sweep import Kept

GONE_STATES = frozenset(
    state for state, moves in TABLE.items() if all(move.state is state and not move.effects for move in moves.values())
)
"""States that nothing leaves and in which nothing is done any more: of such a parcel there is no content."""

RECEIPTS_MAX = 20
"""So many receipts are looked at for a time: they come in another order than they were asked for."""

_GONE = sorted(state.value for state in GONE_STATES)


def kinds_of(periods: ParcelPeriods) -> Sequence[Kept]:
    """What has a period, in the order in which it goes."""
    return (
        GoneParcels(timedelta(days=periods.parcel_days)),
        Commands(timedelta(days=periods.command_days)),
        Events(timedelta(days=periods.event_days)),
    )


class GoneParcels:
    """What is known of a parcel whose content is gone, with its receipts and its tombstone. An item is its id."""

    def __init__(self, keep: timedelta) -> None:
        self.rule = Rule(kind="parcel", keep=keep)

    def due(self, session: Session, before: datetime, *, most: int) -> list[Item]:
        """Gone before this moment."""
        wanted = self._gone().where(MilestoneRow.at <= before).order_by(MilestoneRow.at).limit(most)
        return [Item(id=row.id, since=row.at) for row in session.execute(wanted)]

    def delete(self, session: Session, item: str, *, at: datetime) -> int:  # noqa: ARG002 (the protocol's)
        """All of it, those that refer to it first."""
        if session.execute(self._gone().where(ParcelRow.id == item)).first() is None:
            return 0
        tables = (MilestoneRow, ReceiptRow, TombstoneRow, DwellRow)
        rows = sum(_deleted(session, delete(table).where(table.parcel == item)) for table in tables)
        return rows + _deleted(session, delete(ParcelRow).where(ParcelRow.id == item))

    def is_left(self, session: Session, item: str) -> bool:
        """Whether a row of it is there."""
        tables = (MilestoneRow.parcel, ReceiptRow.parcel, TombstoneRow.parcel, DwellRow.parcel, ParcelRow.id)
        return any(session.execute(select(column).where(column == item)).first() is not None for column in tables)

    def _gone(self) -> Select[str, datetime]:
        """What is restricted is kept; and what headquarters has not heard of has not ended."""
        untold = exists().where(EventRow.signed == TombstoneRow.signed, EventRow.receipted_at.is_(None))
        return (
            select(ParcelRow.id, MilestoneRow.at)
            .join(MilestoneRow, and_(MilestoneRow.parcel == ParcelRow.id, MilestoneRow.state == ParcelRow.state))
            .join(TombstoneRow, TombstoneRow.parcel == ParcelRow.id)
            .where(ParcelRow.state.in_(_GONE), ~untold, ~exists().where(RestrictionRow.parcel == ParcelRow.id))
        )


class Events:
    """What headquarters was told and has receipted. An item is the event's id."""

    def __init__(self, keep: timedelta) -> None:
        self.rule = Rule(kind="event", keep=keep)

    def due(self, session: Session, before: datetime, *, most: int) -> list[Item]:
        """Receipted before this moment."""
        wanted = select(EventRow).where(self._may_go(), EventRow.receipted_at <= before)
        rows = session.scalars(wanted.order_by(EventRow.receipted_at).limit(most))
        return [Item(id=row.id, since=row.receipted_at) for row in rows if row.receipted_at is not None]

    def delete(self, session: Session, item: str, *, at: datetime) -> int:  # noqa: ARG002 (the protocol's)
        """It, and that it was a ledger's head."""
        if session.scalars(select(EventRow).where(self._may_go(), EventRow.id == item)).first() is None:
            return 0
        head = _deleted(session, delete(HeadRow).where(HeadRow.event == item))
        return head + _deleted(session, delete(EventRow).where(EventRow.id == item))

    def is_left(self, session: Session, item: str) -> bool:
        """Whether it is there."""
        return session.execute(select(EventRow.id).where(EventRow.id == item)).first() is not None

    def _may_go(self) -> ColumnElement[bool]:
        other = HeadRow.__table__.alias()
        furthest = (
            select(func.max(other.c.number))
            .where(other.c.ledger == HeadRow.ledger, other.c.receipt.is_not(None))
            .scalar_subquery()
        )
        told = exists().where(HeadRow.event == EventRow.id, HeadRow.number == furthest)
        answer = exists().where(CommandRow.event == EventRow.id)
        return and_(EventRow.receipted_at.is_not(None), ~told, ~answer)


class Commands:
    """What headquarters has commanded, and what it was told of that. An item is the command's id."""

    def __init__(self, keep: timedelta) -> None:
        self.rule = Rule(kind="command", keep=keep)

    def due(self, session: Session, before: datetime, *, most: int) -> list[Item]:
        """Carried out before this moment."""
        wanted = select(CommandRow).where(self._may_go(), CommandRow.at <= before)
        return [Item(id=row.id, since=row.at) for row in session.scalars(wanted.order_by(CommandRow.at).limit(most))]

    def delete(self, session: Session, item: str, *, at: datetime) -> int:  # noqa: ARG002 (the protocol's)
        """It and its result."""
        row = session.scalars(select(CommandRow).where(self._may_go(), CommandRow.id == item)).first()
        if row is None:
            return 0
        event = row.event
        gone = _deleted(session, delete(CommandRow).where(CommandRow.id == item))
        return gone + _deleted(session, delete(EventRow).where(EventRow.id == event))

    def is_left(self, session: Session, item: str) -> bool:
        """Whether it is there."""
        return session.execute(select(CommandRow.id).where(CommandRow.id == item)).first() is not None

    def _may_go(self) -> ColumnElement[bool]:
        other = CommandRow.__table__.alias()
        carried_out = (CommandOutcome.DONE.value, CommandOutcome.KEPT.value)
        newest = select(func.max(other.c.counter)).where(other.c.outcome.in_(carried_out)).scalar_subquery()
        heard = exists().where(EventRow.id == CommandRow.event, EventRow.receipted_at.is_not(None))
        # whose counter is the newest stands between an old command and its repetition
        return and_(heard, or_(newest.is_(None), CommandRow.counter < newest, CommandRow.outcome.not_in(carried_out)))


def open_parcels(session: Session) -> list[str]:
    """Parcels that have not left: of their visits nothing goes yet."""
    states = [state.value for state in ParcelState if state not in GONE_STATES]
    return list(session.scalars(select(ParcelRow.id).where(ParcelRow.state.in_(states)).order_by(ParcelRow.id)))


def newest_receipts(session: Session) -> list[bytes]:
    """Receipts of the ledger heads that were told last: headquarters has signed its time in them."""
    wanted = select(HeadRow.receipt).where(HeadRow.receipt.is_not(None)).order_by(text("told_head.rowid DESC"))
    return [receipt for receipt in session.scalars(wanted.limit(RECEIPTS_MAX)) if receipt is not None]


def _deleted(session: Session, statement: Delete) -> int:
    return cast(CursorResult[Any], session.execute(statement)).rowcount
