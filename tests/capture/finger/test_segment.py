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


def test_a_second_place_beside_is_another_finger_and_one_below_is_not() -> None:
    two, one_below_the_other = np.full((480, 700), 250, np.uint8), np.full((960, 320), 250, np.uint8)
    two[:, :320], two[:, 380:] = finger(), finger()
    one_below_the_other[:480], one_below_the_other[480:] = finger(), finger()
    assert look(two).beside_px == pytest.approx(np.pi * 110 * 170, rel=0.2)
    assert look(one_below_the_other).beside_px == 0
    assert look(finger()).beside_px == 0


def test_residue_is_what_is_farther_from_the_finger_than_its_rim() -> None:
    plate = np.full((480, 640), 250, np.uint8)
    plate[:, :320] = finger()
    assert look(plate).residue_px == 0
    plate[100:140, 500:560] = np.random.default_rng(1).integers(0, 255, (40, 60), dtype=np.uint8)
    assert 40 * 60 <= look(plate).residue_px <= 64 * 84


def test_light_is_the_range_of_the_plate_without_specks_and_finger() -> None:
    x, _ = places(480, 320)
    slope = np.clip(150 + x / 2, 0, 255).astype(np.uint8)
    assert look(slope).light_levels == pytest.approx(0.9 * 160, abs=8)
    specks = np.full((480, 320), 250, np.uint8)
    specks[::60, ::60] = 0
    assert look(specks).light_levels < 3
    assert look(finger()).light_levels < 10


def test_polarity_is_read_off_the_plate_around_the_finger() -> None:
    assert not look(finger()).inverted
    assert look(255 - finger()).inverted
    full = stripes(480, 320, period_px=9)
    assert not look(full).inverted
    assert not look(255 - full).inverted


def test_a_finger_that_goes_on_beyond_the_picture_is_cut_off() -> None:
    assert not look(finger()).is_cut_off((480, 320))
    assert look(finger(middle_px=(90.0, 0.0))).is_cut_off((480, 320))
    assert look(finger(middle_px=(0.0, 150.0))).is_cut_off((480, 320))
