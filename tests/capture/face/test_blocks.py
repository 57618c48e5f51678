"""The grid that strong JPEG leaves behind, found wherever it lies, and not found where there is none."""

import cv2
import numpy as np
import pytest

from capture.face.blocks import blockiness_ratio
from capture.face.limits import JPEG_BLOCKS
from capture.face.points import Points
from drivers.contract import RgbPixels
from tests.capture.face.pictures import checkers, enlarged, noise


def _squeezed(picture: RgbPixels, quality: int) -> RgbPixels:
    _, data = cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, quality))
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def test_a_frame_that_was_never_squeezed_has_none(close_up: RgbPixels, close_up_points: Points) -> None:
    assert blockiness_ratio(close_up, close_up_points) == pytest.approx(1.0, abs=0.1)


def test_it_grows_as_the_quality_falls(close_up: RgbPixels, close_up_points: Points) -> None:
    values = [blockiness_ratio(_squeezed(close_up, quality), close_up_points) for quality in (95, 75, 50, 25, 10)]
    assert None not in values
    assert values == sorted(values, key=float)  # type: ignore[arg-type]
    assert float(values[1] or 0) < JPEG_BLOCKS.high < float(values[-1] or 0)


@pytest.mark.parametrize(("left", "top"), [(0, 1), (3, 0), (5, 7)])
def test_the_grid_is_found_after_a_cut(close_up: RgbPixels, close_up_points: Points, left: int, top: int) -> None:
    squeezed = _squeezed(close_up, 15)
    whole = blockiness_ratio(squeezed, close_up_points)
    assert blockiness_ratio(squeezed[top:, left:], close_up_points - (left, top, 0)) == pytest.approx(whole, rel=0.02)


def test_a_picture_that_was_scaled_afterwards_has_no_grid_of_eight(
    close_up: RgbPixels, close_up_points: Points
) -> None:
    grown = enlarged(_squeezed(close_up, 15), 1.37)
    value = blockiness_ratio(grown, close_up_points * 1.37)
    assert value is not None
    assert value < 2


@pytest.mark.parametrize("pixels", [noise(600, 600), checkers(600, 600, cell_px=5), checkers(600, 600, cell_px=11)])
def test_textures_are_no_grid(pixels: RgbPixels) -> None:
    corners = np.array([[50.0, 50.0, 0.0], [550.0, 550.0, 0.0]])
    value = blockiness_ratio(pixels, corners)
    assert value is not None
    assert value < 2


def test_a_tiny_face_is_not_assessed(close_up: RgbPixels) -> None:
    assert blockiness_ratio(close_up, np.array([[50.0, 50.0, 0.0], [100.0, 300.0, 0.0]])) is None


def test_a_flat_face_has_no_grid_and_no_division_by_nothing() -> None:
    corners = np.array([[0.0, 0.0, 0.0], [200.0, 200.0, 0.0]])
    assert blockiness_ratio(np.full((300, 300, 3), 90, np.uint8), corners) == 0
