"""Transcripts of visits."""

import pytest

from agent.errors import ForbiddenMove, ReasonNeeded
from agent.visit.effect import Do, Take
from agent.visit.event import (
    Accepted,
    ApplicationFound,
    Cancelled,
    Confirmed,
    Declined,
    DevicesOpened,
    Failed,
    FingerMissing,
    NothingTaken,
    NotSealed,
    Packed,
    PoseSeen,
    RefusalReason,
    RefusedByOperator,
    Relaxed,
    Reserved,
    RetakeAsked,
    Sealed,
    ShutterPressed,
)
from agent.visit.machine import begin
from agent.visit.state import VisitState
from agent.visit.visit import Wait
from capture.finger.choice import Shortage
from capture.missing import MissingReason
from capture.profile import FaceRule, FingerRule, Profile
from capture.rejection import REJECTIONS_MAX, RejectionReason
from drivers.contract import Finger, Hand, Hint
from tests.agent.visit.transcript import CAPTURED, LEFT, READY, RIGHT, Transcript, portrait, scored

AMPUTATED, INJURED = MissingReason.AMPUTATED, MissingReason.INJURED
SEALED = Sealed("ab" * 32, 1000)
LOST = Failed("worker-lost", "It ended.")


def _hand(hand: Hand, reason: MissingReason) -> dict[Finger, MissingReason]:
    return {finger: reason for finger in Finger if finger.hand is hand}


def test_the_straight_path() -> None:
    said = Transcript()
    assert said.moves[0].effects == (Do.RESERVE,)
    assert said.hear(Reserved()) == (Do.CHECK_APPLICATION,)
    assert said.hear(ApplicationFound()) == (Do.OPEN_DEVICES,)
    assert said.hear(DevicesOpened()) == (Take("face"),)
    assert said.hear(portrait()) == (Take("right-index"),)
    assert said.hear(scored(RIGHT)) == (Take("left-index"),)
    assert said.hear(scored(LEFT)) == ()
    assert said.asks() is Wait.CONFIRM
    assert said.visit.chosen == (RIGHT, LEFT)
    assert said.hear(Confirmed()) == (Do.PACK,)
    assert said.hear(Packed()) == (Do.SEAL,)
    assert said.hear(SEALED) == (Do.CLOSE, Do.HAND_OVER)
    assert (said.visit.state, said.visit.sealed, said.visit.end) == (VisitState.DONE, ("ab" * 32, 1000), None)


def test_the_states_of_the_straight_path() -> None:
    states = [move.visit.state for move in Transcript(*CAPTURED, Confirmed(), Packed(), SEALED).moves]
    capturing = [VisitState.CAPTURING] * 5
    assert states == [
        VisitState.OPENED,
        VisitState.OPENED,
        *capturing,
        VisitState.PACKAGING,
        VisitState.SEALING,
        VisitState.DONE,
    ]


def test_a_doubtful_portrait_is_accepted_with_a_reason() -> None:
    said = Transcript(*READY, portrait("mouth_closed", "roll_low"))
    assert said.asked is not None
    assert (said.asked.what, said.asked.step, said.asked.gates) == (
        Wait.DOUBTFUL,
        "face",
        ("mouth_closed", "roll_low"),
    )
    assert said.hear(Accepted("paralysed cheek")) == (Take("right-index"),)
    assert said.visit.portrait is not None
    assert said.visit.portrait.accepted_with_reason == "paralysed cheek"
    assert said.asks() is None


def test_a_doubtful_portrait_is_taken_again() -> None:
    said = Transcript(*READY, portrait("mouth_closed"))
    assert said.hear(RetakeAsked("face")) == (Take("face", fresh=True),)
    assert said.hear(portrait()) == (Take("right-index"),)
    assert said.moves[-2].visit.portrait is None
    assert said.visit.portrait is not None
    assert said.visit.portrait.accepted_with_reason is None


