"""Motion: a texture smeared in one direction, out of focus, and as it was."""

import cv2
import numpy as np
import pytest

from capture.face.motion import motion_ratio
from drivers.contract import GreyPixels
from tests.capture.face.damages import moving
from tests.capture.face.pictures import blobs, plain

PART = np.zeros((400, 400), np.bool_)
PART[50:350, 80:330] = True


def _grey(picture: cv2.typing.MatLike) -> GreyPixels:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)


def _ratio(picture: cv2.typing.MatLike) -> float:
    ratio = motion_ratio(_grey(picture), PART)
    assert ratio is not None
    return ratio


def test_a_texture_that_is_still_has_no_direction() -> None:
    texture = blobs(400, 400, sigma_px=1.5)
    assert _ratio(texture) > 0.9
    assert _ratio(cv2.GaussianBlur(texture, (0, 0), 3)) > 0.8


@pytest.mark.parametrize("degrees", [0.0, 30.0, 90.0, 135.0])
def test_motion_has_one(degrees: float) -> None:
    texture = blobs(400, 400, sigma_px=1.5)
    short, long = (_ratio(moving(texture, length_px=length, degrees=degrees)) for length in (5, 13))
    assert short < 0.75
    assert long < 0.8 * short < 0.6


def test_noise_does_not_hide_it() -> None:
    smeared = moving(blobs(400, 400, sigma_px=1.5), length_px=13, degrees=0.0)
    noisy = smeared + np.random.default_rng(4).normal(0, 3, smeared.shape)
    assert _ratio(np.clip(noisy, 0, 255).astype(np.uint8)) < 0.6


def test_only_the_region_counts() -> None:
    texture = blobs(400, 400, sigma_px=1.5)
    texture[:40] = 255
    texture[:, 350:] = 0
    assert _ratio(texture) > 0.9


def test_without_detail_or_region_nothing_is_assessed() -> None:
    assert motion_ratio(_grey(plain(400, 400)), PART) is None
    assert motion_ratio(_grey(plain(400, 400)), np.zeros((400, 400), np.bool_)) is None
