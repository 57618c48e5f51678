"""Both irises and the contours of the eyes, in frame pixels.

The network reads an upright square of 64 x 64 pixels around one eye. It was made for eyes with the outer corner on the
left, as the client's right eye is in a picture; the left one is mirrored for it and its points are mirrored back.
Source: facts/face-cctv-console.md, first section (scaling of the input, order of the outputs); MediaPipe's
iris_landmark module (Apache-2.0) for the size of the crop.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.face.points import EYE_LEFT_INNER, EYE_LEFT_OUTER, EYE_RIGHT_INNER, EYE_RIGHT_OUTER, Points
from capture.face.pyramid import Affine, Pyramid, after, inverse, moved, scale_of, upright

INPUT_PX = 64
"""Side of the network's input."""
CROP_RATIO = 2.3
"""Side of the crop as a multiple of the distance between the eye's corners."""
CONTOUR_COUNT, IRIS_COUNT = 71, 5
"""Points of an eye's contour (16 of the lids, then rings around the eye and the brow), and of an iris: its middle, then
four on its edge."""
MIRROR = np.array([[-1.0, 0.0, INPUT_PX - 1.0], [0.0, 1.0, 0.0]])
"""Left becomes right inside the crop."""


@dataclass(frozen=True, slots=True)
class Iris:
    """One eye as the network sees it."""

    centre_px: NDArray[np.float64] = field(repr=False)
    """Middle of the iris, shape (2,): x and y."""
    radius_px: float
    """Mean distance of the four edge points from the middle."""
    contour_px: NDArray[np.float64] = field(repr=False)
    """Shape (71, 2): the lids first, then what surrounds the eye."""


@dataclass(frozen=True, slots=True)
class Irises:
    """Both eyes by the client's own sides."""

    right: Iris
    """The client's right eye, on the picture's left."""
    left: Iris
    """The client's left eye."""

    def moved(self, affine: Affine) -> "Irises":
        """Both after a similarity, such as the one from frame to portrait."""
        return Irises(_moved(self.right, affine), _moved(self.left, affine))


class IrisReader:
    """Finds irises in eyes whose corners are known; constructed once."""

    def __init__(self, net: cv2.dnn.Net) -> None:
        self._net = net
        self._outputs = net.getUnconnectedOutLayersNames()

    def irises(self, pyramid: Pyramid, points: Points) -> Irises:
        """The irises of the face that the points lie on. An eye that is shut has guessed ones.

        :param points: shape (468, 3), in frame pixels.
        """
        return Irises(
            right=self._read(pyramid, _crop(points[EYE_RIGHT_OUTER, :2], points[EYE_RIGHT_INNER, :2])),
            left=self._read(pyramid, after(MIRROR, _crop(points[EYE_LEFT_INNER, :2], points[EYE_LEFT_OUTER, :2]))),
        )

    def _read(self, pyramid: Pyramid, affine: Affine) -> Iris:
        crop = pyramid.crop(affine, size_px=(INPUT_PX, INPUT_PX))
        self._net.setInput(cv2.dnn.blobFromImage(crop, 1 / 255))
        iris, contour = sorted((output.ravel() for output in self._net.forward(self._outputs)), key=len)
        back = inverse(affine)
        ring = moved(iris.reshape(IRIS_COUNT, 3).astype(np.float64), back)[:, :2]
        return Iris(
            centre_px=ring[0],
            radius_px=float(np.linalg.norm(ring[1:] - ring[0], axis=1).mean()),
            contour_px=moved(contour.reshape(CONTOUR_COUNT, 3).astype(np.float64), back)[:, :2],
        )


def _moved(iris: Iris, affine: Affine) -> Iris:
    return Iris(
        centre_px=moved(iris.centre_px[None], affine)[0],
        radius_px=iris.radius_px * scale_of(affine),
        contour_px=moved(iris.contour_px, affine),
    )


def _crop(first: NDArray[np.float64], second: NDArray[np.float64]) -> Affine:
    """From frame to crop: the middle between the corners into the middle, the corners level."""
    across = second - first
    scale = INPUT_PX / (CROP_RATIO * float(np.linalg.norm(across)))
    return upright((first + second) / 2, across=across, scale=scale, side_px=INPUT_PX)
