"""Ridges drawn out of a print: each place looked at through a wave that lies as its ridges lie.

All this happens at two thirds of the resolution, where a ridge still has three pixels, on maps of two sizes: *pixels*
of that reduced print, and *cells* of 4 x 4 of them for what changes slowly.
"""

from dataclasses import dataclass
from functools import cache
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.finger.skeleton import Bits
from drivers.contract import GreyPixels

REDUCTION = 2 / 3
"""Of a print's sides."""

CELL_PX = 4
"""Side of a cell in the reduced print: 6 px at 500 ppi."""

SIDE_MIN_PX = 36
"""A print needs this many pixels each way at 500 ppi to have any place that is not at its rim."""

DIRECTIONS = 12
"""Waves in half a turn."""

PERIOD_PX = 5.2
"""Of the waves, in the reduced print: 7.8 px at 500 ppi, the middle of what fingers have. They let pass what is up to a
third wider or narrower. With 5.0 to 5.3 the counts on NFIQ 2's examples are nearest to those of FingerJetFX."""

CONTRAST_LEVELS = 4.0
"""Cells with less deviation have no ridges."""

CONTRAST_SHARE = 0.22
"""Nor have those with less than this share of what the print's best cells have."""

CLARITY_MIN = 0.25
"""Least share of what happens in a cell's surroundings that must be ridges."""

RIM_CELLS = 2
"""Places this near to where the ridges stop are at the rim: every ridge ends there."""

MARGIN_CELLS = 3
"""Cells around the print that are looked at, but have no ridges."""

