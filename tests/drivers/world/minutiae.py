"""Counts the places where ridges end or fork, on a thinned picture."""

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.bool_]


def count_minutiae(ridges: Bits, inside: Bits) -> int:
    """Ends and forks of the ridges that lie inside."""
    skeleton = thinned(ridges)
    ring = _ring(skeleton)
    crossings = sum((~ring[i] & ring[(i + 1) % 8]).astype(int) for i in range(8))
    return int(np.count_nonzero(skeleton & inside & ((crossings == 1) | (crossings >= 3))))


def thinned(bits: Bits) -> Bits:
    """Lines one pixel wide. Source: T. Y. Zhang, C. Y. Suen, Communications of the ACM 27, 1984."""
    before = np.zeros_like(bits)
    bits = bits.copy()
    while not np.array_equal(before, bits):
        before = bits.copy()
        for first in (True, False):
            bits &= ~_removable(bits, first=first)
    return bits


def _removable(bits: Bits, *, first: bool) -> Bits:
    ring = _ring(bits)
    north, east, south, west = ring[0], ring[2], ring[4], ring[6]
    neighbours = sum(side.astype(int) for side in ring)
    crossings = sum((~ring[i] & ring[(i + 1) % 8]).astype(int) for i in range(8))
    sides = (east & south & (north | west)) if first else (north & west & (east | south))
    return np.asarray(bits & (neighbours >= 2) & (neighbours <= 6) & (crossings == 1) & ~sides, dtype=np.bool_)


def _ring(bits: Bits) -> list[Bits]:
    """The eight neighbours of each pixel, clockwise from the one above."""
    padded = np.pad(bits, 1)
    moves = ((0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0), (0, 0))
    height, width = bits.shape
    return [padded[row : row + height, column : column + width] for row, column in moves]
