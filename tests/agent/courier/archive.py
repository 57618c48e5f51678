"""Premises whose records grow old: a keeper with both clocks in the test's hand, and central's word on the time."""

from datetime import datetime, timedelta

from sqlalchemy import text

from agent.config.courier import CourierSection
from agent.config.layers import load_default, read_section
from agent.config.retention import ParcelPeriods
from agent.courier.keeper import ParcelKeeper
from agent.courier.record import Parcel, ToldHead
from agent.retention.keeper import Outcome
from agent.wire import LedgerHead, Stage, sign_document
from tests.agent.courier.premises import (
    CENTRAL_KEY,
    LINK_KEY,
    STATION,
    TENANT,
    HandClock,
    Premises,
    event_receipt,
    new_id,
)
from vault.envelope import digest_of

DAY_S = 86_400.0
PERIODS = ParcelPeriods(parcel_days=1096, event_days=400, command_days=1096, grace_hours=24)


class SteppedClock:
    """The premises' clocks, of which the wall clock has been set wrong."""

    def __init__(self, clock: HandClock) -> None:
        self._clock = clock
        self.step = timedelta(0)
        self.booted_s = 0.0

    def now(self) -> datetime:
        return self._clock.now() + self.step

    def monotonic_ns(self) -> int:
        return self._clock.monotonic_ns() - int(self.booted_s * 1e9)


class Archive:
    def __init__(self, premises: Premises) -> None:
        self.premises = premises
        self.clock = SteppedClock(premises.clock)
        self.keeper = self.started("boot")

    def started(self, boot: str) -> ParcelKeeper:
        """The next life of the courier."""
        premises = self.premises
        return ParcelKeeper(premises.engine, periods=PERIODS, receipts=premises.pinned, clock=self.clock, boot=boot)

    def gone(self, stage: Stage = Stage.ACCEPTED) -> Parcel:
        """A parcel that was wiped; central has receipted all that it was told of it."""
        premises = self.premises
        parcel = premises.spooled(new_id().encode())
        premises.hear(parcel, stage)
        self.receipt_all()
        return parcel

    def receipt_all(self, *, but: bytes = b"") -> None:
        """Central has it all, except for one event."""
        store = self.premises.store
        for event in store.open_events():
            signed = store.open_event(event) or b""
            if signed == but:
                continue
            digest = digest_of(signed)
            receipt = event_receipt(event, digest=digest, time=self.premises.clock.now())
            self.premises.desk.hear_receipt(receipt, sign_document(receipt, CENTRAL_KEY))

    def forward(self, days: float, *, but: bytes = b"") -> None:
        """Time passes, and the link works: at the end of it central has signed its time."""
        self.premises.clock.seconds += days * DAY_S
        self.witness(but=but)

    def witness(self, *, but: bytes = b"") -> None:
        """The station's ledger is told, and receipted."""
        now = self.premises.clock.now()
        head = LedgerHead(tenant=TENANT, station=STATION, ledger="station", number=1, digest="ab" * 32, time=now)
        told = ToldHead(ledger="station", number=1)
        self.premises.store.add_event(new_id(), signed=sign_document(head, LINK_KEY), at=now, head=told)
        self.receipt_all(but=but)

    def run(self, *, dry: bool = False) -> Outcome:
        return self.keeper.run(dry=dry)

    def swept(self) -> Outcome:
        """What is due is found, its grace passes, and it goes."""
        self.run()
        self.forward(1)
        return self.run()

    def rows(self, table: str, parcel: str) -> int:
        column = "id" if table == "parcel" else "parcel"
        with self.premises.engine.connect() as connection:
            return int(
                connection.execute(
                    text(f"SELECT count(*) FROM {table} WHERE {column} = :parcel"), {"parcel": parcel}
                ).scalar_one()
            )

    def bodies(self, kind: str) -> list[str]:
        """The ledger's lines of this kind, after the chain was verified."""
        self.premises.store.verify_ledger()
        with self.premises.engine.connect() as connection:
            found = connection.execute(
                text("SELECT body FROM ledger_line WHERE json_extract(body, '$.kind') = :kind ORDER BY number"),
                {"kind": kind},
            )
            return [row.body for row in found]

    def disk(self) -> bytes:
        """The database and its log, as they lie on the disk."""
        return b"".join(path.read_bytes() for path in sorted(self.premises.root.glob("courier.db*")))


def of_class(outcome: Outcome, kind: str) -> tuple[int, int, int]:
    """How many of a class are held, wait and go."""
    classes = outcome.fields()["classes"]
    assert isinstance(classes, list)
    (one,) = (found for found in classes if found["class"] == kind)
    return one["held"], one["waits"], one["goes"]


def shipped() -> ParcelPeriods:
    return read_section(load_default(), "courier", model=CourierSection).retention
