"""Faces in a frame as boxes with six points.

The network was made for 128 x 128 pixels but has no layer that is bound to them: it reads any multiple of 16. Large
faces are seen when the frame is small, small ones when it is large, so a caller may look more than once.
Source: facts/face-cctv-console.md, first section: anchors, scaling of the input, order of the outputs.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.face.pyramid import Pyramid

FACE_PX = 18
"""The narrowest face, in input pixels, that is found reliably. Own calibration: two photographs, reduced stepwise."""
LEVELS_PX = (128, 256, 384)
"""The frame's longer side at each look."""
SCORE_MIN = 0.6
"""Own calibration: real faces of 18 pixels and more score above 0.8, most textures below; the mesh decides the rest."""
OVERLAP_MAX = 0.3
"""Boxes that share more than this (of what both cover) are one face."""
SIDE_MIN_PX = 2.0
"""A box of fewer input pixels is none: the network is free to answer 0 or less."""
GRIDS = ((8, 2), (16, 6))
"""Input pixels a cell, and anchors in each cell."""
LOGIT_MAX = 80.0
"""Beyond this a score is 0 or 1, and its exponential would overflow."""
OUTPUTS = ("classificators", "regressors")
GREY = (127, 127, 127)


@dataclass(frozen=True, slots=True)
class FaceBox:
    """Where a face may be, in frame pixels. The mesh says whether it is one."""

    centre_px: NDArray[np.float64] = field(repr=False)
    """Middle of the box as (x, y)."""
    side_px: float
    """The box is square; its side is about a face's width."""
    points_px: NDArray[np.float64] = field(repr=False)
    """Shape (6, 2): eyes (the picture's left one first), nose tip, mouth, ears."""
    score: float
    """0 to 1, higher is surer."""

    def overlap(self, other: "FaceBox") -> float:
        """Shared area as a share of the area that both cover together."""
        reach = (self.side_px + other.side_px) / 2 - np.abs(self.centre_px - other.centre_px)
        shared = float(np.prod(np.clip(reach, 0.0, min(self.side_px, other.side_px))))
        return shared / (self.side_px**2 + other.side_px**2 - shared)


class FaceDetector:
    """Looks for boxes; constructed once."""

    def __init__(self, net: cv2.dnn.Net) -> None:
        self._net = net

    def look(self, pyramid: Pyramid, *, long_px: int) -> list[FaceBox]:
        """The boxes seen when the frame's longer side is `long_px`, surest first."""
        picture = pyramid.fitted(long_px)
        below, right = (-side % 16 for side in picture.shape[:2])
        padded = cv2.copyMakeBorder(picture, 0, below, 0, right, cv2.BORDER_CONSTANT, value=GREY)
        self._net.setInput(cv2.dnn.blobFromImage(padded, 1 / 127.5, mean=(127.5, 127.5, 127.5)))
        logits, rows = (np.asarray(output, np.float64) for output in self._net.forward(OUTPUTS))
        boxes = _boxes(
            logits.ravel(),
            rows.reshape(-1, 8, 2),
            anchors=_anchors(padded.shape[0], padded.shape[1]),
            scale=long_px / pyramid.long_px,
        )
        return _distinct(list(boxes))


@lru_cache(maxsize=16)
def _anchors(height_px: int, width_px: int) -> NDArray[np.float64]:
    """Centres of the anchors in input pixels as (x, y), row by row, the fine grid first."""
    centres = []
    for cell_px, repeats in GRIDS:
        rows, columns = (np.arange(side // cell_px) * cell_px + cell_px / 2 for side in (height_px, width_px))
        grid = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
        centres.append(np.repeat(grid, repeats, axis=0))
    return np.concatenate(centres)


def _boxes(
    logits: NDArray[np.float64], rows: NDArray[np.float64], *, anchors: NDArray[np.float64], scale: float
) -> Iterator[FaceBox]:
    """A row is the box's middle, its sides and six points; all but the sides are relative to the anchor."""
    scores = 1 / (1 + np.exp(-np.clip(logits, -LOGIT_MAX, LOGIT_MAX)))
    for index in np.flatnonzero((scores >= SCORE_MIN) & (rows[:, 1].max(axis=1) >= SIDE_MIN_PX)):
        middle, sides, points = rows[index, 0], rows[index, 1], rows[index, 2:]
        yield FaceBox(
            centre_px=(middle + anchors[index]) / scale,
            side_px=float(sides.max()) / scale,
            points_px=(points + anchors[index]) / scale,
            score=float(scores[index]),
        )


def _distinct(boxes: list[FaceBox]) -> list[FaceBox]:
    """One box a face, the surest."""
    kept: list[FaceBox] = []
    for box in sorted(boxes, key=lambda box: -box.score):
        if all(box.overlap(other) <= OVERLAP_MAX for other in kept):
            kept.append(box)
    return kept
