"""What the operator's page is shown: everything about the visit, no picture, and the person only while it lasts."""

import json
from pathlib import Path

from agent.clock import SystemClock
from agent.visit.event import Cancelled, Event, NothingTaken, PortraitTaken, PoseSeen, PrintTaken
from agent.visit.runner import Running
from agent.visit.timeline import Timeline
from agent.visit.view import View, show
from agent.visit.worker_process import WorkerProcess
from capture.missing import MissingReason
from capture.sample import Verdict
from drivers.contract import Approach, Finger, Hint, Retake
from tests.agent.visit.headquarters import APPLICANT, APPLICATION
from tests.agent.visit.transcript import CAPTURED, READY, Transcript, gate, portrait, scored
from vault.labels import ParcelId

THUMB = Finger.LEFT_THUMB


def _shown(*events: Event, settled: bool = False) -> View:
    running = Running(
        id="01jd0000000000000000000001",
        parcel=ParcelId("01jd0000000000000000000003"),
        application=APPLICATION,
        subject="f" * 32,
        operator="op-7",
        notice_language="lt",
        visit=Transcript(*events, missing={THUMB: MissingReason.INJURED}).visit,
        worker=WorkerProcess(Path("/")),
        timeline=Timeline(SystemClock()),
        wrap_key=b"secret key",
        applicant=APPLICANT,
    )
    running.timeline.note("opened", "privacy notice shown in lt")
    assert APPLICATION not in repr(running)
    assert "secret" not in repr(running)
    assert "Jonait" not in repr(running)
    return show(running, sequence=7, settled=settled)


def test_it_is_json_with_all_that_the_operator_decides_on() -> None:
    view = _shown(*CAPTURED)
    assert json.loads(json.dumps(view)) == view
    assert (view["sequence"], view["state"], view["profile"]) == (7, "capturing", "lt-eresident/1")
    assert view["waiting"]["what"] == "confirm"
    assert view["portrait"]["gates"][0]["id"] == "roll"
    assert view["portrait"]["gates"][0]["client_sentence"] == "Please wait."
    assert view["prints"]["right-index"] == [{"score": 60, "algorithm": "a", "version": "1", "failure": None}]
    assert (view["chosen"], view["missing"]) == (["right-index", "left-index"], {"left-thumb": "injured"})
    assert view["applicant"]["given_name"] == "Jonė"
    assert [entry["step"] for entry in view["timeline"]] == ["opened"]


def test_a_step_that_is_tried_again_says_what_to_do_better() -> None:
    poor = PrintTaken(Finger.RIGHT_INDEX, scored(Finger.RIGHT_INDEX, 9).quality, (Hint.DRY_FINGER, Hint.CENTRE_FINGER))
    view = _shown(*READY, portrait(), poor)
    assert view["step"] == "right-index"
    assert view["hints"] == [
        {"hint": hint.value, "sentence": hint.sentence, "client_sentence": hint.client_sentence}
        for hint in (Hint.DRY_FINGER, Hint.CENTRE_FINGER)
    ]
    assert _shown(*READY, portrait(), NothingTaken("right-index", Hint.NO_FINGER))["hints"][0]["hint"] == "no-finger"


def test_the_finger_that_was_given_twice_is_named() -> None:
    again = NothingTaken("left-index", Hint.SAME_FINGER, same_as=Finger.RIGHT_INDEX)
    view = _shown(*READY, portrait(), scored(Finger.RIGHT_INDEX), again)
    assert (view["step"], view["same_as"]) == ("left-index", "right-index")
    view = _shown(*READY, portrait(), scored(Finger.RIGHT_INDEX), again, again, again)
    assert (view["same_as"], view["waiting"]["same_as"]) == (None, "right-index")
    assert view["waiting"]["sentence"] == Hint.SAME_FINGER.sentence


def test_the_live_picture_is_shown_while_the_portrait_is_taken() -> None:
    pose = PoseSeen("Turn to the camera.", Hint.HEAD_TURNED, ("yaw",), 0, client_sentence="Please turn.")
    view = _shown(*READY, pose)
    assert view["live"] == {
        "sentence": "Turn to the camera.",
        "client_sentence": "Please turn.",
        "hint": "head-turned",
        "approach": None,
        "failed": ["yaw"],
        "held_ms": 0,
    }
    assert json.loads(json.dumps(view)) == view
    assert _shown(*READY)["live"] is None
    assert _shown(*READY, pose, portrait())["live"] is None
    assert _shown(*READY, pose, portrait("roll"))["live"] is None


