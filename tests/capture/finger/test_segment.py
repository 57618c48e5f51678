"""What lies on the plate."""

import numpy as np
import pytest

from capture.finger.segment import look
from tests.capture.finger.pattern import NAMES, example, finger, needs_examples, places, stripes


def test_a_finger_is_found_where_it_lies() -> None:
    contact = look(finger(middle_px=(20.0, -40.0)))
    assert contact.is_finger
    assert contact.middle_px == pytest.approx((180, 200), abs=8)
    assert contact.finger_px == pytest.approx(np.pi * 110 * 170, rel=0.15)
    assert contact.ridged_ratio > 0.9


@needs_examples
@pytest.mark.parametrize("name", NAMES)
def test_the_published_prints_are_fingers(name: str) -> None:
    contact = look(example(name))
    assert contact.is_finger
    assert contact.finger_px > 150_000


@pytest.mark.parametrize("period_px", [6.0, 9.0, 13.0])
def test_ridges_of_children_and_grown_ups_are_ridges(period_px: float) -> None:
    assert look(finger(period_px=period_px)).is_finger


def test_wide_stripes_are_no_ridges() -> None:
    assert not look(stripes(480, 320, period_px=40)).is_finger


@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_even_plate_has_nothing_on_it(level: int) -> None:
    contact = look(np.full((480, 320), level, np.uint8))
    assert not contact.is_finger
    assert (contact.finger_px, contact.trace_px, contact.smear_px) == (0, 0, 0)


def test_a_pale_finger_is_a_trace_and_patches_are_not() -> None:
    pale = finger(depth=0.2)
    x, y = places(480, 320)
    patches = np.where(np.sin(x / 25) + np.sin(y / 40) > 0, pale, 250).astype(np.uint8)
    assert look(pale).trace_px > 40_000
    assert look(patches).trace_px == 0


def test_a_dark_blob_is_a_smear_and_a_shadow_is_not() -> None:
    x, y = places(480, 320)
    blob = np.where(np.hypot(x / 110, y / 170) < 1, 30, 250).astype(np.uint8)
    shadow = np.where(x < 0, 30, 250).astype(np.uint8)
    fading = np.clip(x + 128, 0, 255).astype(np.uint8)
    assert look(blob).smear_px > 40_000
    assert (look(shadow).smear_px, look(fading).smear_px) == (0, 0)
