"""Slanted windows: the same pixels as OpenCV's own turning, square by square."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from capture.finger.grid import InnerGrid
from capture.finger.window import WindowCutter
from tests.capture.finger.pattern import finger, stripes


def turned(square: NDArray[np.uint8], *, turn_rad: float) -> NDArray[np.uint8]:
    """The middle 36 x 36 of a square turned by OpenCV about its middle."""
    middle = square.shape[0] / 2
    matrix = cv2.getRotationMatrix2D((middle, middle), np.rad2deg(turn_rad), 1)
    return np.asarray(cv2.warpAffine(square, matrix, (36, 36), flags=cv2.INTER_NEAREST), dtype=np.uint8)


@pytest.mark.parametrize("turn_deg", [0.0, 17.0, 45.0, 90.0, 133.0])
def test_windows_are_what_opencv_cuts(turn_deg: float) -> None:
    pixels = stripes(104, 136, period_px=9, turn_deg=turn_deg)
    pixels[40:60, 50:90] = finger(20, 40, half_axes_px=(99, 99))
    grid = InnerGrid.of(pixels)
    cutter = WindowCutter.of(pixels, grid=grid)
    upright, wide, level = cutter.upright(wide=False), cutter.upright(wide=True), cutter.level()
    assert len(upright) == len(wide) == len(level) == grid.solid.sum() > 0
    padded = np.pad(pixels, 2)
    for place, (row, column) in enumerate(np.argwhere(grid.solid)):
        normal = float(grid.normal_rad[row, column])
        narrow_square = pixels[32 * row : 32 * row + 36, 32 * column : 32 * column + 36]
        wide_square = padded[32 * row : 32 * row + 40, 32 * column : 32 * column + 40]
        assert np.array_equal(upright[place], turned(narrow_square, turn_rad=normal)[10:26, 2:34])
        assert np.array_equal(wide[place], turned(wide_square, turn_rad=normal)[10:26, 2:34])
        assert np.array_equal(level[place], turned(wide_square, turn_rad=normal + np.pi / 2)[2:34, 10:26])


def test_ridges_run_down_an_upright_window() -> None:
    pixels = stripes(164, 164, period_px=9, turn_deg=90)
    windows = WindowCutter.of(pixels, grid=InnerGrid.of(pixels)).upright(wide=False)
    assert windows[:, 1:-1].std(axis=1).max() < 20 < windows.std(axis=2).min()
