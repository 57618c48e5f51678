"""The score: its name, its failures, and that it falls when a print gets worse."""

import numpy as np
import pytest

from capture.finger.measures import Measures, Unmeasurable, measure
from capture.finger.score import ALGORITHM, BUILT_IN, assess
from tests.capture.finger.pattern import finger


def test_the_algorithm_has_a_name_of_its_own() -> None:
    quality = assess(measure(finger()))
    assert (quality.algorithm, quality.version) == ("smilius-29794-4", "0.3")
    assert quality.score is not None
    assert 0 <= quality.score <= 100
    assert quality.failure is None


@pytest.mark.parametrize("failure", list(Unmeasurable))
def test_what_cannot_be_assessed_is_never_0(failure: Unmeasurable) -> None:
    quality = assess(Measures({}, failure))
    assert quality.score is None
    assert quality.failure == failure.sentence
    assert quality.algorithm == ALGORITHM


def test_the_score_falls_with_noise_and_with_area() -> None:
    clean = finger()
    rng = np.random.default_rng(9)
    noisy = [np.clip(clean + rng.normal(0, level, clean.shape), 0, 255).astype(np.uint8) for level in (60, 120)]
    smaller = [finger(half_axes_px=(110 * share, 170 * share)) for share in (0.7, 0.45)]
    # Rings this clean are unlike any print of the table, so what they lose with their area is not much.
    for series, least in (([clean, *noisy], 20), ([clean, *smaller], 5)):
        scores = [assess(measure(picture)).score or 0 for picture in series]
        assert scores == sorted(scores, reverse=True)
        assert scores[0] > scores[-1] + least


def test_the_built_in_scorer_looks_at_the_measures_only() -> None:
    measures = measure(finger())
    assert BUILT_IN.score(np.zeros((1, 1), np.uint8), measures=measures) == assess(measures)
