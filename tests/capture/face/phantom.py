"""A face of points alone, of average shape, for what needs no picture."""

from math import cos, radians, sin

import numpy as np

from capture.face.points import LIDS, LIPS_LOWER, LIPS_UPPER, Points
from capture.face.shape import shape


def phantom(
    inter_eye_px: float,
    *,
    eyes_px: tuple[float, float] = (0.0, 0.0),
    yaw_deg: float = 0.0,
    pitch_deg: float = 0.0,
    roll_deg: float = 0.0,
    lips: float = 0.0,
) -> Points:
    """A face turned in space about the point between its eyes; `lips` is their gap over half the eyes' distance."""
    points = shape() * 2
    _open(points, lids=0.3, lips=lips)
    points = points @ _about_x(pitch_deg).T @ _about_y(yaw_deg).T @ _about_z(roll_deg).T
    return points * (inter_eye_px / 2) + (*eyes_px, 0.0)


def _open(points: Points, *, lids: float, lips: float) -> None:
    """Lids and inner lips by pairs one above the other, the middle of each gap where the average face has it."""
    pairs = [(upper, lower[::-1], lids) for _, upper, _, lower in LIDS]
    for upper, lower, gap in (*pairs, (LIPS_UPPER, LIPS_LOWER, lips)):
        middle, half = (points[list(upper)] + points[list(lower)]) / 2, np.array([0.0, gap / 2, 0.0])
        points[list(upper)] = middle - half
        points[list(lower)] = middle + half


def _about_x(degrees: float) -> Points:
    c, s = cos(radians(degrees)), sin(radians(degrees))
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def _about_y(degrees: float) -> Points:
    c, s = cos(radians(degrees)), sin(radians(degrees))
    return np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]])


def _about_z(degrees: float) -> Points:
    c, s = cos(radians(degrees)), sin(radians(degrees))
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
