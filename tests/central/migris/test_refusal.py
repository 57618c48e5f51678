"""Causes that a person chooses: each with what it is about, and nothing that is not in the lists."""

import pytest

from central.errors import RefusalInvalid
from central.migris.refusal import PARTS, Refusal, cause_of


def test_every_cause_has_its_sentence_and_its_part() -> None:
    for refusal in Refusal:
        cause = cause_of(refusal, "left-thumb" if refusal is Refusal.PRINT_UNUSABLE else None)
        assert cause.code == refusal.value
        assert cause.sentence
        assert cause.part in {"face" if refusal is Refusal.PORTRAIT_UNUSABLE else None, "left-thumb"}
    assert len(PARTS) == 11


@pytest.mark.parametrize(
    ("code", "part"),
    [
        ("print-unusable", None),
        ("print-unusable", "face"),
        ("print-unusable", "left-toe"),
        ("portrait-unusable", "left-index"),
        ("application-closed", "face"),
        ("other-person", "left-index"),
        ("because Jonas said so", None),
        ("", None),
    ],
)
def test_what_is_not_in_the_lists_or_does_not_go_together_is_refused(code: str, part: str | None) -> None:
    with pytest.raises(RefusalInvalid):
        cause_of(code, part)
