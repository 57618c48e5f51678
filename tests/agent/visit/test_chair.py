"""One visit at a time, as the operator sees it: opened, looked at, decided on."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from agent.errors import Refused
from agent.visit.channel import LiveReport, NothingReport, Pack, PortraitReport, PressShutter, PrintReport, TakeStep
from agent.visit.event import (
    Accepted,
    Cancelled,
    Confirmed,
    FingerMissing,
    RefusalReason,
    RefusedByOperator,
    Relaxed,
    RetakeAsked,
    ShutterPressed,
)
from capture.missing import MissingReason
from capture.rejection import RejectionReason
from capture.sample import Verdict
from drivers.contract import Approach, Finger, Hint
from tests.agent.visit.headquarters import APPLICATION
from tests.agent.visit.seat import Seat, View, seated
from tests.agent.visit.transcript import gate, scored
from tests.drivers.turn import turn

RIGHT, LEFT = Finger.RIGHT_INDEX, Finger.LEFT_INDEX
DOUBTFUL = PortraitReport(gates=(gate("mouth_closed", Verdict.FAIL), gate("roll")), taken_ns=1)


@pytest.fixture
async def seat(tmp_path: Path) -> AsyncIterator[Seat]:
    async with seated(tmp_path) as ready:
        yield ready


async def test_a_visit_from_the_chair_to_the_courier(seat: Seat) -> None:
    visit = await seat.open()
    asked = await seat.asked(visit, "confirm")
    assert (asked["state"], asked["chosen"], asked["settled"]) == ("capturing", [RIGHT, LEFT], False)
    assert asked["applicant"]["surname"] == "Jonaitytė"
    seat.chair.decide(visit, Confirmed())
    view = await seat.settled(visit)
    assert (view["state"], view["sealed"]["size"], view["end"]) == ("done", 6, None)
    assert seat.courier.log[-1] == "taken_in"
    assert seat.chair.ready
    row = seat.journal.visit(visit)
    assert row is not None
    assert (row.state, row.digest, row.code) == ("done", view["sealed"]["digest"], None)
    assert [entry["step"] for entry in row.timeline or []] == [entry["step"] for entry in view["timeline"]]
    assert seat.open_lines() == []
    assert seat.ledger() == [
        "visit-opened",
        "notice-shown",
        "application-asked",
        "application-checked",
        "visit-ended",
    ]


async def test_one_visit_at_a_time(seat: Seat) -> None:
    first = await seat.open()
    assert not seat.chair.ready
    with pytest.raises(Refused, match="Another visit") as caught:
        await seat.open()
    assert caught.value.reason == "visit-running"
    seat.chair.decide(first, Cancelled("cancelled"))
    await seat.settled(first)
    second = await seat.open()
    with pytest.raises(Refused) as unknown:
        seat.chair.view(first)
    assert unknown.value.reason == "visit-unknown"
    await seat.asked(second, "confirm")


async def test_two_that_open_at_once_are_told_apart(seat: Seat) -> None:
    opened = await asyncio.gather(seat.open(), seat.open(), return_exceptions=True)
    assert [isinstance(each, Refused) for each in opened] == [False, True]


async def test_before_it_has_resumed_nobody_sits_down(tmp_path: Path) -> None:
    async with seated(tmp_path, resume=False) as seat:
        assert not seat.chair.ready
        with pytest.raises(Refused) as caught:
            await seat.open()
        assert caught.value.reason == "not-ready"


async def test_a_visit_that_cannot_be_written_down_is_none(seat: Seat) -> None:
    with seat.engine.begin() as connection:
        connection.execute(text("ALTER TABLE visit RENAME TO elsewhere"))
    with pytest.raises(OperationalError):
        await seat.open()
    assert seat.chair.ready
    assert "reserve?" not in seat.courier.log
    with seat.engine.begin() as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO visit"))
    # and the worker that was ready is this visit's
    await seat.asked(await seat.open(), "confirm")
    assert len(seat.workers) == 1


async def test_a_worker_that_died_while_it_waited_costs_no_visit(seat: Seat) -> None:
    seat.worker.die()
    await seat.asked(await seat.open(), "confirm")
    assert len(seat.workers) == 2


async def test_every_visit_has_a_worker_of_its_own_that_was_started_ahead(seat: Seat) -> None:
    for count in (1, 2):
        assert len(seat.workers) == count
        assert seat.worker.started
        await seat.settled(await seat.confirmed())
    assert [worker.ended for worker in seat.workers] == [True, True, False]


async def test_a_doubtful_portrait_is_accepted_and_the_reason_travels(seat: Seat) -> None:
    seat.told[TakeStep] = [DOUBTFUL]
    visit = await seat.open()
    asked = await seat.asked(visit, "doubtful-portrait")
    assert (asked["waiting"]["gates"], asked["waiting"]["step"]) == (["mouth_closed"], "face")
    seat.chair.decide(visit, Accepted("paralysed cheek"))
    await seat.decide(visit, "confirm", Confirmed())
    await seat.settled(visit)
    (order,) = [command for command in seat.workers[0].asked if isinstance(command, Pack)]
    assert order.face_reason == "paralysed cheek"
    assert "accepted" in seat.ledger()
    # what the operator typed could be about a person: it is in the sealed package, and in no database
    assert not any(b"paralysed" in content for content in seat.claimed.tree().values())


async def test_steps_that_gave_nothing_and_fingers_that_are_poor(seat: Seat) -> None:
    quality = scored(RIGHT, 3).quality
    seat.told[TakeStep] = [
        NothingReport(step="face", hint=Hint.TOO_FEW_PIXELS, approach=Approach(0.6)),
        DOUBTFUL.model_copy(update={"gates": (gate("roll"),)}),
        PrintReport(finger=RIGHT, quality=quality, taken_ns=1),
        NothingReport(step="right-middle", hint=Hint.NO_FINGER),
    ]
    visit = await seat.open()
    asked = await seat.asked(visit, "nothing-taken")
    assert asked["waiting"]["hint"] == "too-few-pixels"
    assert asked["waiting"]["sentence"].endswith(": come closer to the camera, to about 60 % of this distance.")
    seat.chair.decide(visit, RetakeAsked("face"))
    await seat.until(visit, lambda view: view["waiting"] and view["waiting"]["step"] == "right-middle")
    seat.chair.decide(visit, FingerMissing(Finger.RIGHT_MIDDLE, MissingReason.BANDAGED))
    view = await seat.asked(visit, "confirm")
    assert (view["chosen"], view["missing"]) == (["right-ring", "left-index"], {"right-middle": "bandaged"})
    assert [score["score"] for score in view["prints"]["right-index"]] == [3]
    seat.chair.decide(visit, Confirmed())
    await seat.settled(visit)
    steps = [(command.step, command.fresh) for command in seat.workers[0].asked if isinstance(command, TakeStep)]
    assert steps == [
        ("face", False),
        ("face", True),
        ("right-index", False),
        ("right-middle", False),
        ("right-ring", False),
        ("left-index", False),
    ]
    # why a finger cannot be given is about somebody's health
    assert not any(b"bandaged" in content for content in seat.claimed.tree().values())


async def test_what_is_not_demanded_of_a_client_reaches_the_worker_and_no_disk(seat: Seat) -> None:
    seat.told[TakeStep] = [DOUBTFUL]
    visit = await seat.open(relaxation="child")
    asked = await seat.asked(visit, "doubtful-portrait")
    assert asked["relaxation"] == "child"
    seat.chair.decide(visit, Relaxed("disability"))
    await seat.decide(visit, "confirm", Confirmed())
    view = await seat.settled(visit)
    asked_of = seat.workers[0].asked
    assert [command.relaxation for command in asked_of if isinstance(command, TakeStep)] == [
        "child",
        "disability",
        None,
        None,
    ]
    assert [command.face_relaxation for command in asked_of if isinstance(command, Pack)] == ["disability"]
    # that it was so is written down, and by which is not: it says something about somebody's health
    assert [entry["step"] for entry in view["timeline"]].count("relaxed") == 2
    assert seat.ledger().count("relaxed") == 2
    assert not any(b"disability" in content or b"child" in content for content in seat.claimed.tree().values())


async def test_a_relaxation_can_be_withdrawn_and_an_unknown_one_is_refused(seat: Seat) -> None:
    with pytest.raises(Refused) as caught:
        await seat.open(relaxation="giant")
    assert caught.value.reason == "relaxation-unknown"
    assert seat.chair.ready
    visit = await seat.open(relaxation="child")
    await seat.decide(visit, "confirm", Relaxed(None))
    view = await seat.until(visit, lambda view: view["relaxation"] is None and view["waiting"])
    assert [entry["step"] for entry in view["timeline"]].count("relaxation-withdrawn") == 1
    assert "relaxation-withdrawn" in seat.ledger()


async def test_the_live_picture_is_shown_while_the_step_goes_on(seat: Seat) -> None:
    live = [
        LiveReport(
            sentence="Come closer.",
            client_sentence="Please come.",
            hint=Hint.TOO_FEW_PIXELS,
            approach=Approach(0.6),
            failed=(),
            held_ms=0,
        ),
        LiveReport(
            sentence="Close the mouth.",
            client_sentence="Please close it.",
            hint=None,
            failed=("mouth_closed",),
            held_ms=0,
        ),
        LiveReport(sentence="", client_sentence="", hint=None, failed=(), held_ms=300),
    ]
    seat.worker.held.add(TakeStep)
    visit = await seat.open()
    seat.worker.shows.append(live[0])
    shown = [await _live(seat, visit, live[0])]
    for report in live[1:]:
        seat.worker.say(report)
        shown.append(await _live(seat, visit, report))
    assert shown[0] == {
        "sentence": "Come closer.",
        "client_sentence": "Please come.",
        "hint": "too-few-pixels",
        "approach": {"distance_ratio": 0.6, "distance_cm": None},
        "failed": [],
        "held_ms": 0,
    }
    assert (shown[1]["failed"], shown[2]["held_ms"]) == (["mouth_closed"], 300)
    assert seat.chair.view(visit)["step"] == "face"


async def _live(seat: Seat, visit: str, report: LiveReport) -> View:
    """What the page is shown of the live picture, as soon as it is this."""
    view = await seat.until(visit, lambda view: view["live"] and view["live"]["sentence"] == report.sentence)
    shown: View = view["live"]
    return shown


async def test_the_shutter_reaches_the_worker_and_ends_nothing(seat: Seat) -> None:
    seat.worker.until_told.add(TakeStep)
    live = LiveReport(
        sentence="Come closer.", client_sentence="Please come.", hint=Hint.TOO_FEW_PIXELS, failed=(), held_ms=0
    )
    seat.worker.shows.append(live)
    visit = await seat.open()
    with pytest.raises(Refused, match="does not wait"):
        seat.chair.decide(visit, ShutterPressed())
    await _live(seat, visit, live)
    seat.chair.decide(visit, ShutterPressed())
    view = await seat.asked(visit, "confirm")
    said = [type(command) for command in seat.workers[0].asked]
    assert said[said.index(TakeStep) :][:3] == [TakeStep, PressShutter, TakeStep]
    assert "shutter" in [entry["step"] for entry in view["timeline"]]
    with pytest.raises(Refused) as caught:
        seat.chair.decide(visit, ShutterPressed())
    assert caught.value.reason == "not-now"


async def test_a_portrait_that_passed_is_rejected_for_a_reason_that_travels(seat: Seat) -> None:
    visit = await seat.open()
    await seat.asked(visit, "confirm")
    with pytest.raises(Refused, match="say why") as caught:
        seat.chair.decide(visit, RetakeAsked("face"))
    assert caught.value.reason == "reason-needed"
    seat.chair.decide(visit, RetakeAsked("face", RejectionReason.GLASSES))
    await seat.until(visit, lambda view: view["portrait"] and view["portrait"]["rejected_before"] == ["glasses"])
    await seat.decide(visit, "confirm", Confirmed())
    await seat.settled(visit)
    (order,) = [command for command in seat.workers[0].asked if isinstance(command, Pack)]
    assert order.face_rejections == (RejectionReason.GLASSES,)
    # it is about somebody's face: it travels sealed, and no database here keeps it
    assert not any(b"glasses" in content for content in seat.claimed.tree().values())


async def test_a_decision_that_does_not_fit_changes_nothing(seat: Seat) -> None:
    visit = await seat.open()
    before = await seat.asked(visit, "confirm")
    for event in (Accepted("because"), RetakeAsked("left-thumb"), RetakeAsked("right-toe")):
        with pytest.raises(Refused, match="does not wait") as caught:
            seat.chair.decide(visit, event)
        assert caught.value.reason == "not-now"
    with pytest.raises(Refused):
        seat.chair.decide("01jd0000000000000000000000", Confirmed())
    assert seat.chair.view(visit) == before


async def test_decisions_that_come_too_late_are_dropped(seat: Seat) -> None:
    visit = await seat.open()
    await seat.asked(visit, "confirm")
    for _ in range(3):
        seat.chair.decide(visit, Confirmed())
    seat.chair.decide(visit, RetakeAsked("left-index"))
    view = await seat.settled(visit)
    assert view["state"] == "done"
    assert sum(isinstance(command, Pack) for command in seat.workers[0].asked) == 1
    with pytest.raises(Refused):
        seat.chair.decide(visit, Cancelled("cancelled"))


async def test_the_operator_refuses_for_a_reason_from_the_list(seat: Seat) -> None:
    visit = await seat.open()
    await seat.decide(visit, "confirm", RefusedByOperator(RefusalReason.FORGERY_SIGNS))
    view = await seat.settled(visit)
    assert (view["state"], view["end"]["code"]) == ("refused", "signs-of-forgery")
    assert seat.courier.keys == {}
    assert "refused" in seat.ledger()


async def test_who_looks_waits_for_the_next_change(seat: Seat) -> None:
    visit = await seat.open()
    view = await seat.asked(visit, "confirm")
    # nothing changes: the time is over
    await seat.chair.change(view["sequence"], within_s=0.01)
    assert seat.chair.view(visit)["sequence"] == view["sequence"]
    # who is behind is told at once
    await seat.chair.change(view["sequence"] - 1, within_s=20)
    async with asyncio.TaskGroup() as tasks:
        waiting = [tasks.create_task(seat.chair.change(view["sequence"], within_s=20)) for _ in range(2)]
        await turn()
        seat.chair.decide(visit, Cancelled("cancelled"))
    assert all(task.done() for task in waiting)
    assert seat.chair.view(visit)["sequence"] > view["sequence"]


async def test_whom_it_is_about_is_nowhere_on_the_disk(seat: Seat) -> None:
    visit = await seat.confirmed()
    await seat.settled(visit)
    content = seat.claimed.tree()
    assert {name for name in content if name.endswith((".db", ".db-wal"))}
    for name, found in content.items():
        for hidden in (APPLICATION, "Jonait", "1990-02-28"):
            assert hidden.encode() not in found, name
    row = seat.journal.visit(visit)
    assert row is not None
    assert row.subject_sealed is not None
    assert seat.claimed.headquarters.number(row.subject_sealed) == APPLICATION
    assert len(row.subject) == 32
