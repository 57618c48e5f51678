"""The station's ledger before its witnesses: a real journal, a real courier's desk, and central's receipt key."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from agent.courier.record import ToldHead
from agent.errors import PeerSilent
from agent.guard.cause import Cause
from agent.visit.attestation import Attestation, Witnesses
from agent.visit.courier_client import CourierClient
from agent.visit.journal import Journal
from agent.visit.tables import VERSIONS
from agent.wire import LedgerAlarm, LedgerHead, Trigger, read_signed, sign_document
from tests.agent.courier.premises import BEGIN, CENTRAL_KEY, STATION, TENANT, Premises, event_receipt
from vault.database import migrate, open_database
from vault.envelope import Pinned, SigningKey, digest_of

SEAL_KEY = SigningKey.generate()
SEAL = Pinned([SEAL_KEY.public])


class AtTheDesk(CourierClient):
    """The courier's desk without the socket before it; it can be out."""

    def __init__(self, premises: Premises) -> None:
        self.premises = premises
        self.out = False
        self.asked = asyncio.Event()

    async def tell_central(self, event: str, signed: bytes, *, head_number: int | None = None) -> None:
        self._answer()
        head = None if head_number is None else ToldHead(ledger="station", number=head_number)
        self.premises.desk.take_event(event, signed, head=head)

    async def witnessed_head(self) -> tuple[bytes, bytes] | None:
        self._answer()
        return self.premises.desk.witnessed_head("station")

    def _answer(self) -> None:
        self.asked.set()
        if self.out:
            raise PeerSilent("The courier does not answer.")


class Unit:
    """A station's ledger and the courier beside it."""

    def __init__(self, folder: Path) -> None:
        (folder / "courier").mkdir()
        self.path = folder / "station.db"
        migrate(self.path, VERSIONS)
        self.premises = Premises(folder / "courier")
        self.courier = AtTheDesk(self.premises)
        self.engine: Engine = open_database(self.path)
        self.journal = Journal(self.engine)
        self.reported: list[Cause] = []

    def started(self, key: SigningKey = SEAL_KEY) -> Attestation:
        """What the station's next start makes."""
        witnesses = Witnesses(tenant=TENANT, station=STATION, key=key, receipts=self.premises.pinned)
        clock = self.premises.clock
        return Attestation(self.journal, self.courier, witnesses=witnesses, report=self.report, clock=clock)

    async def report(self, cause: Cause) -> bool:
        """The guard's part: what it is told for the first time is news."""
        news = cause.what not in {one.what for one in self.reported}
        self.reported.append(cause)
        return news

    def write(self, *kinds: str) -> None:
        for kind in kinds:
            self.journal.remark(kind, at=BEGIN, detail={})

    def sent(self) -> list[bytes]:
        """What waits for central's receipt, oldest first."""
        store = self.premises.store
        return [signed for event in store.open_events() if (signed := store.open_event(event)) is not None]

    def receipt_all(self) -> None:
        """Central has it all."""
        store = self.premises.store
        for event in store.open_events():
            receipt = event_receipt(event, digest=digest_of(store.open_event(event) or b""))
            self.premises.desk.hear_receipt(receipt, sign_document(receipt, CENTRAL_KEY))

    def execute(self, statement: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(statement))

    def kinds(self) -> list[str]:
        with self.engine.connect() as connection:
            found = connection.execute(text("SELECT json_extract(body, '$.kind') FROM ledger_line ORDER BY number"))
            return [row[0] for row in found]


@pytest.fixture
def unit(tmp_path: Path) -> Iterator[Unit]:
    unit = Unit(tmp_path)
    yield unit
    unit.engine.dispose()
    unit.premises.close()


async def _attested(unit: Unit, *kinds: str) -> None:
    """A life of the station in which these lines were written, and central has receipted the last."""
    unit.write(*kinds)
    await unit.started().tell()
    unit.receipt_all()


async def test_the_head_goes_to_central_signed_with_the_seal_key_and_once(unit: Unit) -> None:
    attestation = unit.started()
    await attestation.tell()
    assert unit.sent() == [], "an empty ledger has no head"
    unit.write("one", "two")
    await attestation.tell()
    await attestation.tell()
    (signed,) = unit.sent()
    head = read_signed(signed, LedgerHead, pinned=SEAL)
    assert (head.tenant, head.station, head.ledger) == (TENANT, STATION, "station")
    assert (head.number, head.digest) == unit.journal.head()