def test_why_portraits_were_rejected_is_kept_in_order() -> None:
    said = Transcript(*READY, portrait("mouth_closed"), RetakeAsked("face"))
    said.hear(portrait("roll"))
    said.hear(RetakeAsked("face", RejectionReason.POSE))
    for event in (portrait(), scored(RIGHT), scored(LEFT)):
        said.hear(event)
    assert said.asks() is Wait.CONFIRM
    # failed gates are a reason by themselves; what passed is rejected for a stated one only
    with pytest.raises(ReasonNeeded):
        said.hear(RetakeAsked("face"))
    assert said.hear(RetakeAsked("face", RejectionReason.EYES)) == (Take("face", fresh=True),)
    assert said.visit.rejected == (RejectionReason.GATES_FAILED, RejectionReason.POSE, RejectionReason.EYES)


def test_a_doubtful_portrait_is_judged_by_the_relaxation_that_the_operator_chooses() -> None:
    said = Transcript(*READY, portrait("mouth_closed", "over_exposed"))
    assert said.hear(Relaxed("disability")) == ()
    # light is demanded of everybody
    assert said.asked is not None
    assert (said.asked.what, said.asked.gates) == (Wait.DOUBTFUL, ("over_exposed",))
    assert said.visit.portrait is not None
    # what may not be demanded is not asked either
    assert said.visit.portrait.questions == ()
    said = Transcript(*READY, portrait("mouth_closed"))
    assert said.hear(Relaxed("disability")) == (Take("right-index"),)
    assert (said.visit.relaxation, said.visit.rejected) == ("disability", ())


def test_a_relaxation_is_there_from_the_beginning_or_where_no_portrait_could_be_cut() -> None:
    assert begin(Profile(), {}, relaxation="child").visit.relaxation == "child"
    said = Transcript(*READY, NothingTaken("face", Hint.HEAD_TURNED), profile=Profile(face=FaceRule(attempts=1)))
    assert said.hear(Relaxed("disability")) == (Take("face", fresh=True),)
    assert said.visit.relaxation == "disability"


def test_a_portrait_that_was_judged_by_another_relaxation_is_taken_again() -> None:
    for other in ("child", None):
        said = Transcript(*CAPTURED, Relaxed("disability"))
        assert said.asks() is Wait.CONFIRM
        assert said.hear(Relaxed(other)) == (Take("face", fresh=True),)
        assert (said.visit.relaxation, said.visit.portrait) == (other, None)


@pytest.mark.parametrize("name", ["child", "no-such", ""])
def test_a_relaxation_that_is_not_offered_or_in_force_already_changes_nothing(name: str) -> None:
    said = Transcript(*READY, portrait("mouth_closed"), Relaxed("child"))
    with pytest.raises(ForbiddenMove):
        said.hear(Relaxed(name))
    with pytest.raises(ForbiddenMove):
        Transcript(*READY).hear(Relaxed("child"))


def test_a_step_that_gave_nothing_has_nothing_to_reject() -> None:
    said = Transcript(*READY, NothingTaken("face", Hint.NO_FACE), profile=Profile(face=FaceRule(attempts=1)))
    said.hear(RetakeAsked("face", RejectionReason.POSE))
    assert said.visit.rejected == ()


def test_only_so_many_rejections_are_kept() -> None:
    said = Transcript(*READY, portrait("roll"))
    for _ in range(REJECTIONS_MAX + 3):
        said.hear(RetakeAsked("face", RejectionReason.POSE))
        said.hear(portrait("roll"))
    assert len(said.visit.rejected) == REJECTIONS_MAX


def test_the_live_picture_and_the_shutter_leave_the_step_as_it_is() -> None:
    said = Transcript(*READY)
    with pytest.raises(ForbiddenMove, match="nothing yet"):
        said.hear(ShutterPressed())
    pose = PoseSeen("Close the mouth.", failed=("mouth_closed",))
    assert said.hear(pose) == ()
    assert (said.visit.step, said.visit.pose) == ("face", pose)
    assert said.hear(ShutterPressed()) == (Do.SHUTTER,)
    assert (said.visit.step, said.visit.pose) == ("face", pose)
    # another try begins without it
    said.hear(NothingTaken("face", Hint.NO_FACE))
    assert (said.visit.step, said.visit.pose) == ("face", None)


