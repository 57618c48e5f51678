"""Parcels that MIGRIS has and has not decided on, and what a connector keeps of them.

Invariant: a row is there before a connector that keeps copies is given the parcel, and goes only after the connector
said that nothing is left. Until then the parcel is not called wiped.

States: *going* (on its way to the connector), *pending* (MIGRIS has it and decides later), *over* (what the connector
keeps of it must go).
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, and_, exists, or_, select
from sqlalchemy.orm import Session

from agent.clock import Clock
from central.bridge.ledger import append_line
from central.bridge.subject import Subject, subject_of
from central.bridge.tables import HandedRow, OutboxRow, ParcelRow, RestrictionRow
from central.database import Sessions
from central.settings import HANDED_PARCEL
from vault.retention import Item, Rule

GOING, PENDING, OVER = "going", "pending", "over"

TOO_LONG = "handed-too-long"
"""The trouble of a parcel on which nobody decided in time."""


def mark(session: Session, subject: Subject, *, state: str, at: datetime) -> None:
    """It is in this state; how long it has been handed counts from the first time."""
    row = session.get(HandedRow, (subject.tenant, subject.id))
    if row is None:
        session.add(HandedRow(tenant=subject.tenant, parcel=subject.id, state=state, since=at))
        return
    row.since = at if row.state == OVER else row.since
    row.state = state


def finish(session: Session, subject: Subject) -> None:
    """What a connector may keep of it must go."""
    row = session.get(HandedRow, (subject.tenant, subject.id))
    if row is not None:
        row.state = OVER


def is_kept(session: Session, subject: Subject) -> bool:
    """Whether a connector may still keep something of it."""
    return session.get(HandedRow, (subject.tenant, subject.id)) is not None


def is_pending() -> ColumnElement[bool]:
    """MIGRIS has the outbox's parcel and decides later: it is asked, and given nothing again."""
    of_one_parcel = and_(HandedRow.tenant == OutboxRow.tenant, HandedRow.parcel == OutboxRow.parcel)
    return exists().where(of_one_parcel, HandedRow.state == PENDING)


class HandedParcels:
    """A class of retention: parcels that MIGRIS has and nobody decides on. An item is `tenant/parcel`."""

    def __init__(self, keep: timedelta) -> None:
        self.rule = Rule(kind=HANDED_PARCEL, keep=keep)

    def due(self, session: Session, before: datetime, *, most: int) -> list[Item]:
        """Handed over before this moment, and not decided on."""
        old = select(HandedRow).where(HandedRow.state == PENDING, HandedRow.since <= before)
        found = session.scalars(old.order_by(HandedRow.since).limit(most))
        return [Item(id=f"{row.tenant}/{row.parcel}", since=row.since) for row in found]

    def delete(self, session: Session, item: str, *, at: datetime) -> bool:
        """It is withdrawn, and set aside for a person; the sealed copy stays."""
        place = tuple(item.split("/"))
        row, kept = session.get(HandedRow, place), session.get(OutboxRow, place)
        if row is None or kept is None or row.state != PENDING:
            return False
        row.state, kept.held = OVER, True
        parcel = session.get_one(ParcelRow, place)
        parcel.trouble, parcel.held_at = TOO_LONG, at
        return True

    def is_left(self, session: Session, item: str) -> bool:
        """Whether it is still to be decided on there; `handed-copy-wiped` says when the connector has nothing left."""
        row = session.get(HandedRow, tuple(item.split("/")))
        return row is not None and row.state == PENDING


class Handed:
    """Synchronous; the bridge calls it from its one database thread."""

    def __init__(self, engine: Engine, *, clock: Clock) -> None:
        self._sessions = Sessions(engine)
        self._clock = clock

    def pending(self) -> list[Subject]:
        """Parcels that MIGRIS has and has not decided on, longest first."""
        wanted = select(ParcelRow).join(HandedRow, _same(ParcelRow)).where(HandedRow.state == PENDING, ~_restricted())
        with self._sessions() as session:
            return [subject_of(row) for row in session.scalars(wanted.order_by(HandedRow.since, HandedRow.parcel))]

    def leftovers(self) -> list[Subject]:
        """Parcels of which a connector must keep nothing: decided, withdrawn, or restricted on a person's request."""
        wanted = select(ParcelRow).join(HandedRow, _same(ParcelRow))
        with self._sessions() as session:
            found = session.scalars(wanted.where(or_(HandedRow.state == OVER, _restricted())))
            return [subject_of(row) for row in found]

    def forgotten(self, subject: Subject) -> None:
        """The connector has nothing left of it."""
        with self._sessions.begin() as session:
            row = session.get(HandedRow, (subject.tenant, subject.id))
            if row is not None:
                session.delete(row)
                session.flush()
                append_line(session, self._clock.now(), kind="handed-copy-wiped", detail=subject.detail())


def _same(table: type[ParcelRow] | type[RestrictionRow]) -> ColumnElement[bool]:
    return and_(HandedRow.tenant == table.tenant, HandedRow.parcel == table.parcel)


def _restricted() -> ColumnElement[bool]:
    return exists().where(_same(RestrictionRow), RestrictionRow.lifted_at.is_(None))
