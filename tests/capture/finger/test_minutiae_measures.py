"""The five measures: what they are by definition, and how near they come to NIST's."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from capture.finger.grid import BLOCK_PX
from capture.finger.minutiae import Minutiae, find_minutiae
from capture.finger.minutiae_measures import COUNT_MAX, minutiae_measures
from drivers.contract import GreyPixels
from tests.capture.finger.minutia import UNTIMED, some_minutiae
from tests.capture.finger.pattern import NAMES, example, expected, finger, needs_examples, stripes

COUNT, MIDDLE = "FingerJetFX_MinutiaeCount", "FingerJetFX_MinCount_COMMinRect200x200"
LEVEL, CERTAIN = "FJFXPos_Mu_MinutiaeQuality_2", "FJFXPos_OCL_MinutiaeQuality_80"


def at(*places: tuple[float, float]) -> Minutiae:
    x, y = (np.array(values, np.float64) for values in zip(*places, strict=True))
    return Minutiae(x, y, np.zeros(len(x)), np.ones(len(x), np.uint8), np.full(len(x), 50, np.uint8))


def test_without_minutiae_all_are_0() -> None:
    measured = minutiae_measures(finger(), Minutiae.none())
    assert len(measured) == 5
    assert set(measured.values()) == {0.0}


def test_the_count_stands_under_both_its_names_and_has_a_greatest_value() -> None:
    measured = minutiae_measures(finger(), some_minutiae(300))
    assert measured[COUNT] == measured["FingerprintImageWithMinutiae"] == COUNT_MAX


def test_the_window_reaches_100_px_to_either_side_of_the_rounded_middle() -> None:
    middle = [(150.0, 200.0)] * 3
    outermost = [(50.0, 200.0), (250.0, 200.0), (150.0, 100.0), (150.0, 300.0)]
    assert minutiae_measures(finger(), at(*middle, *outermost))[MIDDLE] == 7
    beyond = [(49.0, 200.0), (251.0, 200.0), (150.0, 99.0), (150.0, 301.0)]
    assert minutiae_measures(finger(), at(*middle, *beyond))[MIDDLE] == 3


def test_right_is_a_little_darker_than_the_print() -> None:
    pixels = np.full((320, 320), 200, np.uint8)
    pixels[:, :160] = 100  # mean 150, deviation 50
    pixels[:64, :64] = 140
    pixels[256:, :64] = 160
    shares = [minutiae_measures(pixels, at(place))[LEVEL] for place in ((32, 32), (32, 288), (80, 160), (240, 160))]
    assert shares == [1.0, 0.0, 0.0, 0.0]


def test_certain_is_where_ridges_run_one_way() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (200, 400), dtype=np.uint8)
    pixels[:, 200:] = stripes(200, 200, period_px=9)
    assert minutiae_measures(pixels, at((100, 100)))[CERTAIN] == 0
    assert minutiae_measures(pixels, at((300, 100)))[CERTAIN] == 1
    assert minutiae_measures(pixels, at((100, 100), (300, 100)))[CERTAIN] == 0.5


@UNTIMED
@given(
    side=st.tuples(st.integers(BLOCK_PX, 90), st.integers(BLOCK_PX, 90)),
    share=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_any_place_of_any_print_has_a_square(side: tuple[int, int], share: tuple[float, float]) -> None:
    pixels: GreyPixels = stripes(*side, period_px=8, turn_deg=30)
    measured = minutiae_measures(pixels, at((share[0] * (side[1] - 1), share[1] * (side[0] - 1))))
    assert measured[COUNT] == measured[MIDDLE] == 1
    assert measured[CERTAIN] == 1
    assert measured[LEVEL] in {0.0, 1.0}


def test_one_shade_is_neither_right_nor_certain() -> None:
    measured = minutiae_measures(np.full((100, 100), 80, np.uint8), at((50, 50)))
    assert measured[LEVEL] == measured[CERTAIN] == 0


@needs_examples
def test_the_published_examples_are_nearly_reproduced() -> None:
    # NIST's minutiae are FingerJetFX's: equal they cannot be. docs/matching.md has the differences.
    pairs = [(minutiae_measures(_cut(name), find_minutiae(_cut(name))), expected(name)) for name in NAMES]
    for key, most in ((COUNT, 4), (MIDDLE, 2.5), (LEVEL, 0.05), (CERTAIN, 0.03)):
        assert np.mean([abs(ours[key] - theirs[key]) for ours, theirs in pairs]) < most


def _cut(name: str) -> GreyPixels:
    """The example without its white edges, as it is measured."""
    pixels = example(name)
    return np.ascontiguousarray(pixels[pixels.mean(axis=1) <= 250][:, pixels.mean(axis=0) <= 250])
