"""What cameras send, made by other code than reads it."""

import cv2
import numpy as np
import pytest

from drivers.camera.raster import from_i420, from_jpeg, from_yuyv, preview_factor, reduced, turned
from drivers.contract import RgbPixels
from tests.emulators.video import jpeg


def _waves(width_px: int = 322, height_px: int = 242) -> RgbPixels:
    rows, columns = np.mgrid[:height_px, :width_px]
    waves = [128 + 100 * np.sin((rows * a + columns * b) / 40) for a, b in ((1, 2), (2, 1), (1, -1))]
    return np.stack(waves, axis=-1).astype(np.uint8)


@pytest.mark.parametrize(
    ("width_px", "height_px", "factor"), [(1920, 1080, 4), (2592, 1944, 4), (640, 480, 1), (1280, 720, 2)]
)
def test_a_preview_comes_near_640(width_px: int, height_px: int, factor: int) -> None:
    assert preview_factor(width_px, height_px) == preview_factor(height_px, width_px) == factor


@pytest.mark.parametrize("factor", [1, 2, 4, 8])
def test_a_jpeg_is_decoded_at_its_own_scales(factor: int) -> None:
    for width_px, height_px in ((320, 240), (322, 242)):
        waves = _waves(width_px, height_px)
        pixels = from_jpeg(bytearray(jpeg(waves)), width_px=width_px, height_px=height_px, factor=factor)
        assert pixels is not None
        assert (
            pixels.shape == reduced(waves, factor=factor).shape == (-(-height_px // factor), -(-width_px // factor), 3)
        )
        # the last, cut block is not stretched
        inside = slice(0, 240 // factor), slice(0, 320 // factor)
        assert np.abs(pixels[inside].astype(int) - reduced(waves[:240, :320], factor=factor)).mean() < 3


@pytest.mark.parametrize("cut", [2, 100, 5_000])
def test_a_jpeg_that_is_not_whole_is_no_picture(cut: int) -> None:
    whole = jpeg(_waves())
    assert from_jpeg(bytearray(whole[:-cut]), width_px=322, height_px=242) is None
    assert from_jpeg(bytearray(whole + bytes(512)), width_px=322, height_px=242) is not None
    lost = bytearray(whole[: len(whole) // 2] + whole[len(whole) // 2 + 700 :])
    assert from_jpeg(lost, width_px=322, height_px=242) is None
    assert from_jpeg(bytearray(whole), width_px=242, height_px=322) is None
    assert from_jpeg(bytearray(), width_px=322, height_px=242) is None


def test_packed_colours_are_of_limited_range() -> None:
    # white, black, and BT.601's red, each as a pair of pixels
    data = bytearray([235, 128, 235, 128, 16, 128, 16, 128, 81, 90, 81, 240])
    pixels = from_yuyv(data, width_px=6, height_px=1, row_bytes=12)
    assert pixels is not None
    expected = np.array([[255, 255, 255], [0, 0, 0], [255, 0, 0]]).repeat(2, axis=0)
    assert np.abs(pixels[0].astype(int) - expected).max() <= 2
    assert from_yuyv(data[:-1], width_px=6, height_px=1, row_bytes=12) is None
    assert from_yuyv(data, width_px=6, height_px=1, row_bytes=10) is None


def test_planar_colours_are_of_full_range_and_lie_where_they_should() -> None:
    for colour in ((255, 255, 255), (0, 0, 0), (254, 0, 0), (0, 0, 254), (90, 160, 30)):
        flat = np.full((4, 6, 3), colour, np.uint8)
        luma, red, blue = cv2.split(cv2.cvtColor(flat, cv2.COLOR_RGB2YCrCb))
        planes = np.zeros((6, 8), np.uint8)
        planes[:4, :6] = luma
        planes[4:].reshape(2, 2, 4)[0, :, :3], planes[4:].reshape(2, 2, 4)[1, :, :3] = blue[0, 0], red[0, 0]
        pixels = from_i420(planes, width_px=6, height_px=4)
        assert pixels is not None
        assert np.abs(pixels.astype(int) - flat).max() <= 2
        assert from_i420(planes[:-1], width_px=6, height_px=4) is None


def test_turning_is_clockwise_and_contiguous() -> None:
    pixels = np.arange(18, dtype=np.uint8).reshape(2, 3, 3)
    assert turned(pixels, 0) is pixels
    assert turned(pixels, 90)[0, 1].tolist() == pixels[0, 0].tolist()
    assert turned(pixels, 270)[2, 0].tolist() == pixels[0, 0].tolist()
    assert turned(pixels, 180)[1, 2].tolist() == pixels[0, 0].tolist()
    assert turned(pixels, 90).flags.c_contiguous
