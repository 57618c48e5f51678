"""Ridges and valleys across an upright window, and what their widths and pixels say: LCS and RVU.

A window's *profile* is the mean of each of its 32 columns; columns below the profile's straight-line fit are ridge,
the others valley. A *run* is what lies between two changes from ridge to valley or back.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from capture.finger.grid import Mask
from capture.finger.window import Windows

RIDGE_PX = (3.0, 10.0)
"""Least and greatest mean width of the ridges where a square has clear ones, at 500 ppi."""

VALLEY_PX = (2.0, 10.0)
"""The same for valleys."""

_WIDTH_SCALE_PX = 20.0
_LINE_DECIMALS = 10
_Whole = NDArray[np.intp]
_Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ridges:
    """The ridge pattern of many windows."""

    line: _Values
    """Shape (squares, 32): the straight line that parts ridges from valleys, in grey levels."""
    ridge: Mask
    """Shape (squares, 32): which columns are ridge."""

    @classmethod
    def of(cls, windows: Windows) -> Self:
        """Read the pattern of upright windows, shape (squares, rows, 32)."""
        levels = windows.mean(axis=1)
        places = np.arange(1.0, levels.shape[1] + 1)
        centred = places - places.mean()
        slope = levels @ centred / (centred @ centred)
        base = levels.mean(axis=1) - slope * places.mean()
        # Rounded as the reference does, so that a flat profile is not parted by the last bits of a fit.
        line = np.round(slope, _LINE_DECIMALS)[:, None] * places + np.round(base, _LINE_DECIMALS)[:, None]
        return cls(line=line, ridge=levels < line)


@dataclass(frozen=True, slots=True)
class _Runs:
    """The runs that end inside their window; the last one of each window has no end and is not here."""

    square: _Whole
    """Shape (runs,): which window it is in."""
    end: _Whole
    """The run's last column."""
    rank: _Whole
    """Its place among its window's runs, from 0."""

    @classmethod
    def of(cls, ridge: Mask) -> Self:
        square, end = np.nonzero(ridge[:, 1:] != ridge[:, :-1])
        first = np.searchsorted(square, square, side="left")
        return cls(square=square, end=end, rank=np.arange(len(square)) - first)

    @property
    def width_px(self) -> _Whole:
        """Columns in each run; NFIQ 2 counts the first run of a window one short."""
        before = np.concatenate([[0], self.end[:-1]])
        return np.asarray(self.end - np.where(self.rank == 0, 0, before))


def local_clarity(windows: Windows) -> _Values:
    """LCS of each window, shape (squares,): 1 where no pixel is on the wrong side of the line, 0 where widths are off.

    :param windows: upright, not wide.
    Source: ISO/IEC 29794-4 as implemented by NFIQ 2.3, facts/standards.md section 5.3.
    """
    ridges = Ridges.of(windows)
    dark = windows < ridges.line[:, None, :]
    wrong_valley = _share(dark.sum(axis=1), of=~ridges.ridge, rows=windows.shape[1])
    wrong_ridge = _share((~dark).sum(axis=1), of=ridges.ridge, rows=windows.shape[1])
    return np.asarray(np.where(_plausible(ridges.ridge), 1 - (wrong_valley + wrong_ridge) / 2, 0.0))


def _share(counts: _Whole, *, of: Mask, rows: int) -> _Values:
    total = np.maximum(of.sum(axis=1) * rows, 1)
    return np.asarray((counts * of).sum(axis=1) / total)


def _plausible(ridge: Mask) -> Mask:
    """Whether the mean widths of ridges and of valleys are a finger's."""
    runs = _Runs.of(ridge)
    is_ridge = ridge[runs.square, runs.end]
    within = np.ones(len(ridge), bool)
    for kind, (least, most) in ((is_ridge, RIDGE_PX), (~is_ridge, VALLEY_PX)):
        count = np.bincount(runs.square[kind], minlength=len(ridge))
        # Scaled before it is summed, and one after the other: a mean that is a limit exactly falls on the same side
        # as in the reference, which costs one square in the published examples otherwise.
        scaled = np.bincount(runs.square[kind], runs.width_px[kind] / _WIDTH_SCALE_PX, minlength=len(ridge))
        mean = scaled * (1 / np.maximum(count, 1))
        within &= (mean >= least / _WIDTH_SCALE_PX) & (mean <= most / _WIDTH_SCALE_PX)
    return within


def width_ratios(windows: Windows) -> _Values:
    """RVU: ratios of the widths of neighbouring runs of all windows, shape (ratios,); near 1 is even.

    :param windows: upright, wide.
    Source: NFIQ 2.3, facts/standards.md section 5.3. What its source does beyond that, and this with it: the last
    column of a window counts for nothing, its first two runs too, and every second ratio is turned over, beginning
    from the window's end.
    """
    ridge = Ridges.of(windows).ridge[:, :-1]
    runs = _Runs.of(ridge)
    width = runs.width_px.astype(np.float64)
    later = np.flatnonzero(runs.rank >= 3)
    ratio = width[later] / width[later - 1]
    count = np.bincount(runs.square, minlength=len(ridge))[runs.square[later]]
    from_end = count - 1 - runs.rank[later]
    first_end = runs.end[later - runs.rank[later]]
    begins_with_ridge = ridge[runs.square[later], first_end + 1]
    return np.asarray(np.where((from_end - begins_with_ridge) % 2 == 0, 1 / ratio, ratio))
