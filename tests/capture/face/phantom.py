"""A face of points alone, for what needs no picture."""

from math import cos, radians, sin

import numpy as np

from capture.face.geometry import PITCH_ZERO_DEG
from capture.face.points import (
    BRIDGE,
    CHIN,
    COUNT,
    EAR_LEFT,
    EAR_RIGHT,
    EYE_LEFT_INNER,
    EYE_LEFT_OUTER,
    EYE_RIGHT_INNER,
    EYE_RIGHT_OUTER,
    FOREHEAD,
    LIDS,
    LIPS_LOWER,
    LIPS_UPPER,
    Points,
)

# Units: half the distance between the eye centres; the origin is between the eyes.
_PLACES = {
    EYE_RIGHT_OUTER: (-1.4, 0.0),
    EYE_RIGHT_INNER: (-0.6, 0.0),
    EYE_LEFT_INNER: (0.6, 0.0),
    EYE_LEFT_OUTER: (1.4, 0.0),
    EAR_RIGHT: (-2.15, 0.3),
    EAR_LEFT: (2.15, 0.3),
    BRIDGE: (0.0, -0.1),
    FOREHEAD: (0.0, -1.6),
    CHIN: (0.0, 3.4),
}


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
    points = np.zeros((COUNT, 3))
    for index, place in _PLACES.items():
        points[index, :2] = place
    _open(points, lids=0.3, lips=lips)
    # Foreheads are nearer to the camera than chins: that tilt is the zero of the pitch.
    points = points @ _about_x(PITCH_ZERO_DEG + pitch_deg).T @ _about_y(yaw_deg).T @ _about_z(roll_deg).T
    return points * (inter_eye_px / 2) + (*eyes_px, 0.0)


def _open(points: Points, *, lids: float, lips: float) -> None:
    for middle, (_, upper, _, lower) in zip((-1.0, 1.0), LIDS, strict=True):
        across = middle + np.linspace(-0.3, 0.3, 7)
        points[list(upper), :2] = np.stack([across, np.full(7, -lids / 2)], axis=1)
        points[list(lower[::-1]), :2] = np.stack([across, np.full(7, lids / 2)], axis=1)
    across = np.linspace(-0.4, 0.4, 5)
    points[list(LIPS_UPPER), :2] = np.stack([across, np.full(5, 2.2 - lips / 2)], axis=1)
    points[list(LIPS_LOWER), :2] = np.stack([across, np.full(5, 2.2 + lips / 2)], axis=1)


def _about_x(degrees: float) -> Points:
    c, s = cos(radians(degrees)), sin(radians(degrees))
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def _about_y(degrees: float) -> Points:
    c, s = cos(radians(degrees)), sin(radians(degrees))
    return np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]])


def _about_z(degrees: float) -> Points:
    c, s = cos(radians(degrees)), sin(radians(degrees))
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
