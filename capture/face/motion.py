"""Whether a face moved while it was taken. Pure.

Motion wipes out detail in its own direction only; a lens that is out of focus does so in every direction. Own measure.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.face.measures import Region
from drivers.contract import GreyPixels

DIRECTIONS = 24
"""Directions that are compared, over half a turn."""
SMOOTHING_PX = 1.0
"""Deviation of the blur that comes first, so that noise does not pass for detail."""

DETAIL_MIN = 1.0
"""Mean square slope, in grey levels, below which there is no detail to judge by; faces have 100 and more."""


def motion_ratio(grey: GreyPixels, region: Region) -> float | None:
    """Fineness of detail in the direction that has least of it, over that in the direction that has most; 1 is even.

    Fineness along a direction is the power of the second derivative over that of the first. None in a region without
    any detail.

    :param grey: shape (height_px, width_px).
    """
    rows, columns = (np.flatnonzero(region.any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return None
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    smooth, inside = cv2.GaussianBlur(grey[part].astype(np.float32), (0, 0), SMOOTHING_PX), region[part]
    slopes = _moments(smooth, inside, orders=((1, 0), (0, 1)))
    bends = _moments(smooth, inside, orders=((2, 0), (1, 1), (0, 2)))
    angles = np.arange(DIRECTIONS) * np.pi / DIRECTIONS
    c, s = np.cos(angles), np.sin(angles)
    first, second = np.stack([c, s]), np.stack([c * c, 2 * c * s, s * s])
    slope, bend = ((weights * (power @ weights)).sum(axis=0) for weights, power in ((first, slopes), (second, bends)))
    if slope.min() < DETAIL_MIN:
        return None
    fineness = bend / slope
    return float(fineness.min() / fineness.max())


def _moments(smooth: cv2.typing.MatLike, inside: Region, *, orders: tuple[tuple[int, int], ...]) -> NDArray[np.float64]:
    """Mean products of derivatives, shape (n, n)."""
    values = np.stack([cv2.Sobel(smooth, cv2.CV_32F, *order)[inside] for order in orders]).astype(np.float64)
    products: NDArray[np.float64] = values @ values.T / values.shape[1]
    return products
