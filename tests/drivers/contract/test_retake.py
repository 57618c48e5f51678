"""What the person is told: a sentence a hint, with the distance where it is known."""

import pytest

from drivers.contract import Approach, Hint, Retake


@pytest.mark.parametrize("hint", Hint)
def test_a_hint_without_more_is_told_as_it_is(hint: Hint) -> None:
    assert Retake(hint).sentence == hint.sentence
    assert hint.sentence.endswith(".")


def test_a_distance_is_told_as_exactly_as_it_is_known() -> None:
    share, length = (Retake(Hint.TOO_FEW_PIXELS, Approach(0.6, cm)).sentence for cm in (None, 90))
    assert share == "The face has too few pixels for a portrait: come closer, to about 60 % of this distance."
    assert length == "The face has too few pixels for a portrait: come closer, to about 90 cm from the camera."
