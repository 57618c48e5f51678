"""The 468 points of an average face, held straight: what a pose is measured against.

`shape.json` is made by image-build/face_shape.py: the mean of what the network itself says of 96 small portraits, each
also mirrored, so that the face is symmetric. *Straight* is anatomical: the ears' and the orbits' lower edges are level
(the Frankfurt plane).
"""

import json
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from capture.face.points import COUNT, Points

FILE = Path(__file__).resolve().parent / "shape.json"


@cache
def shape() -> Points:
    """The average face, shape (468, 3), read-only. The unit is the distance between the eye centres.

    The origin is the middle between them; x grows to the client's left, y down, z away from the camera.
    """
    points = np.array(json.loads(FILE.read_text("utf-8"))["points"], np.float64).reshape(COUNT, 3) / 1000
    points.setflags(write=False)
    return points


@cache
def mirrored() -> NDArray[np.intp]:
    """For each point the index of its counterpart on the other side of the face, shape (468,)."""
    other = shape() * (-1, 1, 1)
    return np.asarray(np.linalg.norm(other[:, None] - shape()[None], axis=2).argmin(axis=1), np.intp)