async def test_a_ledger_that_has_grown_fits(unit: Unit, caplog: pytest.LogCaptureFixture) -> None:
    await _attested(unit, "one", "two")
    unit.write("three")
    attestation = unit.started()
    await attestation.compare()
    assert (attestation.trouble, caplog.text, unit.sent()) == (None, "", [])


@pytest.mark.parametrize(
    ("damage", "trouble"),
    [
        ("DELETE FROM ledger_line WHERE number > 1", "ledger-cut-off"),
        ("DELETE FROM ledger_line", "ledger-cut-off"),
        ("UPDATE ledger_line SET digest = '" + "0" * 64 + "' WHERE number = 3", "ledger-rewritten"),
    ],
    ids=["tail", "everything", "rewritten"],
)
async def test_a_ledger_that_central_knew_longer_is_noticed_at_the_start(
    unit: Unit, caplog: pytest.LogCaptureFixture, damage: str, trouble: str
) -> None:
    await _attested(unit, "one", "two", "three")
    known = unit.journal.head()
    unit.execute(damage)
    left = unit.journal.head()
    attestation = unit.started()
    await attestation.compare()
    assert attestation.trouble == trouble
    assert unit.kinds()[-1] == trouble
    (error,) = (record for record in caplog.records if record.levelno >= logging.ERROR)
    assert trouble in error.getMessage()
    (signed,) = unit.sent()
    alarm = read_signed(signed, LedgerAlarm, pinned=SEAL)
    assert (alarm.code, alarm.number, alarm.digest) == (trouble, left.number, left.digest)
    assert (alarm.known_number, alarm.known_digest) == known


async def test_what_is_no_news_to_the_guard_is_not_said_again(unit: Unit) -> None:
    await _attested(unit, "one", "two", "three")
    unit.execute("DELETE FROM ledger_line WHERE number > 1")
    for _ in range(2):
        attestation = unit.started()
        await attestation.compare()
        assert attestation.trouble == "ledger-cut-off"
    assert unit.kinds().count("ledger-cut-off") == len(unit.sent()) == 1
    assert {(one.trigger, one.what) for one in unit.reported} == {(Trigger.LEDGER_BROKEN, "station ledger")}


async def test_lines_that_were_written_anew_up_to_the_same_number_do_not_pass(unit: Unit) -> None:
    await _attested(unit, "one", "two", "three")
    unit.execute("DELETE FROM ledger_line WHERE number > 1")
    unit.write("another", "and another", "and one more")
    attestation = unit.started()
    await attestation.compare()
    assert attestation.trouble == "ledger-rewritten"


async def test_what_central_has_not_receipted_accuses_nobody(unit: Unit) -> None:
    unit.write("one", "two")
    await unit.started().tell()
    unit.execute("DELETE FROM ledger_line WHERE number > 1")
    attestation = unit.started()
    await attestation.compare()
    assert attestation.trouble is None


async def test_a_head_of_another_units_key_accuses_nobody(unit: Unit, caplog: pytest.LogCaptureFixture) -> None:
    await _attested(unit, "one", "two")
    unit.execute("DELETE FROM ledger_line")
    attestation = unit.started(SigningKey.generate())
    await attestation.compare()
    assert attestation.trouble is None
    assert "cannot be believed" in caplog.text


async def test_a_receipt_that_central_did_not_sign_accuses_nobody(unit: Unit) -> None:
    unit.write("one", "two")
    await unit.started().tell()
    (event,) = unit.premises.store.open_events()
    forged = event_receipt(event, digest=digest_of(unit.sent()[0]))
    unit.premises.store.receipted(
        event, digest=forged.digest, at=BEGIN, receipt=sign_document(forged, SigningKey.generate())
    )
    unit.execute("DELETE FROM ledger_line")
    attestation = unit.started()
    await attestation.compare()
    assert attestation.trouble is None


async def test_the_end_of_a_visit_tells_at_once_and_a_silent_courier_is_asked_again(unit: Unit) -> None:
    attestation = unit.started()
    unit.courier.out = True
    running = asyncio.get_running_loop().create_task(attestation.run())
    async with asyncio.timeout(20):
        await unit.courier.asked.wait()
        assert unit.sent() == []
        unit.courier.out = False
        unit.write("visit-ended")
        attestation.look()
        while not unit.sent():
            await asyncio.wait({running}, timeout=0.01)
    running.cancel()
    (signed,) = unit.sent()
    assert read_signed(signed, LedgerHead, pinned=SEAL).number == 1
