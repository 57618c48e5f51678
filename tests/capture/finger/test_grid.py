"""The two grids, and what is known of each square."""

import numpy as np
import pytest

from capture.finger.grid import BLOCK_PX, InnerGrid, Moments, block_counts, block_sums, foreground
from tests.capture.finger.pattern import finger, stripes


def test_narrow_squares_are_summed_too() -> None:
    sums = block_sums(np.ones((33, 70), np.int32))
    assert sums.tolist() == block_counts((33, 70)).tolist() == [[1024, 1024, 192], [32, 32, 6]]


def test_moments_are_those_of_each_square_alone() -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (70, 99), dtype=np.uint8)
    moments = Moments.of(pixels)
    for row, column in ((0, 0), (1, 2), (2, 1)):
        square = pixels[row * 32 : row * 32 + 32, column * 32 : column * 32 + 32].astype(float)
        down, across = np.gradient(square)
        assert moments.xx[row, column] == pytest.approx((across**2).mean(), rel=1e-12)
        assert moments.yy[row, column] == pytest.approx((down**2).mean(), rel=1e-12)
        assert moments.xy[row, column] == pytest.approx((across * down).mean(), rel=1e-12)


def test_a_square_one_column_wide_has_no_gradient_across() -> None:
    moments = Moments.of(np.random.default_rng(4).integers(0, 256, (32, 33), dtype=np.uint8))
    assert moments.xx[0, 1] == 0
    assert moments.yy[0, 1] > 0


@pytest.mark.parametrize(("turn_deg", "normal_rad"), [(0.0, 0.0), (90.0, np.pi / 2)])
def test_the_normal_crosses_the_ridges(turn_deg: float, normal_rad: float) -> None:
    found = Moments.of(stripes(128, 128, period_px=9, turn_deg=turn_deg)).normal_rad
    assert np.abs(found) == pytest.approx(np.full((4, 4), normal_rad), abs=0.02)


def test_a_flat_square_has_the_direction_0_and_no_energy() -> None:
    moments = Moments.of(np.full((64, 64), 9, np.uint8))
    assert not moments.normal_rad.any()
    assert not moments.energy.any()


def test_bare_plate_is_not_foreground() -> None:
    plate = np.full((160, 160), 250, np.uint8)
    plate[:64, :64] = stripes(64, 64, period_px=9)
    assert foreground(plate).sum() == 4


def test_an_inner_square_needs_all_four_squares_below_it() -> None:
    plate = np.full((164, 164), 250, np.uint8)
    plate[:96, :96] = stripes(96, 96, period_px=9)
    grid = InnerGrid.of(plate)
    assert grid.solid.shape == grid.normal_rad.shape == (5, 5)
    assert np.argwhere(grid.solid).tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]


@pytest.mark.parametrize("side_px", [36, 67, 68, 69, 99, 100])
def test_the_inner_grid_leaves_two_pixels_at_every_edge(side_px: int) -> None:
    grid = InnerGrid.of(finger(side_px, side_px))
    assert grid.solid.shape == ((side_px - 4) // BLOCK_PX,) * 2
