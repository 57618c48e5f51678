"""A picture as it is: measured, or a typed error, or not assessable."""

import numpy as np
import pytest

from capture.finger.actionable import Actionable
from capture.finger.errors import FingerError, PrintFrameUnusable, PrintResolutionUnfit
from capture.finger.examine import examine
from capture.finger.measures import Measures, Unmeasurable
from capture.sample import Quality
from drivers.contract import GreyPixels
from tests.capture.finger.pattern import finger

GOOD = finger()


def test_a_print_has_all_three() -> None:
    examined = examine(GOOD, ppi=500)
    assert examined.quality.score is not None
    assert examined.measures.failure is None
    assert {one.kind for one in examined.actionable} >= {Actionable.UNIFORM, Actionable.FOREGROUND}


@pytest.mark.parametrize(
    "pixels",
    [
        GOOD.astype(np.float64),
        np.full((480, 320), np.nan),
        GOOD.astype(np.uint16),
        GOOD.astype(np.int8),
        GOOD > 100,
        GOOD[0],
        np.stack([GOOD] * 3, axis=2),
        GOOD[None],
        np.array(7, np.uint8),
        GOOD.tolist(),
        GOOD.tobytes(),
        None,
    ],
)
def test_what_is_no_print_s_pixels_is_refused(pixels: object) -> None:
    with pytest.raises(PrintFrameUnusable) as caught:
        examine(pixels, ppi=500)
    assert isinstance(caught.value, FingerError)
    assert caught.value.sentence.endswith(".")


@pytest.mark.parametrize("ppi", [0, -500, 250, 499.5, 508, 1000, float("nan"), float("inf")])
def test_another_resolution_is_refused(ppi: float) -> None:
    with pytest.raises(PrintResolutionUnfit):
        examine(GOOD, ppi=ppi)


@pytest.mark.parametrize(
    ("pixels", "failure"),
    [
        (np.zeros((1, 1), np.uint8), Unmeasurable.UNIFORM),
        (np.zeros((0, 0), np.uint8), Unmeasurable.EMPTY),
        (np.zeros((0, 320), np.uint8), Unmeasurable.EMPTY),
        (np.full((480, 320), 200, np.uint8), Unmeasurable.UNIFORM),
        (np.full((4000, 4000), 200, np.uint8), Unmeasurable.UNIFORM),
        (np.tile(GOOD[200:250, 100:150], (80, 80)), Unmeasurable.TOO_LARGE),
        (GOOD[200:230, 100:160], Unmeasurable.TOO_SMALL),
        (np.tile(np.array([[0, 255]], np.uint8), (1, 400)), Unmeasurable.TOO_SMALL),
    ],
)
def test_what_cannot_be_measured_is_not_assessable(pixels: GreyPixels, failure: Unmeasurable) -> None:
    examined = examine(pixels, ppi=500)
    assert examined.measures.failure is failure
    assert examined.quality.score is None
    assert examined.quality.failure == failure.sentence


def test_a_large_bare_plate_around_a_print_does_not_count() -> None:
    inside = GOOD[150:330, 100:220] // 2  # dark enough that no row of the plate falls short of bare
    tall, narrow = np.tile(inside, (5, 6)), (4000, 1500)
    plate = np.full(narrow, 255, np.uint8)
    plate[1000 : 1000 + tall.shape[0], 300 : 300 + tall.shape[1]] = tall
    assert examine(plate, ppi=500).quality == examine(tall, ppi=500).quality


class Other:
    """A scorer that says how much it was given."""

    def score(self, pixels: GreyPixels, *, measures: Measures) -> Quality:
        """The number of measures."""
        return Quality(score=min(len(measures.values), 100), algorithm=str(pixels.shape), version="1")


def test_another_scorer_gets_pixels_and_measures() -> None:
    quality = examine(GOOD, ppi=500, scorer=Other()).quality
    assert quality.algorithm == "(480, 320)"
    assert (quality.score or 0) > 60
