"""Which ends and forks of thin lines are minutiae: those that a spur, a bridge, an island or a break does not explain.

All lengths are in pixels of the reduced print: two of them are three at 500 ppi.
"""

from dataclasses import dataclass
from functools import cache
from typing import Self

import numpy as np
from numpy.typing import NDArray

from capture.finger.skeleton import Bits, Indices, Walks, crossing_numbers, rings, walked, ways_out

REACH_PX = 9
"""How far a line is followed for its direction, and to see that it is one."""

SPUR_PX = 7
"""A line that leaves a fork and ends before this is roughness of the ridge's side."""

BRIDGE_PX = 6
"""Two forks nearer than this along a line are two ridges that touch, or a pore."""

ISLAND_PX = 9
"""A line shorter than this is no ridge."""

BREAK_PX = 8.0
"""Two ends nearer than this that look away from each other are one ridge, interrupted."""

_OPPOSITE = 0.75
_Reals = NDArray[np.float64]
_Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Ends and forks of thin lines. All arrays have shape (count,)."""

    row: Indices
    """Where it is."""
    column: Indices
    """And in which column."""
    fork: _Flags
    """A fork, not an end."""
    right: _Reals
    """Its direction's part along the rows, of a vector of length 1."""
    down: _Reals
    """Its direction's part down the columns."""
    sound: _Flags
    """No spur, bridge or island explains it."""

    @classmethod
    def of(cls, lines: Bits, *, inner: _Flags) -> Self:
        """All that lie inside. :param inner: shape of the lines: not at the rim, where every ridge ends."""
        ring = rings(lines)
        crossing = crossing_numbers(lines, ring)
        place = np.flatnonzero((crossing == 1) | (crossing > 2))
        place = place[inner.ravel()[place]]
        row, column = np.divmod(place, lines.shape[1])
        owner, first = _branches(ring.ravel()[place])
        walks = walked(ring, (row[owner], column[owner]), first=first, steps=REACH_PX)
        right, down = _unit(walks.column - column[owner], walks.row - row[owner])
        fork = crossing.ravel()[place] > 2
        toward = _gap(owner, right=right, down=down, count=len(place))
        return cls(row, column, fork, *toward, sound=_sound(walks, owner=owner, fork=fork))

    def where(self, chosen: _Flags) -> Self:
        """Some of them. :param chosen: shape (count,)."""
        return type(self)(
            row=self.row[chosen],
            column=self.column[chosen],
            fork=self.fork[chosen],
            right=self.right[chosen],
            down=self.down[chosen],
            sound=self.sound[chosen],
        )


def real(found: Candidates) -> Candidates:
    """Those that are minutiae."""
    found = found.where(found.sound)
    return found.where(~_broken(found))


@cache
def _ways() -> NDArray[np.intp]:
    """Shape (256, 4): by ring the ways out, and -1 where there are no more."""
    return np.array([[*ways, -1, -1, -1, -1][:4] for ways in ways_out()], np.intp)


def _branches(ring: NDArray[np.uint8]) -> tuple[Indices, Indices]:
    """Of each line that leaves a candidate: the candidate's number, and by which place of the ring it leaves."""
    ways = _ways()[ring]
    owner, which = np.nonzero(ways >= 0)
    return owner, ways[owner, which]


def _unit(right: Indices, down: Indices) -> tuple[_Reals, _Reals]:
    length = np.maximum(np.hypot(right, down), 1e-9)
    return right / length, down / length


def _gap(owner: Indices, *, right: _Reals, down: _Reals, count: int) -> tuple[_Reals, _Reals]:
    """Along the only branch of an end; at a fork between the two branches that are nearest to each other."""
    first = np.searchsorted(owner, np.arange(count))
    many = np.bincount(owner, minlength=count)
    best = np.full(count, -2.0)
    toward = right[first], down[first]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        a, b = first + np.minimum(one, many - 1), first + np.minimum(other, many - 1)
        likeness = np.where(many > 2, right[a] * right[b] + down[a] * down[b], -3.0)
        nearer = likeness > best
        best = np.where(nearer, likeness, best)
        toward = (np.where(nearer, right[a] + right[b], toward[0]), np.where(nearer, down[a] + down[b], toward[1]))
    length = np.maximum(np.hypot(*toward), 1e-9)
    return toward[0] / length, toward[1] / length


def _sound(walks: Walks, *, owner: Indices, fork: _Flags) -> _Flags:
    """Whether a candidate is neither part of a spur, nor of a bridge, nor of an island, nor a crossing of two lines."""
    from_fork = fork[owner]
    bridge = from_fork & walks.at_fork & (walks.length < BRIDGE_PX)
    spur = (from_fork & walks.at_end | ~from_fork & walks.at_fork) & (walks.length < SPUR_PX)
    island = ~from_fork & walks.at_end & (walks.length < ISLAND_PX)
    unsound = np.bincount(owner, bridge | spur | island, minlength=len(fork)) > 0
    return ~unsound & (np.bincount(owner, minlength=len(fork)) < 4)


def _broken(found: Candidates) -> _Flags:
    """Ends that face another end across a gap."""
    ends = np.flatnonzero(~found.fork)
    row, column = found.row[ends], found.column[ends]
    right, down = found.right[ends], found.down[ends]
    across, below = column[None] - column[:, None], row[None] - row[:, None]
    distance = np.hypot(across, below)
    away = -(across * right[:, None] + below * down[:, None]) > _OPPOSITE * distance
    opposite = right[:, None] * right + down[:, None] * down < -_OPPOSITE
    broken = np.zeros(len(found.row), np.bool_)
    broken[ends] = (away & away.T & opposite & (distance < BREAK_PX) & (distance > 0)).any(axis=1)
    return broken
