"""Ridges and valleys across a window."""

import numpy as np
import pytest
from numpy.typing import NDArray

from capture.finger.ridges import Ridges, local_clarity, width_ratios


def window(*widths_px: int) -> NDArray[np.uint8]:
    """One window of 16 rows whose columns are dark and light by turns, dark first; widths add up to 32."""
    assert sum(widths_px) == 32
    levels = np.repeat([50 if place % 2 == 0 else 200 for place in range(len(widths_px))], widths_px)
    return np.tile(levels, (16, 1)).astype(np.uint8)[None]


def test_columns_below_the_line_are_ridge_even_on_a_slope() -> None:
    dark = window(4, 4, 4, 4, 4, 4, 4, 4)
    sloped = (dark * 0.5 + np.arange(32) * 3).astype(np.uint8)
    assert np.array_equal(Ridges.of(sloped).ridge, dark[:, 0] == 50)


def test_a_flat_window_has_no_ridges() -> None:
    assert not Ridges.of(np.full((1, 16, 32), 77, np.uint8)).ridge.any()


def test_clean_ridges_of_a_fingers_width_are_clear() -> None:
    assert local_clarity(window(4, 5, 4, 5, 4, 5, 5)) == pytest.approx([1.0])


@pytest.mark.parametrize(
    "widths_px",
    [
        (1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 1),
        (16, 16),
        (12, 8, 12),
    ],
)
def test_widths_that_are_no_fingers_are_not_clear(widths_px: tuple[int, ...]) -> None:
    assert local_clarity(window(*widths_px)) == [0.0]


def test_a_window_without_ridges_is_not_clear() -> None:
    assert local_clarity(np.full((1, 16, 32), 77, np.uint8)) == [0.0]


def test_pixels_on_the_wrong_side_take_clarity_away() -> None:
    broken = window(4, 5, 4, 5, 4, 5, 5)
    broken[0, :4, 4:9] = 50  # a quarter of one of three whole valleys and a bit
    assert 0.9 < local_clarity(broken)[0] < 1


def test_even_widths_have_the_ratio_1() -> None:
    ratios = width_ratios(window(4, 4, 4, 4, 4, 4, 4, 4))
    assert len(ratios) == 4
    assert ratios == pytest.approx(1.0)


def test_every_second_ratio_is_turned_over_from_the_end() -> None:
    # Complete runs are 5 (light), 3, 6, 2, 7, of which the first counts for nothing. From the end: 7/2, 2/6, 6/3; the
    # first complete run is light, so the even ones are turned over.
    assert sorted(width_ratios(window(4, 5, 3, 6, 2, 7, 5))) == pytest.approx(sorted([2 / 7, 2 / 6, 3 / 6]))


def test_windows_do_not_mix() -> None:
    first, second = window(4, 5, 3, 6, 2, 7, 5), window(3, 4, 4, 5, 4, 4, 4, 4)
    both = width_ratios(np.concatenate([first, second]))
    assert sorted(both) == sorted([*width_ratios(first), *width_ratios(second)])


def test_no_complete_runs_give_no_ratios() -> None:
    assert len(width_ratios(window(16, 16))) == 0