def test_a_finger_has_no_shutter() -> None:
    for said in (Transcript(*READY, portrait()), Transcript(*CAPTURED), Transcript(*READY, portrait("roll"))):
        with pytest.raises(ForbiddenMove):
            said.hear(ShutterPressed())


def test_nothing_taken_is_tried_as_often_as_the_profile_says_and_then_asked() -> None:
    said = Transcript(*READY, profile=Profile(face=FaceRule(attempts=3)))
    nothing = NothingTaken("face", Hint.NO_FACE)
    assert said.hear(nothing) == (Take("face"),)
    assert said.hear(nothing) == (Take("face"),)
    assert said.hear(NothingTaken("face", Hint.SEVERAL_FACES)) == ()
    assert said.asked is not None
    assert (said.asked.what, said.asked.step, said.asked.hint) == (Wait.NOTHING, "face", Hint.SEVERAL_FACES)
    assert said.hear(RetakeAsked("face")) == (Take("face", fresh=True),)
    # and then as often again
    assert [said.hear(nothing) for _ in range(3)] == [(Take("face"),), (Take("face"),), ()]


def test_a_finger_that_gives_nothing_is_marked_missing_and_the_next_one_is_taken() -> None:
    said = Transcript(*READY, portrait(), profile=Profile(finger=FingerRule(attempts=1)))
    assert said.hear(NothingTaken("right-index", Hint.NO_FINGER)) == ()
    assert said.asks() is Wait.NOTHING
    assert said.hear(FingerMissing(RIGHT, INJURED)) == (Take("right-middle"),)
    assert said.visit.missing == {RIGHT: INJURED}
    # and its empty attempts are not counted for the next one
    assert said.visit.empty_handed == 0


def test_a_finger_given_twice_is_asked_for_again_and_then_either_of_the_two_can_be() -> None:
    again = NothingTaken("left-index", Hint.SAME_FINGER, same_as=RIGHT)
    said = Transcript(*READY, portrait(), scored(RIGHT), profile=Profile(finger=FingerRule(attempts=2)))
    assert said.hear(again) == (Take("left-index"),)
    assert (said.visit.hints, said.visit.same_as) == ((Hint.SAME_FINGER,), RIGHT)
    assert said.hear(again) == ()
    assert said.asked is not None
    assert (said.asked.what, said.asked.hint, said.asked.same_as) == (Wait.NOTHING, Hint.SAME_FINGER, RIGHT)
    assert said.visit.same_as is None
    assert said.hear(RetakeAsked("right-index")) == (Take("right-index", fresh=True),)
    assert said.hear(scored(RIGHT)) == (Take("left-index"),)
    assert said.hear(scored(LEFT)) == ()
    assert said.asks() is Wait.CONFIRM


def test_a_step_that_gives_nothing_can_end_in_a_refusal() -> None:
    said = Transcript(*READY, profile=Profile(face=FaceRule(attempts=1)))
    said.hear(NothingTaken("face", Hint.NO_FACE))
    assert said.hear(RefusedByOperator(RefusalReason.BIOMETRICS_REFUSED)) == (Do.CLOSE, Do.RELEASE)
    assert said.visit.state is VisitState.REFUSED
    assert said.visit.end is not None
    assert said.visit.end.code == "biometrics-refused"


def test_attempts_that_gave_nothing_are_forgotten_when_one_gives_something() -> None:
    said = Transcript(*READY)
    said.hear(NothingTaken("face", Hint.NO_FACE))
    said.hear(portrait())
    assert [said.hear(NothingTaken("right-index", Hint.NO_FINGER)) for _ in range(2)] == [(Take("right-index"),)] * 2


def test_a_poor_index_is_tried_again_and_then_the_next_finger_by_the_rule() -> None:
    said = Transcript(*READY, portrait())
    assert said.hear(scored(RIGHT, 10)) == (Take("right-index"),)
    assert said.hear(scored(RIGHT, 20)) == (Take("right-index"),)
    assert said.hear(scored(RIGHT, 15)) == (Take("right-middle"),)
    assert said.hear(scored(Finger.RIGHT_MIDDLE, 40)) == (Take("left-index"),)
    said.hear(scored(LEFT))
    assert said.visit.chosen == (Finger.RIGHT_MIDDLE, LEFT)
    assert [quality.score for quality in said.visit.prints[RIGHT]] == [10, 20, 15]


