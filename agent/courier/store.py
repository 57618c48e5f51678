"""The courier's durable memory: every method is one synced transaction, and a state never moves without its proof.

Synchronous: the desk calls it from a thread, one call at a time. The database has no other writer.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.orm import Session, sessionmaker

from agent.courier import statement
from agent.courier.hold import HoldBook
from agent.courier.machine import Move, ParcelEvent, ParcelState, move, retry_of
from agent.courier.record import Alarm, Burial, HeadEvent, History, Obeyed, Parcel, ToldHead
from agent.courier.tables import (
    CommandRow,
    EventRow,
    HeadRow,
    MilestoneRow,
    ParcelRow,
    ReceiptRow,
    ReservationRow,
    RestrictionRow,
    TombstoneRow,
)
from agent.wire import CommandOutcome, CommandVerb, Stage
from agent.wire.document import instant_text
from vault.chain import Head
from vault.database import run, utc_text
from vault.labels import ParcelId, digest_of
from vault.ledger import Detail, Ledger


class Store:
    """Reservations, parcels, receipts, tombstones, events, ledger."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._session = sessionmaker(engine, expire_on_commit=False)
        self._ledger = Ledger()
        self._holds = HoldBook(engine)

    def reserve(self, parcel: ParcelId, *, kind: str, at: datetime) -> None:
        """A parcel of this id may be delivered."""
        with self._session.begin() as session:
            session.add(ReservationRow(parcel=parcel, kind=kind, reserved_at=at))

    def reservations(self) -> dict[ParcelId, str]:
        """Parcels that may still be delivered, with their kinds."""
        with self._session() as session:
            return {ParcelId(row.parcel): row.kind for row in session.scalars(select(ReservationRow))}

    def release(self, parcel: ParcelId) -> None:
        """A parcel of this id may not be delivered any more."""
        with self._session.begin() as session:
            row = session.get(ReservationRow, parcel)
            if row is not None:
                session.delete(row)

    def spooled(self, parcel: Parcel, *, at: datetime) -> None:
        """The parcel was delivered and taken in; its reservation ends with the same commit."""
        with self._session.begin() as session:
            if session.get(ParcelRow, parcel.id) is not None:
                return
            row = session.get(ReservationRow, parcel.id)
            if row is not None:
                session.delete(row)
            session.add(
                ParcelRow(
                    id=parcel.id,
                    kind=parcel.kind,
                    state=parcel.state.value,
                    digest=parcel.digest,
                    size=parcel.size,
                    amends=None,
                    trouble=None,
                )
            )
            # what refers to the parcel is written after it: there is no mapped relationship to order by
            session.flush()
            session.add(MilestoneRow(parcel=parcel.id, state=parcel.state.value, at=at))
            self._line(session, at, kind="parcel-spooled", detail={"parcel": parcel.id, "digest": parcel.digest})

    def apply(
        self, parcel: ParcelId, event: ParcelEvent, *, at: datetime, receipt: tuple[Stage, bytes] | None = None
    ) -> Move:
        """Move a parcel, together with the receipt that moves it. :raises: ForbiddenMove; nothing changed then."""
        with self._engine.begin() as connection:
            before = _found(connection, parcel)
            decided = move(before.state, event)
            self._keep(connection, parcel, receipt=receipt, at=at)
            _enter(connection, before, state=decided.state, trouble=before.trouble, at=at)
            return decided

    def quarantine(
        self,
        parcel: ParcelId,
        event: ParcelEvent,
        *,
        at: datetime,
        alarm: Alarm,
        receipt: tuple[Stage, bytes] | None = None,
    ) -> bool:
        """Move a parcel to where a human must look, and have central told. False when it was too late to move it."""
        with self._engine.begin() as connection:
            before = _found(connection, parcel)
            decided = move(before.state, event)
            self._keep(connection, parcel, receipt=receipt, at=at)
            if decided.state is before.state:
                return False
            _enter(connection, before, state=decided.state, trouble=alarm.trouble, at=at)
            _add_event(connection, alarm.event, signed=alarm.signed, at=at)
            self._line(connection, at, kind="parcel-quarantined", detail={"parcel": parcel, "trouble": alarm.trouble})
            return True

    def retry(self, parcel: ParcelId, *, at: datetime) -> Move:
        """Move a quarantined parcel back to where its milestones say it was. :raises: ForbiddenMove elsewhere."""
        with self._engine.begin() as connection:
            before = _found(connection, parcel)
            milestones = run(connection, statement.FIND_MILESTONES, parcel=parcel)
            decided = move(before.state, retry_of({ParcelState(state) for (state,) in milestones}))
            _enter(connection, before, state=decided.state, trouble=None, at=at)
            self._line(connection, at, kind="parcel-retried", detail={"parcel": parcel, "state": decided.state.value})
            return decided

    def survived(self, parcel: ParcelId, *, at: datetime, trouble: str) -> bool:
        """Something of the parcel survived a wipe. False when that was known already."""
        with self._engine.begin() as connection:
            before = _found(connection, parcel)
            state = move(before.state, ParcelEvent.STILL_THERE).state
            _enter(connection, before, state=state, trouble=trouble, at=at)
            if before.trouble == trouble:
                return False
            self._line(connection, at, kind="parcel-survived", detail={"parcel": parcel, "trouble": trouble})
            return True

    def bury(
        self, parcel: ParcelId, burial: Burial, *, at: datetime, tell: Callable[[Head], HeadEvent] | None = None
    ) -> Head:
        """Its absence is verified: state, tombstone, event and ledger line in one commit. Returns the ledger's head.

        :param tell: what central is told of that head, in the same commit.
        """
        with self._engine.begin() as connection:
            before = _found(connection, parcel)
            state = move(before.state, burial.end).state
            _enter(connection, before, state=state, trouble=None, at=at)
            run(connection, statement.ADD_TOMBSTONE, parcel=parcel, signed=burial.tombstone)
            _add_event(connection, burial.event, signed=burial.tombstone, at=at)
            head = self._line(connection, at, kind=f"parcel-{state}", detail=burial.detail)
            if tell is not None:
                told = tell(head)
                _add_event(connection, told.event, signed=told.signed, at=at, head=told.head)
            return head

    def add_event(self, event: str, *, signed: bytes, at: datetime, head: ToldHead | None = None) -> None:
        """Something that central must hear of and receipt; adding it again changes nothing.

        :param head: when it is the head of a ledger, so that the receipt is kept with it.
        """
        with self._engine.begin() as connection:
            if run(connection, statement.FIND_EVENT, event=event).fetchone() is None:
                _add_event(connection, event, signed=signed, at=at, head=head)

    def note(self, kind: str, *, at: datetime, detail: Detail) -> None:
        """A ledger line of its own."""
        with self._engine.begin() as connection:
            self._line(connection, at, kind=kind, detail=detail)

    def receipted(self, event: str, *, digest: str, at: datetime, receipt: bytes) -> None:
        """Central has the event, if it is this content that it has. The receipt of a ledger's head is kept."""
        with self._session.begin() as session:
            row = session.get(EventRow, event)
            if row is not None and row.receipted_at is None and digest_of(row.signed) == digest:
                row.receipted_at = at
                head = session.get(HeadRow, event)
                if head is not None:
                    head.receipt = receipt

    def witnessed_head(self, ledger: str) -> tuple[bytes, bytes] | None:
        """The furthest head of a ledger that central has receipted, as it was signed, and the receipt."""
        wanted = (
            select(EventRow.signed, HeadRow.receipt)
            .join(HeadRow, HeadRow.event == EventRow.id)
            .where(HeadRow.ledger == ledger, HeadRow.receipt.is_not(None))
            # of the same line the one that was told last, whatever the clock said that made its id
            .order_by(HeadRow.number.desc(), text("told_head.rowid DESC"))
            .limit(1)
        )
        with self._session() as session:
            row = session.execute(wanted).first()
            return None if row is None or row.receipt is None else (row.signed, row.receipt)

    def open_events(self) -> list[str]:
        """Ids of the events that central has not receipted, oldest first."""
        with self._session() as session:
            wanted = select(EventRow.id).where(EventRow.receipted_at.is_(None)).order_by(EventRow.id)
            return list(session.scalars(wanted))

    def open_event(self, event: str) -> bytes | None:
        """A signed event that central has not receipted."""
        with self._session() as session:
            row = session.get(EventRow, event)
            return None if row is None or row.receipted_at is not None else row.signed

    def parcels(self, states: Sequence[ParcelState] = tuple(ParcelState)) -> list[Parcel]:
        """Parcels in these states, oldest first."""
        with self._session() as session:
            columns = (
                ParcelRow.id,
                ParcelRow.kind,
                ParcelRow.state,
                ParcelRow.digest,
                ParcelRow.size,
                ParcelRow.trouble,
            )
            wanted = select(*columns).where(ParcelRow.state.in_(states)).order_by(ParcelRow.id)
            return [_parcel(tuple(row)) for row in session.execute(wanted)]

    def parcel(self, parcel: ParcelId) -> Parcel | None:
        """One parcel."""
        with self._engine.connect() as connection:
            return _find(connection, parcel)

    def ground(self, parcel: ParcelId) -> bytes | None:
        """The signed receipt that says that MIGRIS decided, and that moved the parcel."""
        with self._engine.connect() as connection:
            row = run(connection, statement.FIND_GROUND, parcel=parcel).fetchone()
            return None if row is None else row[0]

    def history(self, parcel: ParcelId) -> History | None:
        """All that is known of one parcel."""
        with self._session() as session:
            found = _find(session.connection(), parcel)
            if found is None:
                return None
            milestones = session.scalars(select(MilestoneRow).where(MilestoneRow.parcel == parcel))
            receipts = session.scalars(select(ReceiptRow).where(ReceiptRow.parcel == parcel))
            tombstone = session.get(TombstoneRow, parcel)
            return History(
                parcel=found,
                milestones={item.state: item.at for item in milestones},
                receipts={Stage(item.stage): item.signed for item in receipts},
                tombstone=None if tombstone is None else tombstone.signed,
            )

    def obeyed(self, obeyed: Obeyed, *, at: datetime) -> None:
        """A command has ended: its row, what it restricts or lifts, the event and the line in one commit."""
        command, done = obeyed.command, obeyed.outcome is CommandOutcome.DONE
        with self._session.begin() as session:
            for parcel in command.parcels:
                row = session.get(RestrictionRow, parcel)
                if done and command.verb is CommandVerb.RESTRICT and row is None:
                    session.add(RestrictionRow(parcel=parcel, since=at))
                elif done and command.verb is CommandVerb.LIFT and row is not None:
                    session.delete(row)
                detail: Detail = {"parcel": parcel, "command": command.id, "outcome": obeyed.outcome.value}
                self._line(session, at, kind=f"command-{command.verb}", detail=detail)
            if done:
                self._holds.obey(session, command, at=at)
            verb, outcome = command.verb.value, obeyed.outcome.value
            session.add(
                CommandRow(
                    id=command.id, counter=command.counter, verb=verb, outcome=outcome, event=obeyed.event, at=at
                )
            )
            session.add(EventRow(id=obeyed.event, signed=obeyed.signed, made_at=at, receipted_at=None))

    def result_of(self, command: str) -> tuple[str, bytes] | None:
        """The event that told central what became of a command, and its bytes."""
        with self._session() as session:
            row = session.get(CommandRow, command)
            return None if row is None else (row.event, session.get_one(EventRow, row.event).signed)

    def newest_command(self) -> int:
        """The highest counter of a command that was carried out; 0 before the first."""
        carried_out = CommandRow.outcome.in_([CommandOutcome.DONE.value, CommandOutcome.KEPT.value])
        with self._session() as session:
            return session.scalar(select(func.max(CommandRow.counter)).where(carried_out)) or 0

    def restricted(self) -> frozenset[str]:
        """Parcels that are kept and not sent."""
        with self._session() as session:
            return frozenset(session.scalars(select(RestrictionRow.parcel)))

    def end_reservations(self) -> None:
        """At the end of a unit: nothing will be delivered any more."""
        with self._session.begin() as session:
            for row in session.scalars(select(ReservationRow)):
                session.delete(row)

    def verify_ledger(self) -> Head:
        """Walk the whole ledger. :raises: ChainBroken."""
        with self._session() as session:
            return self._ledger.verify(session)

    def _keep(
        self, connection: Connection, parcel: ParcelId, *, receipt: tuple[Stage, bytes] | None, at: datetime
    ) -> None:
        """The first receipt of each stage."""
        if receipt is None:
            return
        stage, signed = receipt
        which = {"parcel": parcel, "stage": stage.value}
        if run(connection, statement.FIND_RECEIPT, **which).fetchone() is not None:
            return
        run(connection, statement.ADD_RECEIPT, **which, signed=signed, at=utc_text(at))
        self._line(connection, at, kind="receipt-stored", detail=which)

    def _line(self, session: Session | Connection, at: datetime, *, kind: str, detail: Detail) -> Head:
        return self._ledger.append(session, kind=kind, time=instant_text(at), detail=detail)


