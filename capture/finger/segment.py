"""What lies on the plate, measured: ridges, a trace of some, a smear, residue, light. What it is called: `plate`.

The plate is looked at in cells of 8 px at 500 ppi. A cell is *ridged* when its surroundings run one way and repeat at a
ridge's distance: print has contrast, and so have dirt, letters and the edge of a sunbeam, but little of them is ridged.
Thresholds are ours, set on simulated prints and on pictures of what is no finger; no standard names them.
"""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.contract import GreyPixels

CELL_PX = 8
"""Side of a cell at 500 ppi."""

CONTRAST_LEVELS = 20.0
"""Deviation in grey levels from which on a cell is print: a grease print that the finger before left stays below."""

TRACE_LEVELS = 6.0
"""Deviation from which on there is anything at all: above the noise of a sensor."""

DARK_LEVEL = 90.0
"""A cell whose mean is below this is dark."""

COHERENCE_MIN = 0.35
"""How much a cell's surroundings run one way, 0 to 1."""

PERIOD_MAX_PX = 20.0
"""Greatest ridge distance at 500 ppi; what has no ridges, such as a soft edge, seems to repeat at a greater one."""

RIDGED_RATIO_MIN = 0.65
"""On a finger nearly all that has contrast is ridged; of a page of text at most three fifths are."""

SOLID_RATIO_MIN = 0.85
"""A faint finger fills its outline; what the finger before left is patches."""

RIM_RATIO_MIN = 0.5
"""A smear ends in an edge on the plate; shadow and sunlight fade, or end at the picture's edge."""

BESIDE_RATIO_MIN = 0.25
"""A second ridged place of this share of the largest is a second fingertip; a split pad leaves less, or lies below."""

EDGE_CELLS = 3
"""What is found nearer to the picture's edge than so many cells goes on beyond it: tidying takes a rim off."""

_NEAR, _AROUND = (3, 3), (5, 5)
_SPECK_CELLS = 5
_DARK_SHARE, _BRIGHT_SHARE = 0.05, 0.95
_SQUARE_NEAR, _SQUARE_AROUND = np.ones(_NEAR, np.uint8), np.ones(_AROUND, np.uint8)
_SOBEL_SCALE = 1 / 8
_LITTLE = 1e-3

_Map = NDArray[np.float32]
_Mask = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Contact:
    """What was found on the plate, in pixels of the picture that was looked at."""

    finger_px: int
    """Pixels of the largest ridged place, 0 where there is none."""
    box_px: tuple[int, int, int, int]
    """Its left, top, right and bottom; right and bottom lie outside."""
    ridged_ratio: float
    """Share of all that has contrast which is ridged."""
    trace_px: int
    """Pixels of the largest ridged place, pale ridges included, that fills its outline; 0 where there is none."""
    smear_px: int
    """Pixels of the largest dark place that ends in an edge on the plate; 0 where there is none."""
    beside_px: int
    """Pixels of a second ridged place beside the finger, bare plate between them; 0 where there is none."""
    residue_px: int
    """Pixels of all that is neither bare nor near the finger: dirt, or what the finger before has left."""
    light_levels: float
    """By how many grey levels the plate's darkest and brightest differ, specks and the finger left out."""
    inverted: bool
    """Whether the plate around the finger is darker than the finger, so that bright is ridge."""

    @property
    def is_finger(self) -> bool:
        """Whether what has contrast is a finger, however small."""
        return self.finger_px > 0 and self.ridged_ratio >= RIDGED_RATIO_MIN

    def is_cut_off(self, shape_px: tuple[int, int]) -> bool:
        """Whether the finger goes on beyond the picture. :param shape_px: the picture's height and width."""
        left, top, right, bottom = self.box_px
        height_px, width_px = shape_px
        near = EDGE_CELLS * CELL_PX
        return min(left, top) < near or right > width_px - near or bottom > height_px - near

    @property
    def middle_px(self) -> tuple[float, float]:
        """The middle of the finger's box as (x, y)."""
        left, top, right, bottom = self.box_px
        return (left + right) / 2, (top + bottom) / 2


