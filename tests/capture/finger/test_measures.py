"""The native measures: equal to NIST's on the published prints, and a reason where there is nothing to measure."""

import numpy as np
import pytest

from capture.finger.measures import Unmeasurable, measure
from tests.capture.finger.pattern import NAMES, example, expected, finger, needs_examples, stripes

NOT_MEASURED = {
    "UnifiedQualityScore",
    "FingerprintImageWithMinutiae",
    "FingerJetFX_MinCount_COMMinRect200x200",
    "FingerJetFX_MinutiaeCount",
    "FJFXPos_Mu_MinutiaeQuality_2",
    "FJFXPos_OCL_MinutiaeQuality_80",
}


@needs_examples
@pytest.mark.parametrize("name", NAMES)
def test_every_measure_is_the_published_one_to_all_printed_digits(name: str) -> None:
    published = {key: value for key, value in expected(name).items() if key not in NOT_MEASURED}
    measured = measure(example(name))
    assert measured.failure is None
    assert len(published) >= 66
    assert measured.values.keys() - {"Mu", "MMB"} <= published.keys()
    # six significant digits are printed, so half a unit of the sixth is all that can be asked
    assert {key: measured.values[key] for key in published} == pytest.approx(published, rel=5e-6, abs=5e-7)


def test_a_bare_margin_changes_nothing() -> None:
    print_ = stripes(320, 256, period_px=9, turn_deg=20) // 2 + finger(320, 256, half_axes_px=(400, 400)) // 2
    framed = np.pad(print_, ((40, 70), (30, 64)), constant_values=255)
    assert measure(framed) == measure(print_)


def test_the_memory_layout_changes_nothing() -> None:
    print_ = finger()
    assert measure(np.asfortranarray(print_)) == measure(print_)


@pytest.mark.parametrize(
    ("pixels", "failure"),
    [
        (np.full((480, 320), 255, np.uint8), Unmeasurable.EMPTY),
        (np.full((1, 1), 255, np.uint8), Unmeasurable.EMPTY),
        (np.zeros((0, 0), np.uint8), Unmeasurable.EMPTY),
        (np.zeros((1, 1), np.uint8), Unmeasurable.UNIFORM),
        (np.full((480, 320), 128, np.uint8), Unmeasurable.UNIFORM),
        (stripes(35, 320, period_px=9), Unmeasurable.TOO_SMALL),
        (stripes(480, 801, period_px=9), Unmeasurable.TOO_LARGE),
        (stripes(1001, 320, period_px=9), Unmeasurable.TOO_LARGE),
        (stripes(90, 90, period_px=9), Unmeasurable.NO_RIDGES),
    ],
)
def test_what_cannot_be_measured_says_why(pixels: np.ndarray, failure: Unmeasurable) -> None:
    measured = measure(pixels)
    assert measured.failure is failure
    assert "OCL_Bin10_Mean" not in measured.values
    assert failure.sentence.endswith(".")


def test_every_value_is_finite_on_noise() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (480, 320), dtype=np.uint8)
    measured = measure(noise)
    assert measured.failure is None
    assert np.isfinite(list(measured.values.values())).all()


def test_better_ridges_measure_better() -> None:
    clean = finger()
    noisy = np.clip(clean + np.random.default_rng(2).normal(0, 90, clean.shape), 0, 255).astype(np.uint8)
    better, worse = measure(clean).values, measure(noisy).values
    for name in ("OCL_Bin10_Mean", "LCS_Bin10_Mean", "OrientationMap_ROIFilter_CoherenceRel"):
        assert better[name] > worse[name] + 0.1
