"""The courier's durable memory: every method is one synced transaction, and a state never moves without its proof.

Synchronous: the desk calls it from a thread, one call at a time. The database has no other writer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.orm import Session, sessionmaker

from agent.courier.machine import Move, ParcelEvent, ParcelState, move, retry_of
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
from agent.wire import Command, CommandOutcome, CommandVerb, Stage
from agent.wire.document import instant_text
from vault.chain import Head
from vault.labels import Digest, ParcelId, digest_of
from vault.ledger import Detail, Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A parcel as the database has it."""

    id: ParcelId
    """Its id."""
    kind: str
    """What it is about."""
    state: ParcelState
    """Where it is."""
    digest: Digest
    """SHA-256 of the sealed bytes."""
    size: int
    """Their size in bytes."""
    trouble: str | None
    """Why a human must look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Burial:
    """What is written in the transaction that says *wiped* or *destroyed*."""

    tombstone: bytes
    """The signed tombstone."""
    event: str
    """The id under which it goes to central."""
    detail: Detail
    """The ledger's line."""
    end: ParcelEvent = ParcelEvent.GONE
    """What ended it: a wipe, or an authorised destruction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What is written in the transaction that says *quarantined*."""

    trouble: str
    """The code of what a person must look at."""
    event: str
    """The id under which central hears of it."""
    signed: bytes
    """What it hears."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldHead:
    """That an event is the head of a ledger."""

    ledger: str
    """Whose: `station` or `courier`."""
    number: int
    """Number of its newest line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All that is known of one parcel."""

    parcel: Parcel
    """The parcel."""
    milestones: dict[str, datetime]
    """When it first reached each state."""
    receipts: dict[Stage, bytes]
    """The signed receipts."""
    tombstone: bytes | None
    """The signed tombstone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Obeyed:
    """What is written in the transaction that ends a command."""

    command: Command
    """The command."""
    outcome: CommandOutcome
    """What became of it."""
    event: str
    """The id under which central hears of it."""
    signed: bytes
    """The signed result."""


class Store:
    """Reservations, parcels, receipts, tombstones, events, ledger."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._session = sessionmaker(engine, expire_on_commit=False)
        self._ledger = Ledger()

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
        with self._session.begin() as session:
            row = session.get_one(ParcelRow, parcel)
            decided = move(ParcelState(row.state), event)
            self._keep(session, parcel, receipt=receipt, at=at)
            self._enter(session, row, state=decided.state, at=at)
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
        with self._session.begin() as session:
            row = session.get_one(ParcelRow, parcel)
            decided = move(ParcelState(row.state), event)
            self._keep(session, parcel, receipt=receipt, at=at)
            if decided.state.value == row.state:
                return False
            row.trouble = alarm.trouble
            self._enter(session, row, state=decided.state, at=at)
            session.add(EventRow(id=alarm.event, signed=alarm.signed, made_at=at, receipted_at=None))
            self._line(session, at, kind="parcel-quarantined", detail={"parcel": parcel, "trouble": alarm.trouble})
            return True

    def retry(self, parcel: ParcelId, *, at: datetime) -> Move:
        """Move a quarantined parcel back to where its milestones say it was. :raises: ForbiddenMove elsewhere."""
        with self._session.begin() as session:
            row = session.get_one(ParcelRow, parcel)
            milestones = session.scalars(select(MilestoneRow.state).where(MilestoneRow.parcel == parcel))
            decided = move(ParcelState(row.state), retry_of({ParcelState(state) for state in milestones}))
            row.trouble = None
            self._enter(session, row, state=decided.state, at=at)
            self._line(session, at, kind="parcel-retried", detail={"parcel": parcel, "state": decided.state.value})
            return decided

    def survived(self, parcel: ParcelId, *, at: datetime, trouble: str) -> bool:
        """Something of the parcel survived a wipe. False when that was known already."""
        with self._session.begin() as session:
            row = session.get_one(ParcelRow, parcel)
            self._enter(session, row, state=move(ParcelState(row.state), ParcelEvent.STILL_THERE).state, at=at)
            if row.trouble == trouble:
                return False
            row.trouble = trouble
            self._line(session, at, kind="parcel-survived", detail={"parcel": parcel, "trouble": trouble})
            return True

    def bury(self, parcel: ParcelId, burial: Burial, *, at: datetime) -> Head:
        """Its absence is verified: state, tombstone, event and ledger line in one commit. Returns the ledger's head."""
        with self._session.begin() as session:
            row = session.get_one(ParcelRow, parcel)
            self._enter(session, row, state=move(ParcelState(row.state), burial.end).state, at=at)
            row.trouble = None
            session.add(TombstoneRow(parcel=parcel, signed=burial.tombstone))
            session.add(EventRow(id=burial.event, signed=burial.tombstone, made_at=at, receipted_at=None))
            return self._line(session, at, kind=f"parcel-{row.state}", detail=burial.detail)

    def add_event(self, event: str, *, signed: bytes, at: datetime, head: ToldHead | None = None) -> None:
        """Something that central must hear of and receipt; adding it again changes nothing.

        :param head: when it is the head of a ledger, so that the receipt is kept with it.
        """
        with self._session.begin() as session:
            if session.get(EventRow, event) is not None:
                return
            session.add(EventRow(id=event, signed=signed, made_at=at, receipted_at=None))
            session.flush()
            if head is not None:
                session.add(HeadRow(event=event, ledger=head.ledger, number=head.number, receipt=None))

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
            .order_by(HeadRow.number.desc(), HeadRow.event.desc())
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
            wanted = select(ParcelRow).where(ParcelRow.state.in_(states)).order_by(ParcelRow.id)
            return [_parcel(row) for row in session.scalars(wanted)]

    def parcel(self, parcel: ParcelId) -> Parcel | None:
        """One parcel."""
        with self._session() as session:
            row = session.get(ParcelRow, parcel)
            return None if row is None else _parcel(row)

    def history(self, parcel: ParcelId) -> History | None:
        """All that is known of one parcel."""
        with self._session() as session:
            row = session.get(ParcelRow, parcel)
            if row is None:
                return None
            milestones = session.scalars(select(MilestoneRow).where(MilestoneRow.parcel == parcel))
            receipts = session.scalars(select(ReceiptRow).where(ReceiptRow.parcel == parcel))
            tombstone = session.get(TombstoneRow, parcel)
            return History(
                parcel=_parcel(row),
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

    def _keep(self, session: Session, parcel: ParcelId, *, receipt: tuple[Stage, bytes] | None, at: datetime) -> None:
        """The first receipt of each stage."""
        if receipt is None or session.get(ReceiptRow, (parcel, receipt[0].value)) is not None:
            return
        stage, signed = receipt
        session.add(ReceiptRow(parcel=parcel, stage=stage.value, signed=signed, stored_at=at))
        self._line(session, at, kind="receipt-stored", detail={"parcel": parcel, "stage": stage.value})

    def _enter(self, session: Session, row: ParcelRow, *, state: ParcelState, at: datetime) -> None:
        row.state = state.value
        if session.get(MilestoneRow, (row.id, state.value)) is None:
            session.add(MilestoneRow(parcel=row.id, state=state.value, at=at))

    def _line(self, session: Session | Connection, at: datetime, *, kind: str, detail: Detail) -> Head:
        return self._ledger.append(session, kind=kind, time=instant_text(at), detail=detail)


def _parcel(row: ParcelRow) -> Parcel:
    return Parcel(
        id=ParcelId(row.id),
        kind=row.kind,
        state=ParcelState(row.state),
        digest=Digest(row.digest),
        size=row.size,
        trouble=row.trouble,
    )
