"""After a cut: rows and files are planted as a cut leaves them, and the next start brings every visit to its end."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.errors import PeerSilent
from agent.visit.journal import DurableStep
from tests.agent.visit.seat import Seat, seated
from vault.envelope import Sealed, new_wrap_key, wrap
from vault.labels import ParcelId
from vault.spool import deliver

AT = datetime(2026, 11, 22, 8, 15, 30, tzinfo=UTC)
VISIT, PARCEL = "01jd0000000000000000000001", ParcelId("01jd0000000000000000000003")
RESERVE, SEAL, RELEASE = DurableStep.RESERVE, DurableStep.SEAL, DurableStep.RELEASE


def _plant(seat: Seat, *steps: tuple[DurableStep, bool], visit: str = VISIT, parcel: ParcelId = PARCEL) -> None:
    """A visit that was cut off after these steps; True for a line that was closed."""
    seat.journal.open_visit(visit, parcel=parcel, subject="f" * 32, operator="op-7", at=AT)
    for step, closed in steps:
        line = seat.journal.intend(visit, step, at=AT)
        if closed:
            seat.journal.close(line, at=AT)
    if steps:
        seat.courier.keys[parcel] = new_wrap_key()


def _plant_parcel(seat: Seat) -> str:
    """The sealed file, as the worker left it; its digest."""
    sealed = Sealed(b"sealed")
    deliver(seat.claimed.incoming, PARCEL, wrapped=wrap(sealed, key=seat.courier.keys[PARCEL], parcel=PARCEL))
    return sealed.digest


@pytest.mark.parametrize(
    "steps",
    [
        (),
        ((RESERVE, False),),
        ((RESERVE, True),),
        ((RESERVE, True), (SEAL, False)),
        ((RESERVE, True), (SEAL, False), (RELEASE, False)),
        ((RESERVE, True), (RELEASE, False)),
        ((RESERVE, True), (RELEASE, True)),
    ],
    ids=lambda steps: "-".join(f"{step}{'' if closed else '?'}" for step, closed in steps) or "opened",
)
async def test_without_a_parcel_the_place_is_given_back(
    tmp_path: Path, steps: tuple[tuple[DurableStep, bool], ...]
) -> None:
    async with seated(tmp_path, resume=False) as seat:
        _plant(seat, *steps)
        await seat.chair.resume()
        row = seat.journal.visit(VISIT)
        assert row is not None
        assert (row.state, row.code, row.digest) == ("faulted", "cut-off", None)
        assert (seat.courier.keys, seat.open_lines(), seat.journal.open_visits()) == ({}, [], [])
        assert seat.courier.log[-1] == "release"
        await seat.asked(await seat.open(), "confirm")


@pytest.mark.parametrize("closed", [False, True], ids=["open", "closed"])
async def test_with_a_parcel_the_visit_is_done_whether_the_line_was_closed_or_not(tmp_path: Path, closed: bool) -> None:
    async with seated(tmp_path, resume=False) as seat:
        _plant(seat, (RESERVE, True), (SEAL, closed))
        digest = _plant_parcel(seat)
        await seat.chair.resume()
        row = seat.journal.visit(VISIT)
        assert row is not None
        assert (row.state, row.code, row.digest) == ("done", None, digest)
        assert "release?" not in seat.courier.log
        assert PARCEL in seat.courier.keys
        assert (seat.open_lines(), seat.chair.ready) == ([], True)


async def test_several_visits_are_brought_to_their_ends_in_their_order(tmp_path: Path) -> None:
    async with seated(tmp_path, resume=False) as seat:
        _plant(seat, (RESERVE, True), (SEAL, True))
        _plant_parcel(seat)
        other = ParcelId("01jd0000000000000000000009")
        _plant(seat, (RESERVE, False), visit="01jd0000000000000000000002", parcel=other)
        await seat.chair.resume()
        states = [seat.journal.visit(visit) for visit in (VISIT, "01jd0000000000000000000002")]
        assert [row.state for row in states if row is not None] == ["done", "faulted"]
        assert seat.courier.keys.keys() == {PARCEL}


async def test_what_has_ended_is_left_alone(tmp_path: Path) -> None:
    async with seated(tmp_path) as seat:
        await seat.settled(await seat.confirmed())
        seat.courier.log.clear()
        ledger = seat.ledger()
        await seat.chair.resume()
        assert seat.courier.log == []
        assert seat.ledger() == ledger


async def test_nobody_sits_down_before_the_courier_has_said_what_it_has(tmp_path: Path) -> None:
    async with seated(tmp_path, resume=False) as seat:
        _plant(seat, (RESERVE, True), (SEAL, False))
        _plant_parcel(seat)
        held = seat.courier.hold("taken_in")
        seat.courier.fails["taken_in"] = [PeerSilent("It starts, too.")]
        async with asyncio.TaskGroup() as tasks:
            resuming = tasks.create_task(seat.chair.resume())
            await held.asked.wait()
            assert not seat.chair.ready
            held.go_on.set()
        assert resuming.done()
        row = seat.journal.visit(VISIT)
        assert row is not None
        assert row.state == "done"


async def test_a_second_cut_while_clearing_up_changes_nothing(tmp_path: Path) -> None:
    async with seated(tmp_path, resume=False) as seat:
        _plant(seat, (RESERVE, True), (SEAL, False))
        held = seat.courier.hold("release")
        async with asyncio.TaskGroup() as tasks:
            resuming = tasks.create_task(seat.chair.resume())
            await held.asked.wait()
            resuming.cancel()
        assert seat.open_lines() == ["seal", "release"]
        held.go_on.set()
        await seat.chair.resume()
        assert (seat.open_lines(), seat.courier.keys) == ([], {})
        assert seat.ledger() == ["visit-opened", "visit-ended"]
