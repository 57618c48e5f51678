"""What counts: relaxations of the profile, and the better of two portraits."""

import pytest

from capture.face.judge import FaceJudge
from capture.face.limits import EYE_LINE, EYES_OPEN, HEAD_LENGTH, MOUTH_CLOSED, NATURAL_COLOUR, YAW
from capture.face.policy import bounded, demanded, rank, relaxed
from capture.profile import Bounds, FaceRule, Relaxation
from capture.records.transaction import is_full_frontal
from capture.sample import WAIVED, FaceSample, Gate, Verdict
from drivers.contract import Frame, RgbPixels

CHILD, DISABILITY = (FaceRule().relaxations[name] for name in ("child", "disability"))


@pytest.fixture(scope="module")
def sample(judge: FaceJudge, close_up: RgbPixels) -> FaceSample:
    found = judge.judge(Frame(close_up, taken_ns=0), FaceRule())
    assert isinstance(found, FaceSample)
    return found


def _only(gate: Gate, relaxation: Relaxation) -> Gate:
    (one,) = relaxed((gate,), relaxation)
    return one


@pytest.mark.parametrize("value", [0.3, 0.55, 0.6])
def test_a_childs_eyes_may_be_lower(value: float) -> None:
    """Clause 8.3.3: 0.30 to 0.60 from the top below 11 years."""
    gate = _only(EYE_LINE.gate(value), CHILD)
    assert (gate.verdict, gate.value, gate.limit) == (Verdict.PASS, value, "0.3 .. 0.6")
    assert gate.sentence == EYE_LINE.sentence
    assert gate.client_sentence == EYE_LINE.client_sentence


@pytest.mark.parametrize(("value", "verdict"), [(0.49, Verdict.FAIL), (0.5, Verdict.PASS), (0.91, Verdict.FAIL)])
def test_a_childs_head_may_be_shorter_but_not_any(value: float, verdict: Verdict) -> None:
    assert HEAD_LENGTH.gate(0.55).verdict is Verdict.FAIL
    assert _only(HEAD_LENGTH.gate(value), CHILD).verdict is verdict


def test_of_a_child_all_else_is_demanded() -> None:
    for gate in (YAW.gate(9.0), MOUTH_CLOSED.gate(0.2), NATURAL_COLOUR.gate(30.0)):
        assert _only(gate, CHILD) == gate


def test_what_a_client_cannot_do_is_recorded_and_stops_nothing() -> None:
    gate = _only(EYES_OPEN.gate(0.01), DISABILITY)
    assert (gate.verdict, gate.value, gate.limit) == (Verdict.NOT_ASSESSED, 0.01, WAIVED)


def test_what_a_client_can_do_all_the_same_is_a_pass() -> None:
    assert _only(YAW.gate(1.0), DISABILITY) == YAW.gate(1.0)


def test_light_is_demanded_for_everybody() -> None:
    assert _only(NATURAL_COLOUR.gate(30.0), DISABILITY).verdict is Verdict.FAIL


def test_a_waived_gate_makes_no_full_frontal_portrait() -> None:
    passing, failing = YAW.gate(1.0), MOUTH_CLOSED.gate(0.2)
    assert is_full_frontal((passing,), confirmed=())
    gates = relaxed((passing, failing), DISABILITY)
    assert not any(gate.asks for gate in gates)
    assert not is_full_frontal(gates, confirmed=())


def test_a_gate_that_was_not_assessed_stays_so() -> None:
    wide = Relaxation(bounds={"yaw": Bounds(high=60.0)})
    assert _only(YAW.gate(None), wide).verdict is Verdict.NOT_ASSESSED
    assert _only(YAW.gate(-50.0), wide).verdict is Verdict.PASS
    assert _only(YAW.gate(61.0), wide).verdict is Verdict.FAIL


def test_a_smile_passes_where_a_closed_mouth_cannot_be_demanded(sample: FaceSample) -> None:
    failed = {gate.id for gate in relaxed(sample.gates, DISABILITY) if gate.verdict is Verdict.FAIL}
    assert {gate.id for gate in sample.failed} - failed == {"mouth_closed"}


def test_every_gate_that_the_default_profile_names_is_measured(sample: FaceSample) -> None:
    measured, rule = {gate.id for gate in sample.gates}, FaceRule()
    assert set(rule.mandatory) < measured
    for relaxation in rule.relaxations.values():
        assert {*relaxation.waived, *relaxation.bounds} < measured


def test_mandatory_gates_count_first() -> None:
    rule = FaceRule(mandatory=("yaw", "mouth_closed"))
    both_mandatory = (YAW.gate(0.0), MOUTH_CLOSED.gate(0.0), EYES_OPEN.gate(0.0), NATURAL_COLOUR.gate(99.0))
    all_optional = (YAW.gate(0.0), MOUTH_CLOSED.gate(0.9), EYES_OPEN.gate(0.6), NATURAL_COLOUR.gate(0.0))
    assert rank(both_mandatory, rule) == (2, 0)
    assert rank(all_optional, rule) == (1, 2)
    assert rank(both_mandatory, rule) > rank(all_optional, rule)


def test_what_was_not_assessed_is_not_met() -> None:
    rule = FaceRule(mandatory=("yaw",))
    assert rank((YAW.gate(None), EYES_OPEN.gate(None)), rule) == (0, 0)
    assert rank((), rule) == (0, 0)


def test_a_limit_is_demanded_with_the_relaxations_bounds_or_not_at_all() -> None:
    child = demanded(HEAD_LENGTH, CHILD)
    assert child is not None
    assert (child.low, child.high, child.sentence) == (0.5, 0.9, HEAD_LENGTH.sentence)
    assert demanded(MOUTH_CLOSED, CHILD) == MOUTH_CLOSED
    assert demanded(MOUTH_CLOSED, DISABILITY) is None
    assert bounded(MOUTH_CLOSED, DISABILITY) == MOUTH_CLOSED


def test_a_portrait_is_judged_by_what_the_rule_demands_of_this_client(
    judge: FaceJudge, close_up: RgbPixels, sample: FaceSample
) -> None:
    for name, relaxation in FaceRule().relaxations.items():
        found = judge.judge(Frame(close_up, taken_ns=0), FaceRule().relaxed(name))
        assert isinstance(found, FaceSample)
        assert found.gates == relaxed(sample.gates, relaxation)
        # what is relaxed already is not relaxed further
        assert relaxed(found.gates, relaxation) == found.gates
