"""Lines one pixel wide: thinning by table, crossing numbers, and walks along them. Nothing here knows fingers.

A pixel's *ring* is its eight neighbours as one byte, bit by bit clockwise from the one above left. What thinning
removes, where lines end or fork and where a walk goes next are all looked up by that byte, so a pass over a picture is
one convolution and one table.

Source: the thinning rule is Z. Guo and R. W. Hall, "Parallel thinning with two-subiteration algorithms",
Communications of the ACM 32, 1989; the crossing number is D. Rutovitz's.
"""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint8]
"""Shape (height_px, width_px), 0 and 1."""

Indices = NDArray[np.intp]

STEPS = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))
"""The ring's places as (down, right), in the order of its bits."""

_WEIGHTS = np.array([[1, 2, 4], [128, 0, 8], [64, 32, 16]], np.float32)
_ROUNDS_MAX = 40
_STAY = 8


def rings(bits: Bits) -> NDArray[np.uint8]:
    """The ring of every pixel; beyond the picture there is nothing."""
    return np.asarray(cv2.filter2D(bits, cv2.CV_8U, _WEIGHTS, borderType=cv2.BORDER_CONSTANT), dtype=np.uint8)


def filled(bits: Bits) -> Bits:
    """With no holes of one pixel, each of which thinning would make a ring."""
    return np.asarray(cv2.bitwise_or(bits, cv2.LUT(rings(bits), _closed())), dtype=np.uint8)


def thinned(bits: Bits) -> Bits:
    """The lines in the middle of what is set: connected as that was, and as long."""
    lines, count = bits, cv2.countNonZero(bits)
    for _ in range(_ROUNDS_MAX):
        for table in _kept():
            lines = np.asarray(cv2.bitwise_and(lines, cv2.LUT(rings(lines), table)), dtype=np.uint8)
        before, count = count, cv2.countNonZero(lines)
        if before == count:
            break
    return lines


def crossing_numbers(lines: Bits, ring: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """How many lines leave each pixel of a line: 1 where it ends, 3 or 4 where it forks, 0 off the lines."""
    return np.asarray(cv2.LUT(ring, _crossings()) * lines, dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class Walks:
    """Many walks along thin lines, one a start. All arrays have shape (walks,)."""

    row: Indices
    """Where each walk stopped."""
    column: Indices
    """And in which column."""
    length: Indices
    """Steps taken."""
    at_end: NDArray[np.bool_]
    """It stopped because the line ends there."""
    at_fork: NDArray[np.bool_]
    """It stopped because the line forks there."""


def walked(ring: NDArray[np.uint8], starts: tuple[Indices, Indices], *, first: Indices, steps: int) -> Walks:
    """Follow lines from their ends or forks.

    :param ring: of the thin lines, with a bare pixel all around them.
    :param starts: rows and columns of the pixels to leave from.
    :param first: by which place of the ring each walk leaves, as its number.
    :param steps: at most this many steps.
    """
    width = ring.shape[1]
    moves = np.array([down * width + right for down, right in STEPS] + [0])
    table, flat = _next_step(), ring.ravel()
    place, heading = starts[0] * width + starts[1] + moves[first], first
    length = np.ones(len(place), np.intp)
    for _ in range(steps - 1):
        heading = table[flat[place], heading]
        place = place + moves[heading]
        length += heading < _STAY
    crossing = _crossings()[flat[place]]
    row, column = np.divmod(place, width)
    return Walks(row=row, column=column, length=length, at_end=crossing <= 1, at_fork=crossing >= 3)


@cache
def ways_out() -> tuple[tuple[int, ...], ...]:
    """For each ring the places by which lines leave: one for each run of set neighbours, a side before a corner."""
    return tuple(tuple(_ways(ring)) for ring in range(256))


def _bit(ring: int, place: int) -> int:
    return ring >> (place % 8) & 1


def _ways(ring: int) -> list[int]:
    ways = []
    for place in range(8):
        if _bit(ring, place) and not _bit(ring, place - 1):
            run = [place]
            while _bit(ring, run[-1] + 1) and len(run) < 8:
                run.append((run[-1] + 1) % 8)
            ways.append(next((way for way in run if way % 2), run[0]))
    return ways


@cache
def _closed() -> NDArray[np.uint8]:
    """By ring, 1 where all four sides are set."""
    return np.array([all(_bit(ring, side) for side in (1, 3, 5, 7)) for ring in range(256)], np.uint8)


@cache
def _crossings() -> NDArray[np.uint8]:
    return np.array([len(ways) for ways in ways_out()], np.uint8)


@cache
def _next_step() -> NDArray[np.intp]:
    """By ring and heading: where to, or 8 to stay because the line ends or forks."""
    table = np.full((256, 9), _STAY, np.intp)
    for ring in range(256):
        if len(ways_out()[ring]) >= 3:
            continue
        for heading in range(8):
            behind = {(heading + turn) % 8 for turn in (3, 4, 5)}
            ahead = sum(1 << place for place in range(8) if _bit(ring, place) and place not in behind)
            ways = _ways(ahead)
            if ways:
                table[ring, heading] = min(ways, key=lambda way: min((way - heading) % 8, (heading - way) % 8))
    return table


@cache
def _kept() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """By ring, 1 where a pixel stays, for the two halves of a round."""
    halves = [
        np.array([not _removed(ring, second=second) for ring in range(256)], np.uint8) for second in (False, True)
    ]
    return halves[0], halves[1]


def _removed(ring: int, *, second: bool) -> bool:
    bits = [bool(_bit(ring, place)) for place in range(8)]
    # With the sides north, east, south, west, each corner follows its side clockwise.
    sides, corners = bits[1::2], bits[2::2] + bits[:1]
    later = sides[1:] + sides[:1]
    runs = sum(not side and (corner or after) for side, corner, after in zip(sides, corners, later, strict=True))
    here = sum(side or corner for side, corner in zip(sides, corners, strict=True))
    there = sum(corner or after for corner, after in zip(corners, later, strict=True))
    turn = 0 if second else 2
    facing = (sides[turn] or corners[turn] or not corners[(turn + 1) % 4]) and sides[turn + 1]
    return runs == 1 and 2 <= min(here, there) <= 3 and not facing
