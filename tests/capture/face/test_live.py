"""The live picture as a transcript: readings with their times in, guidance and the moment to shoot out."""

from dataclasses import replace

import pytest

from capture.face.limits import CENTRING, EYE_LINE, INTER_EYE, MOUTH_CLOSED, Limit
from capture.face.live import BestOf, Guidance, Live, Preview, Reading, passes
from capture.profile import FaceRule
from capture.sample import Gate, Verdict
from drivers.contract import Approach, Hint, Retake
from tests.capture.devices import portrait

RULE = FaceRule(hold_ms=500, pose_limit_ms=2000, frames_per_attempt=3)
YAW = Limit("yaw", "deg", "The head is turned.", low=-4.0, high=4.0)
GOOD, TREMBLING, TURNED = 0.0, 4.3, 9.0
"""Yaw in degrees: within, a little beyond, and far beyond the limit of 4."""


def _look(at_ms: int, yaw_deg: float | None, mouth_ratio: float = 0.0) -> Preview:
    return Preview((Reading(YAW, yaw_deg), Reading(MOUTH_CLOSED, mouth_ratio)), at_ms * 1_000_000)


class Transcript:
    """A camera that gives a picture every so often."""

    def __init__(self, every_ms: int = 100) -> None:
        self.live = Live(RULE)
        self._every_ms, self._at_ms = every_ms, 0

    def see(self, *yaws_deg: float | None, mouth_ratio: float = 0.0) -> list[Guidance]:
        said = []
        for yaw_deg in yaws_deg:
            self._at_ms += self._every_ms
            said.append(self.live.see(_look(self._at_ms, yaw_deg, mouth_ratio)))
        return said

    def wait(self, ms: int) -> None:
        self._at_ms += ms

    def shots(self, *yaws_deg: float | None) -> list[bool]:
        """After each picture, whether it is time."""
        return [bool(self.see(yaw_deg)) and self.live.shoot for yaw_deg in yaws_deg]


def test_it_shoots_when_every_gate_has_held_for_half_a_second() -> None:
    said = Transcript()
    assert said.shots(*[GOOD] * 7) == [False] * 5 + [True] * 2
    assert said.live.guidance == Guidance(held_ms=600)


def test_a_hold_that_is_lost_begins_anew() -> None:
    said = Transcript()
    assert said.shots(GOOD, GOOD, GOOD, GOOD, TURNED, GOOD) == [False] * 6
    assert said.live.guidance.held_ms == 0
    assert said.shots(*[GOOD] * 5) == [False] * 4 + [True]


def test_the_most_urgent_gate_is_named_first() -> None:
    said = Transcript()
    assert said.see(TURNED, mouth_ratio=0.2)[0].failed == (YAW, MOUTH_CLOSED)
    assert said.see(GOOD, mouth_ratio=0.2)[0].failed == (MOUTH_CLOSED,)
    assert said.see(GOOD)[0].failed == ()


def test_a_gate_that_passes_is_not_lost_by_trembling() -> None:
    assert Transcript().shots(GOOD, *[TREMBLING, GOOD] * 3) == [False] * 5 + [True] * 2


def test_a_gate_that_fails_is_not_won_by_trembling() -> None:
    said = Transcript()
    assert [bool(guidance.failed) for guidance in said.see(TREMBLING, 3.9, 3.7, 3.5, TREMBLING)] == [True] * 3 + [
        False
    ] * 2


@pytest.mark.parametrize(
    ("limit", "inner", "outer"),
    [(YAW, 3.6, 4.4), (MOUTH_CLOSED, 0.063, 0.077), (CENTRING, 0.545, 0.555), (INTER_EYE, 99.0, 81.0)],
)
def test_the_margin_is_a_tenth_on_either_side(limit: Limit, inner: float, outer: float) -> None:
    between = (inner + outer) / 2
    further = 1e-6 * (1 if outer > inner else -1)
    assert passes(limit, inner - further, before=False)
    assert not passes(limit, inner + further, before=False)
    assert passes(limit, outer - further, before=True)
    assert not passes(limit, outer + further, before=True)
    assert passes(limit, between - further, before=None)
    assert not passes(limit, between + further, before=None)


def test_what_is_not_assessed_does_not_stand_in_the_way() -> None:
    assert Transcript().shots(*[None] * 6)[-1]
    said = Transcript()
    assert said.see(TURNED, None)[1].failed == ()


def test_a_picture_without_a_face_ends_a_hold_and_says_why() -> None:
    said = Transcript()
    said.see(*[GOOD] * 4)
    assert said.live.miss(Retake(Hint.SEVERAL_FACES)) == Guidance(Retake(Hint.SEVERAL_FACES))
    assert not said.live.face_seen
    assert said.shots(*[GOOD] * 6) == [False] * 5 + [True]