def look(pixels: GreyPixels) -> Contact:
    """What lies on the plate.

    :param pixels: shape (height_px, width_px), uint8, 0 = ridge, at 500 ppi, at least 16 px each way.
    """
    cells = _Cells.of(pixels)
    ridged = cells.ridged
    contrast = cells.deviation > CONTRAST_LEVELS
    finger, finger_cells, box = _largest(_tidied(contrast & ridged))
    outside = _outside(finger)
    trace, trace_cells, _ = _largest(_tidied((cells.deviation > TRACE_LEVELS) & ridged))
    smear, smear_cells, _ = _largest(cells.level < DARK_LEVEL)
    left, top, width, height = box
    return Contact(
        finger_px=finger_cells * CELL_PX**2,
        box_px=(left * CELL_PX, top * CELL_PX, (left + width) * CELL_PX, (top + height) * CELL_PX),
        ridged_ratio=float((contrast & ridged).sum() / max(1, contrast.sum())) if finger.any() else 0.0,
        trace_px=trace_cells * CELL_PX**2 if _fills_outline(trace) else 0,
        smear_px=smear_cells * CELL_PX**2 if _ends_in_edge(smear, contrast=contrast) else 0,
        beside_px=_beside((cells.own_deviation > CONTRAST_LEVELS) & ridged) * CELL_PX**2,
        residue_px=int((outside & (cells.deviation > TRACE_LEVELS)).sum()) * CELL_PX**2,
        light_levels=_light_levels(cells.level, outside=outside),
        inverted=_inverted(cells, finger=finger, bare=outside & (cells.deviation <= TRACE_LEVELS)),
    )


@dataclass(frozen=True, slots=True)
class _Cells:
    """Maps of shape (rows, columns) of whole cells."""

    level: _Map
    own_deviation: _Map
    deviation: _Map
    coherence: _Map
    period_px: _Map

    @classmethod
    def of(cls, pixels: GreyPixels) -> Self:
        rows, columns = (side // CELL_PX for side in pixels.shape)
        grey = np.ascontiguousarray(pixels[: rows * CELL_PX, : columns * CELL_PX]).astype(np.float32)
        across = cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=_SOBEL_SCALE)
        down = cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=_SOBEL_SCALE)
        level, square = _means(grey), _means(grey * grey)
        xx, yy, xy = (cv2.blur(_means(both), _AROUND) for both in (across * across, down * down, across * down))
        energy = xx + yy + _LITTLE
        # A wave of amplitude a and period p has variance a^2 / 2, and (2 pi / p)^2 of that as squared gradient.
        period = 2 * np.pi * np.sqrt(_variance(level, square, around=_AROUND) / energy)
        return cls(
            level=level,
            own_deviation=np.asarray(np.sqrt(np.maximum(square - level * level, 0)), dtype=np.float32),
            deviation=np.sqrt(_variance(level, square, around=_NEAR)),
            coherence=np.asarray(np.sqrt((xx - yy) ** 2 + 4 * xy * xy) / energy, dtype=np.float32),
            period_px=np.asarray(period, dtype=np.float32),
        )

    @property
    def ridged(self) -> NDArray[np.bool_]:
        return (self.coherence > COHERENCE_MIN) & (self.period_px < PERIOD_MAX_PX)


