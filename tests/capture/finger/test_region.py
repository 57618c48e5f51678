"""The region of interest."""

import cv2
import numpy as np
import pytest

from capture.finger.region import _blurred, blocks_of, region_of_interest
from tests.capture.finger.pattern import finger, places


@pytest.mark.parametrize("shape", [(36, 36), (40, 200), (91, 46), (480, 320)])
@pytest.mark.parametrize("width_px", [41, 91])
def test_the_quick_blur_is_opencvs_to_the_last_bit(shape: tuple[int, int], width_px: int) -> None:
    pixels = np.random.default_rng(8).integers(0, 256, shape, dtype=np.uint8)
    for picture in (pixels, (pixels > 200).astype(np.uint8) * 255):
        assert np.array_equal(_blurred(picture, width_px=width_px), cv2.GaussianBlur(picture, (width_px, width_px), 0))


def test_the_region_covers_the_finger_and_not_the_plate() -> None:
    x, y = places(480, 320)
    region = region_of_interest(finger())
    ratio = np.hypot(x / 110, y / 170)
    assert region[ratio < 0.85].all()
    assert not region[ratio > 1.3].any()


def test_a_hole_is_filled_and_a_bay_is_not() -> None:
    print_ = finger(480, 320, half_axes_px=(130, 200))
    print_[200:280, 120:200] = 255
    bay = print_.copy()
    bay[200:280, 120:] = 255
    assert region_of_interest(print_)[240, 160]
    assert not region_of_interest(bay)[240, 160]


def test_the_smaller_of_two_is_not_finger() -> None:
    two = np.concatenate([finger(480, 320), finger(480, 320, half_axes_px=(40, 60))], axis=1)
    region = region_of_interest(two)
    assert region[240, 160]
    assert not region[:, 400:].any()


def test_a_square_with_one_pixel_counts() -> None:
    region = np.zeros((40, 70), bool)
    region[33, 65] = True
    assert blocks_of(region).tolist() == [[False, False, False], [False, False, True]]
