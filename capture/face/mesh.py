"""468 points of a face, in frame pixels, and whether it is a face at all.

The network reads an upright square of 192 x 192 pixels that is cut out of the frame, turned so that the eyes are level.
Source: facts/face-cctv-console.md, first section: size of the crop, scaling of the input, order of the outputs.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.face.detect import FaceBox
from capture.face.points import COUNT, EYE_LEFT_OUTER, EYE_RIGHT_OUTER, Points
from capture.face.pyramid import Affine, Pyramid, after, inverse, moved, turn, upright
from capture.face.shape import mirrored

INPUT_PX = 192
"""Side of the network's input."""
CROP_RATIO = 1.5
"""Side of the crop as a multiple of the face's box."""
MIRROR = np.array([[-1.0, 0.0, INPUT_PX - 1.0], [0.0, 1.0, 0.0]])
"""Left becomes right inside the crop."""
FLAG_MIN = 3.0
"""The flag as a logit; 3 is a probability of 0.95. Own calibration: 100 small portraits gave 8 and more in 95 of 100,
their 100 counterparts without a face -5 and less in 95 of 100 and 4 at most; textures -2 and less."""


@dataclass(frozen=True, slots=True)
class Mesh:
    """What the network said about one crop."""

    points: Points = field(repr=False)
    """All points, in frame pixels."""
    flag: float
    """How sure it is that the crop shows a face, as a logit."""

    @property
    def is_face(self) -> bool:
        """Whether this is a face rather than a texture."""
        return self.flag >= FLAG_MIN

    @property
    def side_px(self) -> float:
        """The longer side of the box around all points: a face's size, more exact than the detector's box."""
        return float(np.ptp(self.points[:, :2], axis=0).max())

    def holds(self, place: NDArray[np.float64]) -> bool:
        """Whether a place (x, y) is within the box around all points."""
        low, high = self.points[:, :2].min(axis=0), self.points[:, :2].max(axis=0)
        return bool(((low <= place) & (place <= high)).all())


class FaceMesh:
    """Puts points on a face; constructed once."""

    def __init__(self, net: cv2.dnn.Net) -> None:
        self._net = net
        self._outputs = net.getUnconnectedOutLayersNames()

    def placed(self, pyramid: Pyramid, box: FaceBox) -> Mesh:
        """The points of what is in the box."""
        right, left = box.points_px[:2]
        return self._read(pyramid, _crop(box.centre_px, side_px=box.side_px, across=left - right))

    def refined(self, pyramid: Pyramid, points: Points) -> Mesh:
        """The points again, from a crop that the first ones define: the mean of what the network says of it and of its
        mirror image.

        Own calibration: the points of one face in fifteen sizes and rotations then agree within 1 % of the eyes'
        distance instead of 2 to 4 %; mirroring takes away a quarter of the scatter in yaw and pitch, and all that is
        not the same to the left and to the right.
        """
        across = points[EYE_LEFT_OUTER, :2] - points[EYE_RIGHT_OUTER, :2]
        level = turn(across)
        levelled = points[:, :2] @ level.T
        low, high = levelled.min(axis=0), levelled.max(axis=0)
        centre = level.T @ ((low + high) / 2)
        crop = _crop(centre, side_px=float((high - low).max()), across=across)
        straight, flipped = self._read(pyramid, crop), self._read(pyramid, after(MIRROR, crop))
        return Mesh((straight.points + flipped.points[mirrored()]) / 2, (straight.flag + flipped.flag) / 2)

    def _read(self, pyramid: Pyramid, affine: Affine) -> Mesh:
        crop = pyramid.crop(affine, size_px=(INPUT_PX, INPUT_PX))
        self._net.setInput(cv2.dnn.blobFromImage(crop, 1 / 255))
        flag, points = sorted((output.ravel() for output in self._net.forward(self._outputs)), key=len)
        in_crop = points.reshape(COUNT, 3).astype(np.float64)
        return Mesh(moved(in_crop, inverse(affine)), float(flag[0]))


def _crop(centre: NDArray[np.float64], *, side_px: float, across: NDArray[np.float64]) -> Affine:
    """From frame to crop, for a face of this size."""
    return upright(centre, across=across, scale=INPUT_PX / (CROP_RATIO * side_px), side_px=INPUT_PX)
