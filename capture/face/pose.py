"""How a head is held, from all its points: the rotation that lays the average face onto them.

Only x and y of the points are used: the nose and the ears, before and behind the eyes, move against them in a turn. The
network's own depths show two thirds of a yaw, and their zero of pitch differs by degrees from face to face.

Own calibration, with both bundled photographs (not among those that the average face was made from) rendered in space
and turned by known angles (tests/capture/face/turning.py): within 10 degrees of yaw, pitch or both a change reads with
a standard deviation of 0.7 degrees, 1.5 at worst; gains are 0.9 to 1.0. The zero of yaw is the face's symmetry, for
everybody. The zero of pitch is the Frankfurt plane: both photographs read 2.3 degrees, 0.1 apart, and how these people
held their heads is not known. A mouth that closes moves pitch by 2. The depths of that rendering are the network's too:
real heads will show how true they are.
"""

from dataclasses import dataclass
from math import asin, atan2, degrees

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.face.points import Points
from capture.face.shape import shape

MOUTH_TOP = 0.76
"""From here down, in distances between the eye centres below them, a face moves when it speaks or smiles."""
MOUTH_WEIGHT = 0.2
"""Weight of a point there, beside 1 above. Own calibration: less lets a nod fade, more lets a smile nod."""
ROUNDS = 4
"""Steps of Gauss and Newton; a fifth would change less than a thousandth of a degree."""
MOVES = np.array([np.cross(axis, np.eye(3)).T for axis in np.eye(3)] + [np.eye(3)])
"""What a small turn about each axis, and a small growth, do to a point: four matrices."""
IN_PICTURE = np.array([1.0, 1.0, 0.0])
"""Weights of x, y and z."""

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
    rotation = _rotation(points)
    return Pose(
        yaw_deg=degrees(asin(np.clip(rotation[2, 0], -1.0, 1.0))),
        pitch_deg=degrees(atan2(rotation[2, 1], rotation[2, 2])),
        roll_deg=degrees(atan2(rotation[1, 0], rotation[0, 0])),
    )


def _rotation(points: Points) -> Rotation:
    """The least-squares rotation of the average face, enlarged and projected in parallel, onto the points.

    Only second moments of the two clouds enter, so that a step costs the same however many points there are.
    """
    weights = np.where(shape()[:, 1] > MOUTH_TOP, MOUTH_WEIGHT, 1.0)
    face, seen = (cloud - np.average(cloud, axis=0, weights=weights) for cloud in (shape(), points))
    own, shared = face.T @ (face * weights[:, None]), seen.T @ (face * weights[:, None])
    # depths are good enough to begin with
    left, strengths, right = np.linalg.svd(shared)
    rotation, scale = left @ np.diag([1, 1, np.linalg.det(left @ right)]) @ right, strengths.sum() / np.trace(own)
    for _ in range(ROUNDS):
        laid = scale**2 * rotation @ own @ rotation.T
        missed = scale * shared @ rotation.T - laid
        curvature = np.einsum("iab,bc,jac,a->ij", MOVES, laid, MOVES, IN_PICTURE)
        turn_x, turn_y, turn_z, growth = np.linalg.solve(curvature, np.einsum("iab,ab,a->i", MOVES, missed, IN_PICTURE))
        rotation = _about(np.array([turn_x, turn_y, turn_z])) @ rotation
        scale *= 1 + growth
    return np.asarray(rotation, np.float64)


def _about(turn: NDArray[np.float64]) -> Rotation:
    """The rotation about an axis by its length in radians."""
    return np.asarray(cv2.Rodrigues(turn)[0], np.float64)