def _means(values: _Map) -> _Map:
    """The mean over each cell."""
    rows, columns = (side // CELL_PX for side in values.shape)
    return np.asarray(cv2.resize(values, (columns, rows), interpolation=cv2.INTER_AREA), dtype=np.float32)


def _variance(level: _Map, square: _Map, *, around: tuple[int, int]) -> _Map:
    mean = cv2.blur(level, around)
    return np.asarray(np.maximum(cv2.blur(square, around) - mean * mean, 0), dtype=np.float32)


def _tidied(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Gaps closed, specks gone, and the rim taken off that looking around a cell has added."""
    margin = len(_SQUARE_AROUND)  # so that closing does not draw what is near the picture's edge out to it
    closed = cv2.morphologyEx(np.pad(mask.astype(np.uint8), margin), cv2.MORPH_CLOSE, _SQUARE_AROUND)
    opened = cv2.morphologyEx(closed[margin:-margin, margin:-margin], cv2.MORPH_OPEN, _SQUARE_NEAR)
    return np.asarray(cv2.erode(opened, _SQUARE_NEAR) > 0)


def _largest(mask: NDArray[np.bool_]) -> tuple[_Mask, int, tuple[int, int, int, int]]:
    """The largest connected place as 0 and 1, its cells, and its left, top, width and height."""
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    if len(boxes) == 1:
        return np.zeros(mask.shape, np.uint8), 0, (0, 0, 0, 0)
    label = 1 + int(np.argmax(boxes[1:, cv2.CC_STAT_AREA]))
    left, top, width, height, cells = (int(value) for value in boxes[label])
    return (labels == label).astype(np.uint8), cells, (left, top, width, height)


def _fills_outline(place: _Mask) -> bool:
    if not place.any():
        return False
    outline = np.zeros_like(place)
    cv2.fillConvexPoly(outline, cv2.convexHull(cv2.findNonZero(place)), (1,))
    return bool(place.sum() >= SOLID_RATIO_MIN * outline.sum())


def _ends_in_edge(place: _Mask, *, contrast: NDArray[np.bool_]) -> bool:
    """Whether most of what surrounds the place has contrast; beyond the picture nothing has."""
    inside = np.pad(place, 1)
    rim = (cv2.dilate(inside, _SQUARE_AROUND) > 0) & (inside == 0)
    return bool((rim & np.pad(contrast, 1)).sum() >= RIM_RATIO_MIN * max(1, rim.sum()))


def _outside(finger: _Mask) -> NDArray[np.bool_]:
    """What is farther from the finger than looking around a cell reaches."""
    return np.asarray(cv2.dilate(finger, _SQUARE_AROUND, iterations=2) == 0)


def _beside(ridged: NDArray[np.bool_]) -> int:
    """Cells of the second place, where it lies beside the largest rather than below it and is not small against it.

    Gaps are closed less far than where a finger is looked for: between two fingertips is a strip of bare plate.
    """
    mask = cv2.morphologyEx(ridged.astype(np.uint8), cv2.MORPH_OPEN, _SQUARE_NEAR)
    _, _, boxes, middles = cv2.connectedComponentsWithStats(mask, connectivity=4)
    if len(boxes) < 3:
        return 0
    second, first = (1 + np.argsort(boxes[1:, cv2.CC_STAT_AREA], kind="stable"))[-2:]
    across, down = np.abs(middles[first] - middles[second])
    cells = int(boxes[second, cv2.CC_STAT_AREA])
    return cells if across > down and cells >= BESIDE_RATIO_MIN * boxes[first, cv2.CC_STAT_AREA] else 0


def _light_levels(level: _Map, *, outside: NDArray[np.bool_]) -> float:
    """The range of the plate's levels where no finger is, with specks taken out; 0 where nothing is left to look at."""
    even = cv2.medianBlur(np.round(level).astype(np.uint8), _SPECK_CELLS)[outside]
    if not len(even):
        return 0.0
    dark, bright = np.quantile(even, (_DARK_SHARE, _BRIGHT_SHARE))
    return float(bright - dark)


def _inverted(cells: _Cells, *, finger: _Mask, bare: NDArray[np.bool_]) -> bool:
    """Seen only where there is bare plate around: a finger that covers the whole picture tells nothing."""
    if not bare.any() or not finger.any():
        return False
    return bool(np.median(cells.level[bare]) < np.median(cells.level[finger > 0]) - CONTRAST_LEVELS)
