"""The station's records of visits go when their time is over; what is held, open or in doubt stays."""

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from agent.config.layers import load_default, read_section
from agent.config.station import StationSection
from agent.courier.hold import Terms
from agent.errors import PeerSilent
from tests.agent.courier.archive import of_class
from tests.agent.visit.registry import GATE, PERIODS, SUBJECT, Registry
from vault.access import Access
from vault.retention import Doubt


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    registry = Registry(tmp_path)
    yield registry
    registry.close()


def test_the_shipped_periods_are_these() -> None:
    assert read_section(load_default(), "station", model=StationSection).retention == PERIODS


async def test_the_timeline_goes_first_then_the_visit_and_the_ledger_stays(registry: Registry) -> None:
    parcel, sealed = registry.visit()
    head = registry.unit.journal.head()
    await registry.forward(91)
    outcome = await registry.swept()
    assert (of_class(outcome, "visit-timeline"), of_class(outcome, "visit")) == ((0, 0, 1), (0, 0, 0))
    assert (GATE.encode() in registry.disk(), sealed in registry.disk()) == (False, True)
    row = registry.unit.journal.visit(registry.lines("visit-opened")[0]["visit"])
    assert row is not None
    assert (row.timeline, row.state, row.subject) == (None, "done", SUBJECT)
    await registry.forward(1010)
    dry = await registry.run(dry=True)
    assert of_class(dry, "visit") == (0, 1, 0)
    outcome = await registry.swept()
    assert (of_class(outcome, "visit"), outcome.log_cut) == ((0, 0, 1), True)
    assert (registry.count("visit"), registry.count("journal"), sealed in registry.disk()) == (0, 0, False)
    told = [(line["class"], line["rows"], line["rule"]) for line in registry.lines("retention-deleted")]
    assert told == [("visit-timeline", 1, "visit-timeline 90d"), ("visit", 2, "visit 1096d")]
    assert not any(parcel in json.dumps(line) for line in registry.lines("retention-deleted"))
    # of the access nothing was cut: the line that told of it is where it was
    assert registry.unit.journal.digest_at(head.number) == head.digest
    assert len(registry.lines(Access.APPLICATION_ASKED)) == 1


async def test_a_visit_that_runs_and_one_whose_parcel_waits_are_kept(registry: Registry) -> None:
    waiting = registry.unit.premises.spooled()
    registry.visit(waiting.id)
    registry.visit(ended=False)
    await registry.forward(5000)
    outcome = await registry.swept()
    assert outcome.stopped is None
    assert (of_class(outcome, "visit"), of_class(outcome, "visit-timeline")) == ((0, 0, 0), (0, 0, 0))
    assert registry.count("visit") == 2


async def test_what_is_held_in_the_couriers_register_is_kept(registry: Registry) -> None:
    held, _ = registry.visit()
    registry.visit()
    at = registry.clock.now()
    terms = Terms(reason="case 12", until=at + timedelta(days=3000))
    number = registry.archive.keeper.book.hold(held, terms, by="uid:0", at=at)
    await registry.forward(1097)
    outcome = await registry.swept()
    assert (of_class(outcome, "visit"), of_class(outcome, "visit-timeline")) == ((1, 0, 1), (1, 0, 1))
    registry.archive.keeper.book.lift(number, reason="over", by="uid:0", at=registry.clock.now())
    outcome = await registry.run()
    assert (of_class(outcome, "visit"), registry.count("visit")) == ((0, 0, 1), 0)


async def test_while_the_courier_does_not_say_what_is_held_nothing_goes(registry: Registry) -> None:
    registry.visit()
    await registry.forward(1097)
    await registry.run()
    await registry.forward(1)
    registry.courier.out = True
    with pytest.raises(PeerSilent):
        await registry.run()
    assert registry.count("visit") == 1


async def test_a_ledger_that_is_not_what_headquarters_has_stops_the_sweep(registry: Registry) -> None:
    registry.visit()
    await registry.forward(1097)
    registry.unit.execute("DELETE FROM ledger_line WHERE number > 1")
    await registry.attestation.compare()
    for _ in range(2):
        outcome = await registry.swept()
        assert (outcome.stopped, outcome.swept) == (Doubt.LEDGER_TROUBLE, ())
    assert registry.count("visit") == 1


@pytest.mark.parametrize(
    ("step", "why"),
    [(timedelta(days=3650), Doubt.UNWITNESSED), (timedelta(days=-30), Doubt.BEHIND_CENTRAL)],
)
async def test_a_clock_that_is_wrong_stops_the_sweep(registry: Registry, step: timedelta, why: Doubt) -> None:
    registry.visit()
    await registry.forward(1097)
    await registry.run()
    registry.clock.step = step
    for _ in range(3):
        await registry.forward(1)
        assert (await registry.run()).stopped is why
    assert registry.count("visit") == 1
    assert [line["why"] for line in registry.lines("retention-stopped")] == [why.value]


async def test_a_station_without_visits_hears_the_time_all_the_same(registry: Registry) -> None:
    registry.visit()
    heard = []
    for _ in range(30):
        await registry.forward(40)
        heard.append((await registry.run()).stopped)
    assert set(heard) == {None}
    assert registry.count("visit") == 0


async def test_a_technicians_run_waits_for_the_daily_one(registry: Registry) -> None:
    registry.visit()
    await registry.forward(1097)
    await registry.run()
    await registry.forward(1)
    both = await asyncio.gather(registry.run(), registry.run())
    assert sorted(of_class(outcome, "visit") for outcome in both) == [(0, 0, 0), (0, 0, 1)]
    assert len(registry.lines("retention-deleted")) == 2


async def test_visits_write_while_a_sweep_runs_and_the_chain_holds(registry: Registry) -> None:
    for _ in range(12):
        registry.visit()
    await registry.forward(1097)
    await registry.run()
    await registry.forward(1)
    journal, at = registry.unit.journal, registry.clock.now()

    def write(number: int) -> None:
        journal.remark("decision", at=at, detail={"turn": number})

    with ThreadPoolExecutor(4) as pool:
        written = [pool.submit(write, number) for number in range(60)]
        outcome = await registry.run()
    for one in written:
        one.result()
    assert of_class(outcome, "visit") == (0, 0, 12)
    assert len(registry.lines("decision")) == 60
    assert len(registry.lines("retention-deleted")) == 24