def test_if_all_fingers_are_poor_the_best_is_kept_and_one_that_was_not_assessed_is_the_last() -> None:
    said = Transcript(*READY, portrait(), profile=Profile(finger=FingerRule(attempts=1)))
    for finger, score in ((RIGHT, None), (Finger.RIGHT_MIDDLE, 3), (Finger.RIGHT_RING, 20), (Finger.RIGHT_THUMB, 20)):
        said.hear(scored(finger, score))
    said.hear(scored(LEFT))
    assert said.visit.chosen == (Finger.RIGHT_RING, LEFT)


def test_a_hand_that_is_missing_for_good_is_stood_in_for_by_the_other() -> None:
    said = Transcript(*READY, portrait(), missing=_hand(Hand.RIGHT, AMPUTATED))
    assert said.hear(scored(LEFT)) == (Take("left-middle"),)
    said.hear(scored(Finger.LEFT_MIDDLE))
    assert said.visit.chosen == (LEFT, Finger.LEFT_MIDDLE)
    assert not said.visit.exempt


def test_who_has_no_finger_for_good_is_exempt() -> None:
    said = Transcript(*READY, portrait(), missing=dict.fromkeys(Finger, AMPUTATED))
    assert said.asks() is Wait.CONFIRM
    assert (said.visit.exempt, said.visit.chosen) == (True, ())
    assert said.hear(Confirmed()) == (Do.PACK,)


def test_a_shortage_that_the_marks_make_is_asked_before_anybody_poses() -> None:
    said = Transcript(*READY, missing=_hand(Hand.LEFT, INJURED))
    assert said.effects[-1] is Do.OPEN_DEVICES
    assert said.asked is not None
    assert (said.asked.what, said.asked.shortage) == (Wait.SHORTAGE, Shortage.TEMPORARY)
    assert said.hear(Accepted("flight tomorrow")) == (Take("face"),)
    assert said.hear(portrait()) == (Take("right-index"),)
    said.hear(scored(RIGHT))
    assert (said.visit.chosen, said.visit.shortage_accepted) == ((RIGHT,), "flight tomorrow")


def test_a_shortage_can_be_refused() -> None:
    said = Transcript(*READY, missing=_hand(Hand.LEFT, INJURED))
    assert said.hear(RefusedByOperator(RefusalReason.BIOMETRICS_REFUSED)) == (Do.CLOSE, Do.RELEASE)


def test_fewer_fingers_can_be_accepted_and_none_at_all_cannot() -> None:
    said = Transcript(*READY, missing=dict.fromkeys(Finger, INJURED))
    assert said.asks() is Wait.SHORTAGE
    with pytest.raises(ForbiddenMove, match="no finger at all"):
        said.hear(Accepted("flight tomorrow"))
    assert said.hear(Cancelled("cancelled")) == (Do.CLOSE, Do.RELEASE)


def test_a_shortage_that_was_accepted_is_asked_again_when_no_finger_is_left() -> None:
    missing = _hand(Hand.LEFT, INJURED) | _hand(Hand.RIGHT, INJURED)
    del missing[RIGHT]
    said = Transcript(*READY, Accepted("flight tomorrow"), portrait(), scored(RIGHT), missing=missing)
    assert said.asks() is Wait.CONFIRM
    said.hear(FingerMissing(RIGHT, INJURED))
    assert said.asks() is Wait.SHORTAGE
    with pytest.raises(ForbiddenMove):
        said.hear(Accepted("flight tomorrow"))


def test_a_shortage_ends_when_the_operator_says_that_it_is_for_good() -> None:
    said = Transcript(*READY, missing=_hand(Hand.LEFT, AMPUTATED) | {LEFT: INJURED})
    assert said.asked is not None
    assert said.asked.shortage is Shortage.TEMPORARY
    assert said.hear(FingerMissing(LEFT, AMPUTATED)) == (Take("face"),)


