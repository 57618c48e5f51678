"""The portrait: cut exactly, without aliasing, and encoded as the rule wants it."""

import struct

import cv2
import numpy as np
import pytest

from capture.errors import PortraitTooLarge
from capture.face.geometry import Framing
from capture.face.portrait import QUALITY_FIRST, cut_out, decoded, encoded
from capture.face.pyramid import Affine, Pyramid
from capture.profile import FaceRule
from drivers.contract import RgbPixels
from tests.capture.face.pictures import blobs, checkers, noise, plain

SOF0, SOF2, APP1 = b"\xff\xc0", b"\xff\xc2", b"\xff\xe1"


def _ramp(height_px: int, width_px: int) -> RgbPixels:
    """Red tells the column and green the row, a tenth of a pixel's coordinate a level; blue is none."""
    rows, columns = np.mgrid[:height_px, :width_px]
    return np.stack([columns / 10, rows / 10, np.zeros_like(rows)], axis=-1).round().astype(np.uint8)


def _affine(scale: float, degrees: float, *, centre: tuple[float, float], to: tuple[float, float]) -> Affine:
    turn = np.radians(degrees)
    linear = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return np.hstack([linear, (np.array(to) - linear @ np.array(centre))[:, None]])


@pytest.fixture(scope="module")
def ramp() -> Pyramid:
    return Pyramid(_ramp(2001, 2303))


@pytest.mark.parametrize("scale", [1.0, 0.93, 0.5, 0.37, 0.21])
@pytest.mark.parametrize("degrees", [-7.0, 0.0, 3.0])
def test_each_pixel_comes_from_where_the_framing_says(ramp: Pyramid, scale: float, degrees: float) -> None:
    affine = _affine(scale, degrees, centre=(1200.0, 1000.0), to=(100.0, 120.0))
    portrait = cut_out(ramp, Framing(affine, scale), width_px=200, height_px=240).astype(int)
    assert portrait.shape == (240, 200, 3)
    inverse = cv2.invertAffineTransform(affine)
    for x, y in ((0, 0), (199, 0), (100, 120), (0, 239), (199, 239)):
        source = inverse @ (x, y, 1)
        assert portrait[y, x, :2] == pytest.approx(source / 10, abs=1.2)
    assert portrait[..., 2].max() == 0


@pytest.mark.parametrize("scale", [0.81, 0.5, 0.31])
def test_detail_that_the_portrait_cannot_show_becomes_grey_and_no_pattern(scale: float) -> None:
    affine = _affine(scale, 2.0, centre=(500.0, 500.0), to=(80.0, 80.0))
    portrait = cut_out(Pyramid(checkers(1000, 1000, cell_px=1)), Framing(affine, scale), width_px=160, height_px=160)
    # At 0.81 a portrait pixel covers 1.2 checkers: some of the pattern is real there.
    assert portrait.std() < (30 if scale > 0.5 else 3)
    assert portrait.mean() == pytest.approx(127.5, abs=1)


def test_at_full_size_pixels_are_taken_as_they_are() -> None:
    frame = noise(300, 300)
    affine = _affine(1.0, 0.0, centre=(150.0, 150.0), to=(50.0, 50.0))
    assert (cut_out(Pyramid(frame), Framing(affine, 1.0), width_px=100, height_px=100) == frame[100:200, 100:200]).all()


def test_a_portrait_of_the_whole_frame_is_the_frame() -> None:
    frame = noise(64, 48)
    identity = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    assert (cut_out(Pyramid(frame), Framing(identity, 1.0), width_px=48, height_px=64) == frame).all()


def test_the_header_says_300_pixels_an_inch_and_nothing_else(rule: FaceRule) -> None:
    jpeg = encoded(blobs(640, 480, sigma_px=3), rule).jpeg
    assert jpeg[6:11] == b"JFIF\0"
    assert struct.unpack(">BHH", jpeg[13:18]) == (1, 300, 300)
    assert APP1 not in jpeg[:200]


def test_it_is_baseline_with_three_components(rule: FaceRule) -> None:
    jpeg = encoded(blobs(640, 480, sigma_px=3), rule).jpeg
    at = jpeg.index(SOF0)
    assert SOF2 not in jpeg[:at]
    precision, height, width, components = struct.unpack(">BHHB", jpeg[at + 4 : at + 10])
    assert (precision, height, width, components) == (8, 640, 480, 3)


def test_it_keeps_red_red(rule: FaceRule) -> None:
    picture = plain(640, 480, 0)
    picture[..., 0] = 200
    assert decoded(encoded(picture, rule).jpeg)[320, 240] == pytest.approx(np.array([200, 0, 0]), abs=3)


@pytest.mark.parametrize("sigma_px", [0.7, 1.0, 2.0])
def test_the_size_is_within_both_limits(rule: FaceRule, sigma_px: float) -> None:
    portrait = blobs(640, 480, sigma_px=sigma_px)
    result = encoded(portrait, rule)
    assert len(result.jpeg) <= rule.size_bytes_max
    assert result.compression_ratio == pytest.approx(portrait.size / len(result.jpeg))
    assert result.compression_ratio <= rule.compression_ratio_max


def test_what_fits_at_first_is_not_encoded_worse() -> None:
    roomy = FaceRule(size_bytes_max=600_000)
    assert encoded(blobs(640, 480, sigma_px=1.0), roomy).quality == QUALITY_FIRST


def test_quality_goes_down_only_as_far_as_it_must() -> None:
    portrait = blobs(640, 480, sigma_px=1.0)
    tight = FaceRule(size_bytes_max=50_000)
    result = encoded(portrait, tight)
    assert result.quality < QUALITY_FIRST
    assert len(result.jpeg) <= 50_000
    better = FaceRule(size_bytes_max=55_000)
    assert encoded(portrait, better).quality > result.quality


def test_quality_goes_up_where_too_much_would_be_lost(rule: FaceRule) -> None:
    faint = (110 + blobs(640, 480, sigma_px=3.0) * 0.05).astype(np.uint8)
    result = encoded(faint, rule)
    assert result.quality > QUALITY_FIRST
    assert result.compression_ratio <= rule.compression_ratio_max


def test_a_picture_of_nothing_stays_small_and_says_so(rule: FaceRule) -> None:
    result = encoded(plain(640, 480), rule)
    assert result.quality == 100
    assert result.compression_ratio > rule.compression_ratio_max


def test_a_size_that_no_quality_reaches_is_an_error() -> None:
    with pytest.raises(PortraitTooLarge) as caught:
        encoded(noise(640, 480), FaceRule(size_bytes_max=2_000))
    assert caught.value.code == "portrait-too-large"
