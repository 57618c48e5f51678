"""Thinning keeps what is connected, and walks go where the lines go."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.finger.skeleton import Bits, crossing_numbers, rings, thinned, walked, ways_out
from tests.capture.finger.minutia import UNTIMED

NORTH, EAST, SOUTH, WEST = 1, 3, 5, 7


def drawn(*lines: tuple[tuple[int, int], tuple[int, int]], width_px: int = 1, side_px: int = 40) -> Bits:
    """Lines between points given as (column, row)."""
    bits = np.zeros((side_px, side_px), np.uint8)
    for start, end in lines:
        cv2.line(bits, start, end, (1,), width_px)
    return bits


def pieces(bits: Bits) -> int:
    """Connected places, corners count."""
    return int(cv2.connectedComponents(bits, connectivity=8)[0]) - 1


@pytest.mark.parametrize("width_px", [1, 3, 5, 9])
def test_a_bar_becomes_one_line_of_nearly_its_length(width_px: int) -> None:
    lines = thinned(drawn(((5, 20), (34, 20)), width_px=width_px))
    assert np.count_nonzero(lines.sum(axis=0) > 1) == 0
    assert 29 - width_px <= lines.sum() <= 30 + width_px
    assert pieces(lines) == 1


def test_nothing_stays_nothing() -> None:
    assert not thinned(np.zeros((20, 30), np.uint8)).any()


@UNTIMED
@given(seed=st.integers(0, 2**32 - 1))
def test_thinning_only_takes_away_keeps_pieces_apart_and_whole_and_is_done_once(seed: int) -> None:
    noise = np.random.default_rng(seed).normal(size=(48, 40)).astype(np.float32)
    blobs = (cv2.GaussianBlur(noise, (0, 0), 2.0) > 0).astype(np.uint8)
    blobs[[0, -1]] = 0
    blobs[:, [0, -1]] = 0
    lines = thinned(blobs)
    assert not (lines & ~blobs & 1).any()
    assert pieces(lines) == pieces(blobs)
    assert np.array_equal(thinned(lines), lines)
    eroded = cv2.erode(lines, np.ones((3, 3), np.uint8))
    assert not eroded.any()


@pytest.mark.parametrize("turns", range(4))
def test_crossing_numbers_tell_ends_from_forks(turns: int) -> None:
    lines = np.ascontiguousarray(np.rot90(drawn(((5, 20), (35, 20)), ((20, 20), (20, 35))), turns))
    numbers = crossing_numbers(lines, rings(lines))
    assert np.count_nonzero(numbers == 1) == 3
    assert np.count_nonzero(numbers == 3) == 1
    assert not numbers[lines == 0].any()


def test_ways_out_take_a_side_before_its_corners() -> None:
    north, north_east, south = 1 << NORTH, 1 << 2, 1 << SOUTH
    assert ways_out()[0] == ()
    assert ways_out()[north | north_east] == (NORTH,)
    assert set(ways_out()[north | south]) == {NORTH, SOUTH}


def walk(lines: Bits, start: tuple[int, int], first: int, steps: int = 50) -> tuple[int, int, int, bool, bool]:
    """From a (column, row): where it stopped, after how many steps, and why."""
    column, row = (np.array([place], np.intp) for place in start)
    walks = walked(rings(lines), (row, column), first=np.array([first], np.intp), steps=steps)
    return (
        int(walks.column[0]),
        int(walks.row[0]),
        int(walks.length[0]),
        bool(walks.at_end[0]),
        bool(walks.at_fork[0]),
    )


def test_a_walk_follows_a_line_to_its_end() -> None:
    assert walk(drawn(((5, 20), (30, 20))), (5, 20), EAST) == (30, 20, 25, True, False)


def test_a_walk_goes_round_a_corner() -> None:
    column, row, _, at_end, _ = walk(drawn(((5, 20), (20, 20)), ((20, 20), (20, 30))), (5, 20), EAST)
    assert (column, row, at_end) == (20, 30, True)


def test_a_walk_stops_at_a_fork() -> None:
    lines = drawn(((5, 20), (35, 20)), ((20, 20), (20, 35)))
    assert walk(lines, (5, 20), EAST) == (20, 20, 15, False, True)


def test_a_walk_stops_when_it_has_gone_far_enough() -> None:
    assert walk(drawn(((5, 20), (30, 20))), (5, 20), EAST, steps=9) == (14, 20, 9, False, False)


def test_no_starts_are_no_walks() -> None:
    none = np.zeros(0, np.intp)
    assert len(walked(rings(drawn()), (none, none), first=none, steps=5).row) == 0