def _find(connection: Connection, parcel: ParcelId) -> Parcel | None:
    row = run(connection, statement.FIND_PARCEL, parcel=parcel).fetchone()
    return None if row is None else _parcel(row)


def _found(connection: Connection, parcel: ParcelId) -> Parcel:
    found = _find(connection, parcel)
    assert found is not None, "only parcels that were taken in are moved"
    return found


def _enter(connection: Connection, before: Parcel, *, state: ParcelState, trouble: str | None, at: datetime) -> None:
    """What does not change is not written: nothing would be synced for it."""
    if (state, trouble) != (before.state, before.trouble):
        run(connection, statement.ENTER, parcel=before.id, state=state.value, trouble=trouble)
    if state is not before.state:
        run(connection, statement.ADD_MILESTONE, parcel=before.id, state=state.value, at=utc_text(at))


def _add_event(
    connection: Connection, event: str, *, signed: bytes, at: datetime, head: ToldHead | None = None
) -> None:
    run(connection, statement.ADD_EVENT, event=event, signed=signed, at=utc_text(at))
    if head is not None:
        run(connection, statement.ADD_HEAD, event=event, ledger=head.ledger, number=head.number)


def _parcel(row: tuple[Any, ...]) -> Parcel:
    parcel, kind, state, digest, size, trouble = row
    return Parcel(id=parcel, kind=kind, state=ParcelState(state), digest=digest, size=size, trouble=trouble)