_SIGMA_PX, _HALF_PX = 2.6, 5
_AROUND_CELLS, _FLOW_CELLS = 1.5, 2.0
_CLIP = 2.0
_Map = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Enhanced:
    """The ridges of a print, in the part of it that has any."""

    ridge: Bits
    """Shape (height_px, width_px) of that part, reduced: 1 on ridges, bare at its edge and where there are none."""
    clarity: _Map
    """Shape (rows, columns) of cells: the share of what happens around a cell that is ridges, 0 to 1."""
    inner: NDArray[np.bool_]
    """Shape of the ridges: on the print, and not at the rim."""
    origin_px: tuple[int, int]
    """Row and column at which the part begins in the reduced print."""
    reduction: tuple[float, float]
    """By how much the print's height and width were reduced, a little off `REDUCTION` to make whole cells."""

    @classmethod
    def of(cls, pixels: GreyPixels) -> Self | None:
        """The ridges of a print; None where there are none.

        :param pixels: shape (height_px, width_px), uint8, 0 = ridge, at 500 ppi; of any size.
        """
        if min(pixels.shape) < SIDE_MIN_PX:
            return None
        height, width = (CELL_PX * round(side * REDUCTION / CELL_PX) for side in pixels.shape)
        grey = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32)
        level, deviation = _level_and_deviation(grey)
        if deviation.max() < CONTRAST_LEVELS:
            return None
        contrast = deviation >= max(CONTRAST_LEVELS, CONTRAST_SHARE * float(np.percentile(deviation, 90)))
        rows, columns = _extent(contrast)
        part = (_pixels_of(rows), _pixels_of(columns))
        even = _even(grey[part], level=level[rows, columns], deviation=deviation[rows, columns])
        waves = _through_waves(even, direction=_across_ridges(even))
        clarity = _clarity(even, waves)
        ridged = _tidied(contrast[rows, columns] & (clarity > CLARITY_MIN))
        return cls(
            ridge=_below(waves, ridged),
            clarity=clarity,
            inner=_inner(ridged),
            origin_px=(part[0].start, part[1].start),
            reduction=(height / pixels.shape[0], width / pixels.shape[1]),
        )

    def clarity_at(self, row: NDArray[np.intp], column: NDArray[np.intp]) -> _Map:
        """The clarity at pixels of the part."""
        return np.asarray(self.clarity[row // CELL_PX, column // CELL_PX])


def _extent(cells: NDArray[np.bool_]) -> tuple[slice, slice]:
    """The rows and columns of cells around all that are set, with a margin for what is looked at beyond them."""
    ranges = []
    for axis in (1, 0):
        places = np.flatnonzero(cells.any(axis=axis))
        ranges.append(slice(max(0, int(places[0]) - MARGIN_CELLS), int(places[-1]) + 1 + MARGIN_CELLS))
    return ranges[0], ranges[1]


def _pixels_of(cells: slice) -> slice:
    return slice(cells.start * CELL_PX, cells.stop * CELL_PX)


def _even(grey: _Map, *, level: _Map, deviation: _Map) -> _Map:
    """Ridges and valleys of the same strength everywhere, around 0."""
    gain = np.asarray(1 / np.maximum(deviation, CONTRAST_LEVELS), dtype=np.float32)
    even = grey - _per_pixel(level, grey)
    even *= _per_pixel(gain, grey)
    return np.clip(even, -_CLIP, _CLIP, out=even)


def _cells(values: _Map) -> _Map:
    """The mean of each cell."""
    size = (values.shape[1] // CELL_PX, values.shape[0] // CELL_PX)
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), dtype=np.float32)


def _per_pixel(cells: _Map, like: _Map) -> _Map:
    return np.asarray(cv2.resize(cells, like.shape[::-1], interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def _around(cells: _Map, *, sigma_cells: float) -> _Map:
    return np.asarray(cv2.GaussianBlur(cells, (0, 0), sigma_cells), dtype=np.float32)


def _level_and_deviation(grey: _Map) -> tuple[_Map, _Map]:
    level = _around(_cells(grey), sigma_cells=_AROUND_CELLS)
    square = _around(_cells(grey * grey), sigma_cells=_AROUND_CELLS)
    return level, np.sqrt(np.maximum(square - level * level, 0))


def _across_ridges(even: _Map) -> NDArray[np.uint8]:
    """At each pixel the number of the wave that runs across the ridges, 0 to 11."""
    right: _Map = np.asarray(cv2.Sobel(even, cv2.CV_32F, 1, 0, scale=1 / 8), dtype=np.float32)
    down: _Map = np.asarray(cv2.Sobel(even, cv2.CV_32F, 0, 1, scale=1 / 8), dtype=np.float32)
    product = _around(2 * _cells(right * down), sigma_cells=_FLOW_CELLS)
    both = right + down
    right -= down
    right *= both
    difference = _around(_cells(right), sigma_cells=_FLOW_CELLS)
    doubled: _Map = np.asarray(cv2.phase(_per_pixel(difference, even), _per_pixel(product, even)), dtype=np.float32)
    doubled *= np.float32(DIRECTIONS / (2 * np.pi))
    doubled += np.float32(0.5)
    number = doubled.astype(np.uint8)
    number[number == DIRECTIONS] = 0
    return number


@cache
def _wave_parts(number: int) -> tuple[_Map, _Map, _Map, _Map]:
    """A wave under a round window is a sum of two products: the cosines' and the sines' along each axis."""
    reach = np.arange(-_HALF_PX, _HALF_PX + 1)
    window = np.exp(-(reach**2) / (2 * _SIGMA_PX**2))
    turn = np.pi * number / DIRECTIONS
    parts = []
    for along in (np.cos(turn), np.sin(turn)):
        phase = 2 * np.pi / PERIOD_PX * along * reach
        parts += [window * np.cos(phase), window * np.sin(phase)]
    scale = np.sqrt(2) / window.sum()
    right_cos, right_sin, down_cos, down_sin = ((scale * part).astype(np.float32) for part in parts)
    return right_cos, right_sin, down_cos, down_sin


def _through_waves(even: _Map, *, direction: NDArray[np.uint8]) -> _Map:
    """What each pixel's own wave sees there. A wave and its mirror image have the same two products."""
    # Memory is used again and again: fresh pages cost as much as what is computed on them.
    seen, looked, sines = np.zeros_like(even), np.empty_like(even), np.empty_like(even)
    for number in range(DIRECTIONS // 2 + 1):
        right_cos, right_sin, down_cos, down_sin = _wave_parts(number)
        cv2.sepFilter2D(even, cv2.CV_32F, right_cos, down_cos, dst=looked)
        if number % (DIRECTIONS // 2) == 0:  # upright or level: it has no sines, and is its own mirror image
            cv2.copyTo(looked, (direction == number).view(np.uint8), seen)
            continue
        cv2.sepFilter2D(even, cv2.CV_32F, right_sin, down_sin, dst=sines)
        looked -= sines
        cv2.copyTo(looked, (direction == number).view(np.uint8), seen)
        looked += sines
        looked += sines
        cv2.copyTo(looked, (direction == DIRECTIONS - number).view(np.uint8), seen)
    return seen


def _clarity(even: _Map, waves: _Map) -> _Map:
    """The squared correlation of the print with its ridges."""
    both, print_, ridges = (_around(_cells(of), sigma_cells=1.0) for of in (even * waves, even * even, waves * waves))
    return np.asarray(np.clip(both * np.abs(both) / (print_ * ridges + 1e-6), 0, 1), dtype=np.float32)


def _tidied(cells: NDArray[np.bool_]) -> Bits:
    """Gaps closed and specks gone; beyond the picture there is nothing."""
    square = np.ones((5, 5), np.uint8)
    margin = len(square)
    padded = np.pad(cells.astype(np.uint8), margin)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, square)
    opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, square)
    return np.ascontiguousarray(opened[margin:-margin, margin:-margin])


def _inner(ridged: Bits) -> NDArray[np.bool_]:
    square = np.ones((2 * RIM_CELLS + 1, 2 * RIM_CELLS + 1), np.uint8)
    eroded = cv2.erode(ridged, square, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return _spread(np.asarray(eroded, dtype=np.uint8)) > 0


def _spread(cells: Bits) -> Bits:
    """Every cell's pixels with its value."""
    return np.repeat(np.repeat(cells, CELL_PX, axis=0), CELL_PX, axis=1)


def _below(waves: _Map, ridged: Bits) -> Bits:
    """Where the waves are dark and the print is ridged."""
    dark = (waves < 0).view(np.uint8) & _spread(ridged)
    dark[[0, -1]] = 0
    dark[:, [0, -1]] = 0
    return np.asarray(dark, dtype=np.uint8)