def test_how_near_the_client_must_come_is_said_wherever_it_is_known() -> None:
    approach = Approach(0.6, 90)
    told = {"distance_ratio": 0.6, "distance_cm": 90}
    pose = PoseSeen("Come closer.", Hint.TOO_FEW_PIXELS, approach=approach)
    assert _shown(*READY, pose)["live"]["approach"] == told
    small = NothingTaken("face", Hint.TOO_FEW_PIXELS, approach=approach)
    retake = Retake(Hint.TOO_FEW_PIXELS, approach)
    assert "to about 90 cm from it" in retake.sentence
    said = {"hint": "too-few-pixels", "sentence": retake.sentence, "client_sentence": retake.client_sentence}
    assert _shown(*READY, small)["hints"] == [said]
    waiting = _shown(*READY, small, small, small)["waiting"]
    assert {name: waiting[name] for name in said} == said
    assert waiting["approach"] == told
    # and of another hint nothing is left of it
    assert _shown(*READY, small, NothingTaken("face", Hint.NO_FACE))["hints"][0]["sentence"] == Hint.NO_FACE.sentence


def test_what_nothing_could_assess_is_asked_of_the_operator() -> None:
    unassessed = gate("gaze", Verdict.NOT_ASSESSED)
    doubtful = PortraitTaken((gate("roll", Verdict.FAIL), unassessed), ("roll",))
    asked = [{"gate": "gaze", "sentence": "It is a test.", "client_sentence": "Please wait."}]
    assert _shown(*READY, doubtful)["waiting"]["questions"] == asked
    passed = PortraitTaken((gate("roll"), unassessed), ())
    assert _shown(*READY, passed, *CAPTURED[4:])["waiting"]["questions"] == asked
    assert _shown(*CAPTURED)["waiting"]["questions"] == []
    # nobody is asked about a portrait while a finger is the matter
    nothing = [NothingTaken("right-index", Hint.NO_FINGER)] * 3
    assert _shown(*READY, passed, *nothing)["waiting"]["questions"] == []


def test_hints_are_for_the_same_step_only() -> None:
    good = PrintTaken(Finger.RIGHT_INDEX, scored(Finger.RIGHT_INDEX).quality, (Hint.DRY_FINGER,))
    assert _shown(*READY, portrait(), good)["hints"] == []
    nothing = NothingTaken("right-index", Hint.NO_FINGER)
    assert _shown(*READY, portrait(), nothing, nothing, nothing)["hints"] == []
    assert _shown(*READY, portrait(), nothing, scored(Finger.RIGHT_INDEX))["hints"] == []


def test_a_question_says_what_the_person_can_do() -> None:
    waiting = _shown(*READY, portrait("roll_low"))["waiting"]
    assert (waiting["what"], waiting["step"], waiting["gates"]) == ("doubtful-portrait", "face", ["roll_low"])
    assert (waiting["hint"], waiting["sentence"], waiting["client_sentence"]) == (None, None, None)
    nothing = [NothingTaken("right-index", Hint.NO_FINGER)] * 3
    waiting = _shown(*READY, portrait(), *nothing)["waiting"]
    assert (waiting["hint"], waiting["sentence"]) == ("no-finger", Hint.NO_FINGER.sentence)


def test_what_is_being_captured_is_named() -> None:
    view = _shown(*READY, portrait(), scored(Finger.RIGHT_INDEX))
    assert (view["step"], view["waiting"]) == ("left-index", None)


def test_the_applicant_is_not_shown_after_the_end() -> None:
    view = _shown(Cancelled("cancelled"), settled=True)
    assert (view["applicant"], view["settled"]) == (None, True)
    assert view["end"] == {"code": "cancelled", "sentence": "The visit was cancelled; nothing was kept."}


def test_nothing_secret_and_no_application_number_is_in_it() -> None:
    shown = json.dumps(_shown(*CAPTURED))
    assert APPLICATION not in shown
    assert "secret" not in shown
