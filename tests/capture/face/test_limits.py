"""The limits: what passes, what fails, and what a person reads."""

import pytest

from capture.face import limits
from capture.face.limits import Limit
from capture.sample import Verdict

BOTH = Limit("both", "px", "Not within.", "Please come within.", low=1.0, high=2.0)


@pytest.mark.parametrize(
    ("value", "verdict"),
    [(0.9994, Verdict.FAIL), (0.9996, Verdict.PASS), (1.0, Verdict.PASS), (2.0, Verdict.PASS), (2.001, Verdict.FAIL)],
)
def test_bounds_are_within_and_compared_as_shown(value: float, verdict: Verdict) -> None:
    gate = BOTH.gate(value)
    assert gate.verdict is verdict
    assert gate.value == round(value, 3)


def test_what_was_not_measured_is_not_assessed() -> None:
    gate = BOTH.gate(None)
    assert gate.verdict is Verdict.NOT_ASSESSED
    assert gate.value is None


def test_a_limit_is_written_as_a_person_compares() -> None:
    assert BOTH.gate(1.0).limit == "1.0 .. 2.0"
    assert Limit("low", "px", "Too low.", "Please rise.", low=90.0).gate(1.0).limit == ">= 90.0"
    assert Limit("high", "px", "Too high.", "Please sink.", high=0.06).gate(1.0).limit == "<= 0.06"
    assert Limit("open", "", "Look.", "Please show.").gate(None).limit == "a person decides"


def test_a_gate_speaks_to_the_operator_and_to_the_client() -> None:
    gate = BOTH.gate(3.0)
    assert (gate.sentence, gate.client_sentence) == ("Not within.", "Please come within.")


ALL_LIMITS = [limit for limit in vars(limits).values() if isinstance(limit, Limit)]


@pytest.mark.parametrize("limit", [*ALL_LIMITS, *limits.LOOKED_AT_BY_A_PERSON], ids=lambda limit: limit.id)
def test_every_limit_has_one_sentence_for_each_of_them(limit: Limit) -> None:
    assert limit.sentence.endswith(".")
    assert limit.client_sentence.startswith("Please ")
    assert limit.client_sentence.endswith(".")
    assert ". " not in limit.sentence + limit.client_sentence


def test_what_only_a_person_can_judge_has_no_bounds() -> None:
    for limit in limits.LOOKED_AT_BY_A_PERSON:
        gate = limit.gate(None)
        assert (gate.verdict, gate.value, gate.limit) == (Verdict.NOT_ASSESSED, None, "a person decides")


def test_the_clauses_figures_are_the_standards() -> None:
    """Source: facts/standards.md section 2.6."""
    assert (limits.CENTRING.low, limits.CENTRING.high) == (0.45, 0.55)
    assert (limits.EYE_LINE.low, limits.EYE_LINE.high) == (0.3, 0.5)
    assert (limits.HEAD_WIDTH.low, limits.HEAD_WIDTH.high) == (0.5, 0.75)
    assert (limits.HEAD_LENGTH.low, limits.HEAD_LENGTH.high) == (0.6, 0.9)
    assert (limits.INTER_EYE.low, limits.HEAD_WIDTH_MIN_PX, limits.GREY_LEVELS.low) == (90, 180, 128)


def test_the_profile_decides_how_much_may_be_compressed() -> None:
    limit = limits.compression_limit(20.0)
    assert limit.gate(20.0).verdict is Verdict.PASS
    assert limit.gate(20.1).verdict is Verdict.FAIL
