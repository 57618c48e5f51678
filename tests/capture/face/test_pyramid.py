"""The pyramid: every copy shows the same place at the same coordinates."""

import numpy as np
import pytest

from capture.face.pyramid import Pyramid, after, moved, resized, scale_of
from drivers.contract import RgbPixels
from tests.capture.face.pictures import checkers, plain


def _ramp(height_px: int, width_px: int) -> RgbPixels:
    """Red tells the column and green the row, a tenth of a pixel's coordinate a level."""
    rows, columns = np.mgrid[:height_px, :width_px]
    return np.stack([columns / 10, rows / 10, np.zeros_like(rows)], axis=-1).round().astype(np.uint8)


def test_moving_and_moving_back_is_nothing() -> None:
    affine = np.array([[0.6, -0.8, 5.0], [0.8, 0.6, -7.0]])
    inverse = np.array([[0.6, 0.8, 2.6], [-0.8, 0.6, 8.2]])
    points = np.array([[1.0, 2.0, 3.0], [40.0, 50.0, -6.0]])
    assert np.allclose(moved(moved(points, affine), inverse), points)
    assert np.allclose(after(inverse, affine), [[1, 0, 0], [0, 1, 0]])


def test_depth_is_scaled_along() -> None:
    affine = np.array([[0.0, -2.0, 0.0], [2.0, 0.0, 0.0]])
    assert scale_of(affine) == pytest.approx(2.0)
    assert moved(np.array([[1.0, 0.0, 3.0]]), affine)[0] == pytest.approx([0.0, 2.0, 6.0])


def test_resizing_keeps_the_corners_of_the_picture() -> None:
    edges = np.array([[-0.5, -0.5], [99.5, 199.5]])
    assert np.allclose(moved(edges, resized(0.25, 0.5)), [[-0.5, -0.5], [24.5, 99.5]])


@pytest.mark.parametrize("size", [(900, 700), (901, 703), (1200, 700)])
@pytest.mark.parametrize("scale", [1.0, 0.7, 0.5, 0.3, 0.12])
def test_a_crop_shows_what_the_affine_says(size: tuple[int, int], scale: float) -> None:
    pyramid = Pyramid(_ramp(*size))
    affine = np.array([[scale, 0.0, 10 - scale * 300], [0.0, scale, 10 - scale * 400]])
    crop = pyramid.crop(affine, size_px=(21, 21)).astype(int)
    assert crop.shape == (21, 21, 3)
    assert crop[10, 10, :2] == pytest.approx([30, 40], abs=1)
    assert crop[10, 14, 0] == pytest.approx(30 + 0.4 / scale, abs=1)


def test_a_reduced_crop_does_not_alias() -> None:
    pyramid = Pyramid(checkers(800, 800, cell_px=1))
    crop = pyramid.crop(np.array([[0.3, 0.0, 0.0], [0.0, 0.3, 0.0]]), size_px=(100, 100))
    assert crop.std() < 2


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (100, 100), (5000, 1), (1, 5000), (257, 255)])
def test_any_size_can_be_fitted(size: tuple[int, int]) -> None:
    pyramid = Pyramid(plain(*size))
    fitted = pyramid.fitted(128)
    assert max(fitted.shape[:2]) == 128
    assert (fitted == 180).all()
    assert (pyramid.height_px, pyramid.width_px, pyramid.long_px) == (*size, max(size))


def test_the_frame_itself_is_never_written_to() -> None:
    frame = _ramp(600, 500)
    before = frame.copy()
    frame.setflags(write=False)
    pyramid = Pyramid(frame)
    pyramid.fitted(128)
    pyramid.crop(np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]), size_px=(64, 64))
    assert (frame == before).all()
