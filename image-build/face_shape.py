"""Make capture/face/shape.json: the average face that poses are measured against.

Made from what the landmark network says of the 100 portraits of 25 x 25 pixels in scikit-image's wheel (a part of
Labeled Faces in the Wild), each also mirrored. Only their mean is kept, nobody's own landmarks.

    PYTHONPATH=. python image-build/face_shape.py
"""

import json
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from capture.face.detect import FaceBox
from capture.face.mesh import FaceMesh, Mesh
from capture.face.models import load_models
from capture.face.points import (
    COUNT,
    EYE_LEFT_INNER,
    EYE_LEFT_OUTER,
    EYE_RIGHT_INNER,
    EYE_RIGHT_OUTER,
    Points,
)
from capture.face.pyramid import Pyramid
from capture.face.shape import FILE
from drivers.contract import RgbPixels

PORTRAITS = 100
"""The first pictures of the set show faces, the others none."""
ENLARGEMENT = 8
FACE = FaceBox(
    centre_px=np.array([100.0, 105.0]), side_px=150.0, points_px=np.array([[60.0, 80.0], [140.0, 80.0]]), score=1.0
)
"""Where the face is in every one of them, enlarged."""
EARS, ORBITS = [234, 454], [119, 348]
"""Points at the ears' openings and below the eyes on the lower edge of the orbits: the Frankfurt plane."""
ROUNDS = 3
SOURCE = "Mean of MediaPipe face_landmark (Apache-2.0) over 96 small portraits: image-build/face_shape.py"
UNIT = "thousandths of the distance between the eye centres"


def portraits() -> list[RgbPixels]:
    """The pictures, RGB, enlarged. :raises: SystemExit when the package is not installed."""
    spec = find_spec("skimage")
    if spec is None or spec.origin is None:
        raise SystemExit("scikit-image, whose wheel holds the portraits, is not installed")
    grey = np.load(Path(spec.origin).parent / "data" / "lfw_subset.npy")[:PORTRAITS]
    return [enlarged((255 * one).round().astype(np.uint8)) for one in grey]


def enlarged(grey: NDArray[np.uint8]) -> RgbPixels:
    """A picture as the network wants it."""
    large = cv2.resize(grey, None, fx=ENLARGEMENT, fy=ENLARGEMENT, interpolation=cv2.INTER_CUBIC)
    return np.asarray(cv2.cvtColor(large, cv2.COLOR_GRAY2RGB), np.uint8)


def read(mesh: FaceMesh, picture: RgbPixels) -> Points | None:
    """The face's points, each time from the crop that the ones before define; None where there is no face."""
    pyramid = Pyramid(picture)
    found = mesh.placed(pyramid, FACE)
    for _ in range(ROUNDS - 1):
        found = mesh.placed(pyramid, box_of(found))
    return found.points if found.is_face else None


def box_of(mesh: Mesh) -> FaceBox:
    """The box around a mesh, with its eyes."""
    flat = mesh.points[:, :2]
    low, high = flat.min(axis=0), flat.max(axis=0)
    eyes = flat[[EYE_RIGHT_OUTER, EYE_LEFT_OUTER]]
    return FaceBox(centre_px=(low + high) / 2, side_px=float((high - low).max()), points_px=eyes, score=1.0)


def apart(straight: Points, back: Points) -> NDArray[np.float64]:
    """How far each point is from each one of the mirrored picture, brought back and laid over it, over its size."""
    shift = straight.mean(axis=0) - back.mean(axis=0)
    gaps = np.linalg.norm(straight[:, None] - (back + shift)[None], axis=2) / np.ptp(straight[:, 0])
    return np.asarray(gaps + gaps.T, np.float64)


def pairs(gaps: NDArray[np.float64]) -> NDArray[np.intp]:
    """Each point's counterpart on the other side. :raises: SystemExit when that is ambiguous."""
    partner = np.asarray(linear_sum_assignment(gaps)[1], np.intp)
    if not (partner[partner] == np.arange(len(partner))).all():
        raise SystemExit("left and right of the mesh cannot be told apart")
    return partner


def laid_on(points: Points, target: Points) -> Points:
    """The points after the similarity that brings them nearest to the target."""
    centred, goal = points - points.mean(axis=0), target - target.mean(axis=0)
    left, strengths, right = np.linalg.svd(centred.T @ goal)
    return np.asarray(centred @ (left @ right) * (strengths.sum() / (centred**2).sum()), np.float64)


def normalised(points: Points) -> Points:
    """Eyes level and one unit apart, the origin between them, ears and orbits level."""
    right = points[[EYE_RIGHT_OUTER, EYE_RIGHT_INNER]].mean(axis=0)
    left = points[[EYE_LEFT_OUTER, EYE_LEFT_INNER]].mean(axis=0)
    centred = (points - (right + left) / 2) / np.linalg.norm(left - right)
    back = centred[EARS].mean(axis=0) - centred[ORBITS].mean(axis=0)
    cosine, sine = back[[2, 1]] / np.hypot(back[1], back[2])
    return np.asarray(centred @ np.array([[1, 0, 0], [0, cosine, sine], [0, -sine, cosine]]), np.float64)


def averaged(meshes: list[Points], partner: NDArray[np.intp]) -> Points:
    """The symmetric mean of the faces, whatever their size and pose."""
    average = meshes[0]
    for _ in range(ROUNDS):
        average = np.mean([laid_on(one, average) for one in meshes], axis=0)
        average = (average + average[partner] * (-1, 1, 1)) / 2
    return average


def written(points: Points) -> str:
    """The file's text."""
    rows = ",\n".join(json.dumps(row) for row in (points * 1000).round().astype(int).tolist())
    return f'{{"source": "{SOURCE}",\n"unit": "{UNIT}",\n"points": [\n{rows}\n]}}\n'


def main() -> None:
    """Read, pair, average, write."""
    mesh = FaceMesh(load_models().mesh)
    meshes, gaps = [], np.zeros((COUNT, COUNT))
    for picture in portraits():
        straight, flipped = read(mesh, picture), read(mesh, np.ascontiguousarray(picture[:, ::-1]))
        if straight is None or flipped is None:
            continue
        gaps += apart(straight, flipped * (-1, 1, 1) + (picture.shape[1] - 1, 0, 0))
        meshes += [straight, flipped]
    FILE.write_text(written(normalised(averaged(meshes, pairs(gaps)))), "utf-8")


if __name__ == "__main__":
    main()
