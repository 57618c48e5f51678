"""Every way in which a visit ends early: whatever was under way ends first, and nothing is left behind."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from agent.errors import PeerFailed, PeerSilent, Refused
from agent.visit.channel import (
    AskApplication,
    FailedReport,
    OpenDevices,
    Pack,
    ReadAnswer,
    Seal,
    SealedReport,
    TakeStep,
)
from agent.visit.event import Cancelled, RefusalReason, RefusedByOperator
from agent.visit.worker_process import LOST
from capture.profile import FaceRule, FingerRule, Profile
from tests.agent.visit.seat import Seat, seated
from tests.drivers.turn import turn

CANCEL = Cancelled("cancelled")
IMPATIENT = Profile(
    face=FaceRule(attempts=1, time_limit_ms=1), finger=FingerRule(attempts=1, time_limit_ms=1), idle_limit_ms=700
)


@pytest.fixture
async def seat(tmp_path: Path) -> AsyncIterator[Seat]:
    async with seated(tmp_path) as ready:
        yield ready


async def _under_way(seat: Seat, command: type[BaseModel]) -> str:
    """A visit whose worker has been given this command and does not answer it."""
    begun = asyncio.Event()
    seat.worker.held.add(command)
    seat.worker.before[command] = begun.set
    visit = await (seat.confirmed() if command in {Pack, Seal} else seat.open())
    await begun.wait()
    return visit


async def _ended_well(seat: Seat, visit: str, *, state: str) -> None:
    """Whatever happened: settled, closed, given back, forgotten, written down, and ready for the next."""
    view = await seat.settled(visit)
    assert (view["state"], view["waiting"], view["applicant"]) == (state, None, None)
    assert seat.workers[0].ended
    assert seat.courier.log[-1] == "release"
    assert (seat.courier.keys, seat.open_lines()) == ({}, [])
    running = seat.chair._running
    assert running is not None
    assert (running.application, running.applicant, running.wrap_key) == ("", None, b"")
    row = seat.journal.visit(visit)
    assert row is not None
    assert row.state == state
    assert seat.ledger()[-1] == "visit-ended"
    await seat.asked(await seat.open(), "confirm")


@pytest.mark.parametrize("command", [AskApplication, ReadAnswer, OpenDevices, TakeStep, Pack])
async def test_cancelled_whatever_the_worker_does(seat: Seat, command: type[BaseModel]) -> None:
    visit = await _under_way(seat, command)
    seat.chair.decide(visit, CANCEL)
    await _ended_well(seat, visit, state="aborted")


@pytest.mark.parametrize("command", [AskApplication, ReadAnswer, OpenDevices, TakeStep, Pack])
async def test_refused_whatever_the_worker_does(seat: Seat, command: type[BaseModel]) -> None:
    visit = await _under_way(seat, command)
    seat.chair.decide(visit, RefusedByOperator(RefusalReason.FEE_UNPAID))
    await _ended_well(seat, visit, state="refused")


@pytest.mark.parametrize("command", [AskApplication, ReadAnswer, OpenDevices, TakeStep, Pack])
async def test_the_worker_dies_whatever_it_does(seat: Seat, command: type[BaseModel]) -> None:
    visit = await _under_way(seat, command)
    seat.worker.die()
    await _ended_well(seat, visit, state="faulted")


@pytest.mark.parametrize("command", [AskApplication, ReadAnswer, OpenDevices, TakeStep, Pack, Seal])
async def test_the_worker_reports_a_failure(seat: Seat, command: type[BaseModel]) -> None:
    seat.told[command] = [FailedReport(code="device-gone", sentence="It was unplugged.")]
    visit = await (seat.confirmed() if command in {Pack, Seal} else seat.open())
    view = await seat.settled(visit)
    assert view["end"] == {"code": "device-gone", "sentence": "It was unplugged."}
    await _ended_well(seat, visit, state="faulted")


async def test_a_worker_that_cannot_work(seat: Seat) -> None:
    seat.worker.unready = FailedReport(code="key-missing", sentence="The key is not there.")
    visit = await seat.open()
    assert (await seat.settled(visit))["end"]["code"] == "key-missing"
    await _ended_well(seat, visit, state="faulted")


async def test_a_place_that_is_asked_for_is_given_back_after_it_was_given(seat: Seat) -> None:
    held, back = seat.courier.hold("reserve"), seat.courier.hold("release")
    visit = await seat.open()
    await held.asked.wait()
    seat.chair.decide(visit, CANCEL)
    view = await seat.until(visit, lambda view: view["state"] == "aborted")
    assert not view["settled"]
    # given back now, it would be given afterwards, and nobody would know of its key
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(back.asked.wait(), timeout=0.2)
    held.go_on.set()
    back.go_on.set()
    await _ended_well(seat, visit, state="aborted")
    assert seat.courier.log[:4] == ["reserve?", "reserve", "release?", "release"]


async def test_a_question_that_nobody_answers_keeps_nobody_waiting(seat: Seat) -> None:
    held = seat.courier.hold("question")
    visit = await seat.open()
    await held.asked.wait()
    seat.chair.decide(visit, CANCEL)
    await seat.settled(visit)
    held.go_on.set()
    await _ended_well(seat, visit, state="aborted")


@pytest.mark.parametrize(
    ("error", "state", "code"),
    [
        (Refused("disk-full", "The disk is too full."), "refused", "disk-full"),
        (PeerSilent("The courier does not answer."), "faulted", "peer-silent"),
    ],
)
async def test_a_courier_without_a_place(seat: Seat, error: Exception, state: str, code: str) -> None:
    seat.courier.fails["reserve"] = [error]
    visit = await seat.open()
    assert (await seat.settled(visit))["end"]["code"] == code
    await _ended_well(seat, visit, state=state)


async def test_an_application_that_migris_does_not_take(seat: Seat) -> None:
    seat.claimed.headquarters.open = False
    visit = await seat.open()
    assert (await seat.settled(visit))["end"]["code"] == "application-closed"
    seat.claimed.headquarters.open = True
    await _ended_well(seat, visit, state="refused")


async def test_migris_does_not_answer(seat: Seat) -> None:
    seat.courier.fails["question"] = [Refused("migris-silent", "MIGRIS does not answer.")]
    visit = await seat.open()
    assert (await seat.settled(visit))["end"]["code"] == "migris-silent"
    await _ended_well(seat, visit, state="refused")


async def test_the_applicant_is_gone_as_soon_as_the_visit_has_ended(seat: Seat) -> None:
    held = seat.courier.hold("release")
    visit = await seat.open()
    assert (await seat.asked(visit, "confirm"))["applicant"] is not None
    seat.chair.decide(visit, CANCEL)
    # the courier is silent, perhaps for hours
    view = await seat.until(visit, lambda view: view["state"] == "aborted")
    assert (view["applicant"], view["settled"]) == (None, False)
    held.go_on.set()
    await _ended_well(seat, visit, state="aborted")


async def test_a_key_is_given_back_however_long_the_courier_is_silent(seat: Seat) -> None:
    seat.courier.fails["release"] = [PeerSilent("The courier does not answer.")] * 3
    visit = await seat.open()
    await seat.decide(visit, "confirm", CANCEL)
    await _ended_well(seat, visit, state="aborted")


async def test_only_a_parcel_that_is_there_ends_the_giving_back(seat: Seat) -> None:
    seat.courier.fails["release"] = [
        PeerFailed("The courier failed: the disk failed."),
        Refused("not-allowed", "This user may not talk to this process."),
    ]
    visit = await seat.open()
    await seat.decide(visit, "confirm", CANCEL)
    await _ended_well(seat, visit, state="aborted")
    assert seat.courier.log.count("release?") == 3


@pytest.mark.parametrize("reason", ["parcel-spooled", "parcel-unreadable"])
async def test_a_parcel_that_is_there_after_all_is_kept(seat: Seat, reason: str) -> None:
    seat.courier.fails["release"] = [Refused(reason, "It was delivered.")]
    visit = await seat.open()
    await seat.decide(visit, "confirm", CANCEL)
    assert (await seat.settled(visit))["state"] == "aborted"
    assert (len(seat.courier.keys), seat.open_lines()) == (1, [])


async def test_a_visit_is_not_done_when_the_courier_knows_of_no_parcel(seat: Seat) -> None:
    seat.told[Seal] = [SealedReport(digest="ab" * 32, size=6, synced_ns=3)]
    visit = await seat.confirmed()
    view = await seat.settled(visit)
    assert (view["end"]["code"], view["sealed"]) == ("parcel-lost", None)
    assert "parcel-differs" in seat.ledger()
    await _ended_well(seat, visit, state="faulted")


@pytest.mark.parametrize("other", [{"digest": "ab" * 32}, {"size": 7}])
async def test_what_the_courier_has_counts_and_a_difference_is_written_down(
    seat: Seat, other: dict[str, object]
) -> None:
    delivered: list[SealedReport] = []

    def deliver() -> None:
        sealed = seat.worker.deliver(next(iter(seat.courier.keys.values())))
        assert isinstance(sealed, SealedReport)
        delivered.append(sealed)
        seat.told[Seal] = [sealed.model_copy(update=other)]

    seat.worker.before[Seal] = deliver
    visit = await seat.confirmed()
    view = await seat.settled(visit)
    assert (view["state"], view["sealed"]) == ("done", {"digest": delivered[0].digest, "size": delivered[0].size})
    assert "parcel-differs" in seat.ledger()
    assert len(seat.courier.keys) == 1


async def test_a_parcel_that_the_disk_does_not_give_now_is_not_lost(seat: Seat) -> None:
    visit = await _under_way(seat, Seal)
    seat.worker.deliver(next(iter(seat.courier.keys.values())))
    seat.courier.fails["taken_in"] = [PeerFailed("The courier failed: the disk failed.")] * 2
    seat.worker.die()
    assert (await seat.settled(visit))["state"] == "done"
    assert "release?" not in seat.courier.log


async def test_a_parcel_that_can_never_be_read_is_kept_and_the_visit_is_not_done(seat: Seat) -> None:
    unreadable = Refused("parcel-unreadable", "The parcel was delivered and cannot be read.")
    seat.courier.fails["taken_in"] = [unreadable, unreadable]
    seat.courier.fails["release"] = [unreadable]
    visit = await seat.confirmed()
    view = await seat.settled(visit)
    assert (view["state"], view["end"]["code"]) == ("faulted", "parcel-unreadable")
    assert (len(seat.courier.keys), seat.open_lines()) == (1, [])


async def test_being_sealed_it_cannot_be_cancelled_and_ends_sealed(seat: Seat) -> None:
    visit = await _under_way(seat, Seal)
    with pytest.raises(Refused):
        seat.chair.decide(visit, CANCEL)
    # the parcel reaches the disk, and the worker dies before it can say so
    seat.worker.deliver(next(iter(seat.courier.keys.values())))
    seat.worker.die()
    view = await seat.settled(visit)
    assert (view["state"], view["sealed"]["size"], view["end"]) == ("done", 6, None)
    assert "release" not in seat.courier.log
    assert len(seat.courier.keys) == 1


async def test_lost_while_sealing_before_the_parcel_was_there(seat: Seat) -> None:
    visit = await _under_way(seat, Seal)
    seat.courier.fails["taken_in"] = [PeerSilent("It starts again."), Refused("disk-failed", "The disk failed.")]
    seat.worker.die()
    view = await seat.settled(visit)
    assert view["end"]["code"] == LOST.code
    await _ended_well(seat, visit, state="faulted")
    # it did not give up before it knew
    assert seat.courier.log.count("taken_in?") == 3


async def test_a_courier_that_is_silent_at_the_handing_over_finds_the_parcel_itself(seat: Seat) -> None:
    seat.courier.fails["taken_in"] = [PeerSilent("It starts again.")]
    visit = await seat.confirmed()
    assert (await seat.settled(visit))["state"] == "done"
    assert "release" not in seat.courier.log


async def test_a_visit_on_which_nobody_acts_ends_by_itself(tmp_path: Path) -> None:
    async with seated(tmp_path, profile=IMPATIENT) as seat:
        visit = await seat.open()
        await seat.asked(visit, "confirm")
        assert (await seat.settled(visit))["end"]["code"] == "idle"
        await _ended_well(seat, visit, state="aborted")


@pytest.mark.parametrize("command", [TakeStep, Seal])
async def test_a_worker_that_hangs_is_ended_too(tmp_path: Path, command: type[BaseModel]) -> None:
    async with seated(tmp_path, profile=IMPATIENT) as seat:
        visit = await _under_way(seat, command)
        assert (await seat.settled(visit))["end"]["code"] == "worker-stuck"
        await _ended_well(seat, visit, state="faulted")


async def test_a_station_that_stops_ends_the_visit_and_starts_no_other_worker(seat: Seat) -> None:
    visit = await seat.open()
    await seat.asked(visit, "confirm")
    await seat.chair.close()
    view = seat.chair.view(visit)
    assert (view["state"], view["end"]["code"], view["settled"]) == ("aborted", "stopped", True)
    assert (seat.courier.keys, seat.open_lines()) == ({}, [])
    assert [worker.ended for worker in seat.workers] == [True]
    assert not seat.chair.ready
    with pytest.raises(Refused):
        await seat.open()


async def test_a_station_that_stops_lets_a_sealing_finish(seat: Seat) -> None:
    visit = await _under_way(seat, Seal)
    key = next(iter(seat.courier.keys.values()))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(seat.chair.close())
        await turn()
        assert not seat.worker.ended
        seat.told[Seal] = [seat.worker.deliver(key)]
        seat.worker.die()
    assert seat.chair.view(visit)["state"] == "done"


async def test_a_station_that_stops_waits_only_so_long(seat: Seat) -> None:
    seat.courier.hold("release")
    visit = await seat.open()
    await seat.asked(visit, "confirm")
    await seat.chair.close(within_s=1.0)
    assert seat.worker.ended
    assert not seat.chair.view(visit)["settled"]
    # what it could not do is left for the next start
    assert seat.open_lines() == ["release"]


async def test_a_broken_promise_ends_the_process(seat: Seat) -> None:
    seat.courier.fails["question"] = [RuntimeError("our own mistake")]
    await seat.open()
    assert await seat.supervisor.run() == 1
