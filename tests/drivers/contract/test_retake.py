"""What the person is told: a sentence a hint, with the distance where it is known."""

import pytest

from drivers.contract import Approach, Hint, Retake


@pytest.mark.parametrize("hint", Hint)
def test_a_hint_without_more_is_told_as_it_is(hint: Hint) -> None:
    assert (Retake(hint).sentence, Retake(hint).client_sentence) == (hint.sentence, hint.client_sentence)
    assert hint.sentence.endswith(".")


@pytest.mark.parametrize("hint", Hint)
def test_the_client_is_asked_kindly_and_in_one_sentence(hint: Hint) -> None:
    assert hint.client_sentence.startswith("Please ")
    assert hint.client_sentence.endswith(".")
    assert ". " not in hint.client_sentence


def test_a_distance_is_told_as_exactly_as_it_is_known() -> None:
    share, length = (Retake(Hint.TOO_FEW_PIXELS, Approach(0.6, cm)) for cm in (None, 90))
    told = "The face has too few pixels for a portrait: come closer to the camera, "
    assert share.sentence == told + "to about 60 % of this distance."
    assert length.sentence == told + "to about 90 cm from it."
    assert share.client_sentence == "Please come closer to the camera, to about 60 % of this distance."
    assert length.client_sentence == "Please come closer to the camera, to about 90 cm from it."
