"""From one frame to a sample, through a burst that wants one frame only."""

import numpy as np
import pytest

from capture.finger.advice import AREA
from capture.finger.errors import PrintResolutionUnfit
from capture.profile import FingerRule
from capture.records.wsq import read_header
from capture.sample import FingerSample
from drivers.contract import Digit, Finger, GreyPixels, Hint, Retake
from tests.capture.finger.one_frame import looked_at
from tests.capture.finger.pattern import example, expected, finger, frame, needs_examples, stripes

RULE = FingerRule()


def sample(pixels: GreyPixels) -> FingerSample:
    judged = looked_at(frame(pixels), Finger.LEFT_MIDDLE, rule=RULE)
    assert isinstance(judged, FingerSample)
    return judged


def test_a_sample_carries_all_that_records_need() -> None:
    judged = sample(finger())
    header = read_header(judged.wsq)
    assert (header.width_px, header.height_px) == (320, 480)
    assert (judged.finger, judged.ppi, judged.taken_ns) == (Finger.LEFT_MIDDLE, 500, 7)
    assert judged.quality.algorithm == "smilius-29794-4"
    assert judged.measures[AREA] == pytest.approx(151, rel=0.15)
    assert {"OCL_Bin10_Mean", "FDA_Bin10_StdDev", "RVUP_Bin10_9", "Mu"} <= judged.measures.keys()


def test_the_samples_pixels_outlive_the_frame() -> None:
    given = frame(finger())
    judged = looked_at(given, Finger.LEFT_MIDDLE, rule=RULE)
    given.zero()
    assert isinstance(judged, FingerSample)
    assert judged.pixels.any()
    judged.zero()
    assert not judged.pixels.any()


def test_a_low_score_is_a_sample_and_not_a_retake() -> None:
    strict = FingerRule(thresholds=dict.fromkeys(Digit, 60))
    poor = finger(half_axes_px=(90.0, 130.0)).astype(float)
    ridges = np.random.default_rng(12).normal(0, 70, poor.shape) * (poor < 240)
    noisy = frame(np.clip(poor + ridges, 0, 255).astype(np.uint8))
    judged = looked_at(noisy, Finger.LEFT_MIDDLE, rule=strict)
    assert isinstance(judged, FingerSample)
    assert judged.quality.score is not None
    assert judged.quality.score < strict.thresholds[Digit.MIDDLE]


def test_a_print_that_cannot_be_assessed_is_a_sample_without_a_score() -> None:
    judged = sample(stripes(480, 320, period_px=9))
    assert judged.quality.score is None
    assert judged.quality.failure is not None
    assert judged.score == -1


def test_nothing_on_the_plate_is_a_hint() -> None:
    bare = np.full((480, 320), 255, np.uint8)
    assert looked_at(frame(bare), Finger.RIGHT_INDEX, rule=RULE) == Retake(Hint.NO_FINGER)


def test_a_sensor_without_resolution_is_a_failure() -> None:
    with pytest.raises(PrintResolutionUnfit):
        looked_at(frame(finger(), ppi=None), Finger.RIGHT_INDEX, rule=RULE)


@needs_examples
def test_a_published_print_that_fits_has_nearly_its_published_measures() -> None:
    whole, cut = expected("SFinGe_Test01"), sample(example("SFinGe_Test01")).measures
    for name in ("OCL_Bin10_Mean", "LCS_Bin10_Mean", "FDA_Bin10_Mean", "OrientationMap_ROIFilter_CoherenceRel"):
        assert cut[name] == pytest.approx(whole[name], abs=0.05)
