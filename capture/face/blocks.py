"""Whether a frame was squeezed on its way: the 8 x 8 grid that strong JPEG leaves behind.

Cameras that deliver Motion JPEG can be set to a quality at which the face is made of squares. The portrait is a scaled
and turned copy, in which the grid cannot be found any more, so it is looked for in the frame itself. No figure made
here is an OFIQ value: the standard's component for this is a network's.
"""

import numpy as np
from numpy.typing import NDArray

from capture.face.measures import grey_of
from capture.face.points import Points
from drivers.contract import RgbPixels

BLOCK_PX = 8
"""Side of a JPEG block. Source: ITU-T T.81."""
FACE_MIN_PX = 8 * BLOCK_PX
"""A face of fewer pixels has too few edges of blocks to tell."""


def blockiness_ratio(frame: RgbPixels, points: Points) -> float | None:
    """How much steeper the face is across the grid than between; 1 without a grid, None for a tiny face.

    Looked for at each of the eight places where the grid may lie, because a frame may have been cut.

    :param frame: shape (height_px, width_px, 3), RGB, as the camera gave it.
    :param points: the face's points in the frame, shape (468, 3).
    """
    (left, top), (right, bottom) = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    face = frame[max(0, int(top)) : int(bottom), max(0, int(left)) : int(right)]
    if min(face.shape[:2]) < FACE_MIN_PX:
        return None
    grey = grey_of(face).astype(np.float32)
    return min(_steeper(grey), _steeper(grey.T))


def _steeper(grey: NDArray[np.float32]) -> float:
    """Across columns: the steepest of the eight phases over the median of them.

    A step counts by how much it exceeds its neighbours, so that detail of the face itself does not.
    """
    steps = np.abs(np.diff(grey, axis=1))
    beside = (steps[:, :-2] + steps[:, 2:]) / 2
    excess = np.maximum(0.0, steps[:, 1:-1] - beside).mean(axis=0)
    phases = np.array([excess[phase::BLOCK_PX].mean() for phase in range(BLOCK_PX)])
    return float(phases.max() / max(float(np.median(phases)), np.finfo(np.float32).tiny))