def test_nobody_is_held_while_nobody_looks() -> None:
    said = Transcript()
    said.see(*[GOOD] * 4)
    said.wait(1000)
    assert said.shots(GOOD, GOOD) == [False, False]


def test_a_slow_camera_shows_a_hold_at_least_three_times() -> None:
    assert Transcript(every_ms=350).shots(*[GOOD] * 3) == [False, False, True]


def test_gates_that_do_not_pass_are_not_waited_for_for_ever() -> None:
    assert Transcript().shots(*[TURNED] * 22) == [False] * 20 + [True] * 2


def test_a_hold_that_began_late_is_let_finish() -> None:
    said = Transcript()
    said.see(*[TURNED] * 19)
    assert said.shots(*[GOOD] * 6) == [False] * 5 + [True]
    # and one that never lasts is not waited for either
    said = Transcript()
    assert True in said.shots(*[TURNED, GOOD] * 13)


def test_the_patience_begins_with_each_face_anew() -> None:
    said = Transcript()
    said.see(*[TURNED] * 15)
    said.live.miss(Retake(Hint.HEAD_TURNED))
    assert said.shots(*[TURNED] * 6)[-1]
    said.live.miss(Retake(Hint.NO_FACE))
    assert not any(said.shots(*[TURNED] * 20))


def test_another_face_is_judged_afresh() -> None:
    said = Transcript()
    said.see(TURNED)
    said.live.miss(Retake(Hint.NO_FACE))
    assert said.see(3.9)[0].failed == ()


def test_nothing_is_shot_before_anything_was_seen() -> None:
    live = Live(FaceRule(hold_ms=0, pose_limit_ms=0))
    assert live.guidance == Guidance(Retake(Hint.NOT_SEEN_IN_TIME))
    shots = [live.shoot]
    live.see(_look(1, TURNED))
    shots.append(live.shoot)
    live.miss(Retake(Hint.OUT_OF_FRAME))
    assert [*shots, live.shoot] == [False, True, False]


def test_the_best_has_the_fewest_failed_gates_and_is_the_latest_among_equals() -> None:
    best = BestOf(RULE)
    for name, failed, enough in (("two", 2, False), ("one", 1, False), ("other one", 1, True)):
        best.add(portrait(name, failed=failed))
        assert best.enough == enough
    assert best.sample == portrait("other one", failed=1)


def test_a_mandatory_gate_counts_more_than_any_number_of_others() -> None:
    first, second = portrait("mandatory fails", failed=1), portrait("others fail", failed=3)
    rule = RULE.model_copy(update={"mandatory": ("gate_0",)})
    best = BestOf(rule)
    best.add(replace(second, gates=tuple(_passing(gate, gate.id == "gate_0") for gate in second.gates)))
    best.add(first)
    assert best.sample is not None
    assert best.sample.jpeg == b"others fail"


def _passing(gate: Gate, passes: bool) -> Gate:
    return gate.model_copy(update={"verdict": Verdict.PASS if passes else Verdict.FAIL})


def test_one_that_passes_everything_is_enough() -> None:
    best = BestOf(RULE)
    best.add(Retake(Hint.NO_FACE))
    assert (best.sample, best.retake, best.enough) == (None, Retake(Hint.NO_FACE), False)
    best.add(portrait("good"))
    assert best.enough


def test_what_is_not_demanded_of_a_client_does_not_hold_up_the_shot() -> None:
    rule = RULE.relaxed("disability")
    for judged_by, shoots in ((RULE, False), (rule, True)):
        live = Live(judged_by)
        for number in range(1, 7):
            live.see(_look(100 * number, TURNED))
        assert (bool(live.guidance.failed), live.shoot) == (not shoots, shoots)


def test_wider_bounds_hold_in_the_live_picture_too() -> None:
    reading = Preview((Reading(EYE_LINE, 0.56),), 1)
    assert Live(RULE).see(reading).failed == (EYE_LINE,)
    assert Live(RULE.relaxed("child")).see(reading).failed == ()


def test_operator_and_client_are_told_the_most_urgent_each_in_their_own_words() -> None:
    said = Transcript()
    (guidance,) = said.see(GOOD, mouth_ratio=0.2)
    assert (guidance.sentence, guidance.client_sentence) == (MOUTH_CLOSED.sentence, MOUTH_CLOSED.client_sentence)
    missed = said.live.miss(Retake(Hint.TOO_FEW_PIXELS, Approach(0.6)))
    assert missed.sentence != missed.client_sentence
    assert "60 %" in missed.sentence
    assert "60 %" in missed.client_sentence
    (guidance,) = said.see(GOOD)
    assert (guidance.sentence, guidance.client_sentence) == ("", "")