@pytest.mark.parametrize("step", ["face", "right-index", "left-index"])
def test_every_step_can_be_taken_again_when_everything_is_there(step: str) -> None:
    said = Transcript(*CAPTURED)
    reason = RejectionReason.GAZE if step == "face" else None
    assert said.hear(RetakeAsked(step, reason)) == (Take(step, fresh=True),)
    said.hear(portrait() if step == "face" else scored(Finger(step), 70))
    assert said.asks() is Wait.CONFIRM
    assert said.visit.chosen == (RIGHT, LEFT)


def test_of_a_finger_that_is_taken_again_nothing_old_counts() -> None:
    said = Transcript(*CAPTURED, RetakeAsked("right-index"))
    assert RIGHT not in said.visit.prints
    # 60 was good enough; the new one is not, and is tried as often as a first one
    assert said.hear(scored(RIGHT, 5)) == (Take("right-index"),)


@pytest.mark.parametrize("step", ["left-thumb", "right-toe", ""])
def test_a_step_that_is_no_part_of_the_visit_is_not_taken(step: str) -> None:
    with pytest.raises(ForbiddenMove):
        Transcript(*CAPTURED, RetakeAsked(step))


def test_a_finger_that_is_marked_missing_when_everything_is_there_is_replaced() -> None:
    said = Transcript(*CAPTURED, FingerMissing(RIGHT, INJURED))
    assert said.moves[-1].effects == (Take("right-middle"),)
    assert RIGHT not in said.visit.prints
    said.hear(scored(Finger.RIGHT_MIDDLE))
    assert said.visit.chosen == (Finger.RIGHT_MIDDLE, LEFT)
    with pytest.raises(ForbiddenMove):
        said.hear(RetakeAsked("right-index"))


@pytest.mark.parametrize("event", [Declined("application-unknown", "No."), Declined("disk-full", "Full."), LOST])
def test_what_is_declined_is_refused_and_what_fails_is_a_fault(event: Declined | Failed) -> None:
    said = Transcript(event)
    assert said.moves[-1].effects == (Do.CLOSE, Do.RELEASE)
    assert said.visit.state is (VisitState.FAULTED if isinstance(event, Failed) else VisitState.REFUSED)
    assert said.visit.end is not None
    assert (said.visit.end.code, said.visit.end.sentence) == (event.code, event.sentence)


def test_sealing_that_fails_is_settled_by_looking_and_the_parcel_is_there() -> None:
    said = Transcript(*CAPTURED, Confirmed(), Packed())
    assert said.hear(LOST) == (Do.CLOSE, Do.SETTLE)
    assert said.visit.state is VisitState.SEALING
    assert said.hear(SEALED) == (Do.CLOSE, Do.HAND_OVER)
    assert (said.visit.state, said.visit.end) == (VisitState.DONE, None)


def test_sealing_that_fails_is_settled_by_looking_and_the_parcel_is_not_there() -> None:
    said = Transcript(*CAPTURED, Confirmed(), Packed(), LOST, Failed("worker-stuck", "Later."))
    assert said.hear(NotSealed()) == (Do.CLOSE, Do.RELEASE)
    assert said.visit.end is not None
    # the first cause is the cause
    assert (said.visit.state, said.visit.end.code) == (VisitState.FAULTED, "worker-lost")


def test_nobody_can_end_a_visit_that_is_being_sealed() -> None:
    said = Transcript(*CAPTURED, Confirmed(), Packed())
    for event in (Cancelled("idle"), RefusedByOperator(RefusalReason.FEE_UNPAID), Declined("a", "b")):
        with pytest.raises(ForbiddenMove):
            said.hear(event)


def test_no_picture_and_no_reason_of_the_operator_is_in_a_visits_repr() -> None:
    said = Transcript(*READY, portrait("mouth_closed"))
    assert "It is a test." not in repr(said.visit)
    assert "It is a test." not in repr(portrait("mouth_closed"))
