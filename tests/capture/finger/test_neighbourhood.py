"""A minutia's neighbourhood does not change when the finger is turned or shifted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.finger.minutiae import Minutiae
from capture.finger.neighbourhood import DIRECTIONS, PLACES, neighbourhoods
from tests.capture.finger.minutia import UNTIMED, moved, some_minutiae


@UNTIMED
@given(turn_deg=st.floats(-180, 180), right=st.floats(-50, 50), down=st.floats(-50, 50), seed=st.integers(0, 99))
def test_turned_and_shifted_it_is_the_same(turn_deg: float, right: float, down: float, seed: int) -> None:
    minutiae = some_minutiae(40, seed=seed)
    there = neighbourhoods(moved(minutiae, turn_deg=turn_deg, shift_px=(right, down)))
    assert np.abs(there - neighbourhoods(minutiae)).max() < 2e-3


def test_others_are_less_alike() -> None:
    alike = neighbourhoods(some_minutiae(40, seed=1)) @ neighbourhoods(some_minutiae(40, seed=2)).T
    assert alike.max() < 0.95
    assert np.median(alike) < 0.5


def test_rows_have_length_1_or_less_where_hardly_anything_is_seen() -> None:
    rows = neighbourhoods(some_minutiae(80))
    assert rows.shape == (80, PLACES**2 * DIRECTIONS)
    assert (rows >= 0).all()
    lengths = np.linalg.norm(rows, axis=1)
    assert np.median(lengths) == pytest.approx(1, abs=1e-5)
    assert lengths.max() < 1 + 1e-5


def test_a_neighbour_that_fades_out_is_seen_less_and_less() -> None:
    def length(away_px: float) -> float:
        pair = some_minutiae(2)
        pair.x_px[:], pair.y_px[:] = (100, 100 + away_px), (100, 100)
        return float(np.linalg.norm(neighbourhoods(pair)[0]))

    lengths = [length(away_px) for away_px in (60, 76, 78, 79.9, 80.1)]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[-2] < 0.05
    assert lengths[-1] == 0


@pytest.mark.parametrize("count", [0, 1])
def test_without_neighbours_there_is_nothing(count: int) -> None:
    rows = neighbourhoods(some_minutiae(count))
    assert rows.shape == (count, PLACES**2 * DIRECTIONS)
    assert not rows.any()


def test_one_lost_neighbour_changes_little() -> None:
    minutiae = some_minutiae(60)
    kept = np.ones(60, np.bool_)
    kept[7] = False
    fewer: Minutiae = minutiae.where(kept)
    alike = (neighbourhoods(minutiae)[kept] * neighbourhoods(fewer)).sum(axis=1)
    assert np.count_nonzero(alike < 0.999) < 20
    assert alike.min() > 0.5
