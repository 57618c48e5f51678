"""Ridges are drawn out where a print has them, and nowhere else."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.finger.enhance import CELL_PX, Enhanced
from drivers.contract import GreyPixels
from tests.capture.finger.minutia import UNTIMED
from tests.capture.finger.pattern import finger, stripes


def enhanced(pixels: GreyPixels) -> Enhanced:
    result = Enhanced.of(pixels)
    assert result is not None
    return result


@UNTIMED
@given(turn_deg=st.floats(0, 180), period_px=st.floats(6.5, 11))
def test_half_of_clean_stripes_is_ridge_and_all_is_clear(turn_deg: float, period_px: float) -> None:
    result = enhanced(stripes(160, 160, period_px=period_px, turn_deg=turn_deg))
    assert result.ridge[result.inner].mean() == pytest.approx(0.5, abs=0.08)
    assert np.median(result.clarity) > 0.7


def test_faint_ridges_are_the_same_ridges() -> None:
    strong = finger(480, 320)
    faint = (255 - (255 - strong.astype(np.float64)) * 0.3).astype(np.uint8)
    one, other = enhanced(strong), enhanced(faint)
    assert one.ridge.shape == other.ridge.shape
    assert (one.ridge == other.ridge).mean() > 0.95


def test_only_the_part_with_a_print_is_looked_at() -> None:
    print_ = finger(480, 320, middle_px=(40, 60), half_axes_px=(60, 80))
    result = enhanced(print_)
    assert result.ridge.size < 0.4 * print_.size * np.prod(result.reduction)
    top, left = result.origin_px
    assert top % CELL_PX == left % CELL_PX == 0
    assert top > 0 < left


def test_noise_is_not_clear() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (480, 320), dtype=np.uint8)
    assert np.median(enhanced(noise).clarity) < 0.4


@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (35, 320), (480, 35), (480, 320)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_where_nothing_is_there_are_no_ridges(shape: tuple[int, int], level: int) -> None:
    assert Enhanced.of(np.full(shape, level, np.uint8)) is None


def test_each_pixel_has_its_cells_clarity() -> None:
    result = enhanced(finger())
    rows, columns = np.array([0, 4, 7]), np.array([0, 3, 9])
    assert result.clarity_at(rows, columns).tolist() == result.clarity[[0, 1, 1], [0, 0, 2]].tolist()
