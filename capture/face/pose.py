"""How a head is held, from all its points: the rotation that lays the average face onto them.

Own calibration, with both bundled photographs rendered in space on their own meshes and turned by known angles
(tests/capture/face/turning.py): within 10 degrees of yaw, pitch or both a change is read with a standard deviation of
0.6 degrees, 1.4 at worst; gains are 0.92 to 1.0. The zero of yaw is the face's symmetry, the same for everybody. The
zero of pitch is the Frankfurt plane of an average face: the photographs read 2.8 and -0.5, and how these two people
really held their heads is not known, so one face's zero is uncertain by about 3 degrees. A smile moves it by 2.
"""

from dataclasses import dataclass
from math import asin, atan2, degrees

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.face.points import Points
from capture.face.shape import shape

YAW_DEPTH_WEIGHT = 0.0
"""The network's depths show two thirds of a yaw: it is read from x and y alone, where the nose and the ears, before and
behind the eyes, move against them. Own calibration."""
PITCH_DEPTH_WEIGHT = 0.4
"""Squared weight of depths beside x and y. Without them a long face reads as a nodding one, with them alone a nod is
overstated by 7 %. Own calibration."""
ROUNDS = 4
"""Steps of Gauss and Newton; a fifth would change less than a thousandth of a degree."""
MOVES = np.array([np.cross(axis, np.eye(3)).T for axis in np.eye(3)] + [np.eye(3)])
"""What a small turn about each axis, and a small growth, do to a point: four matrices."""

Rotation = NDArray[np.float64]
"""Shape (3, 3)."""


@dataclass(frozen=True, slots=True)
class Pose:
    """Rotation of a head about the camera's axes, in the order pitch, yaw, roll."""

    yaw_deg: float
    """Turned: positive to the client's left."""
    pitch_deg: float
    """Nodded: positive with the chin down."""
    roll_deg: float
    """Tilted: positive to the client's left shoulder."""


def pose_of(points: Points) -> Pose:
    """The pose of the face that the points lie on. :param points: shape (468, 3)."""
    across = _pose(_rotation(points, depth_weight=YAW_DEPTH_WEIGHT))
    return Pose(
        yaw_deg=across.yaw_deg,
        pitch_deg=_pose(_rotation(points, depth_weight=PITCH_DEPTH_WEIGHT)).pitch_deg,
        roll_deg=across.roll_deg,
    )


def _pose(rotation: Rotation) -> Pose:
    return Pose(
        yaw_deg=degrees(asin(np.clip(rotation[2, 0], -1.0, 1.0))),
        pitch_deg=degrees(atan2(rotation[2, 1], rotation[2, 2])),
        roll_deg=degrees(atan2(rotation[1, 0], rotation[0, 0])),
    )


def _rotation(points: Points, *, depth_weight: float) -> Rotation:
    """The least-squares rotation of the average face, enlarged and projected in parallel, onto the points.

    Only second moments of the two clouds enter, so that a step costs the same however many points there are.
    """
    face, seen = shape() - shape().mean(axis=0), points - points.mean(axis=0)
    own, shared = face.T @ face, seen.T @ face
    left, strengths, right = np.linalg.svd(shared)
    rotation, scale = left @ np.diag([1, 1, np.linalg.det(left @ right)]) @ right, strengths.sum() / np.trace(own)
    weights = np.array([1.0, 1.0, depth_weight])
    for _ in range(ROUNDS):
        laid = scale**2 * rotation @ own @ rotation.T
        missed = scale * shared @ rotation.T - laid
        curvature = np.einsum("iab,bc,jac,a->ij", MOVES, laid, MOVES, weights)
        turn_x, turn_y, turn_z, growth = np.linalg.solve(curvature, np.einsum("iab,ab,a->i", MOVES, missed, weights))
        rotation = _about(np.array([turn_x, turn_y, turn_z])) @ rotation
        scale *= 1 + growth
    return np.asarray(rotation, np.float64)


def _about(turn: NDArray[np.float64]) -> Rotation:
    """The rotation about an axis by its length in radians."""
    return np.asarray(cv2.Rodrigues(turn)[0], np.float64)
