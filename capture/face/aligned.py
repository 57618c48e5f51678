"""The aligned face: every face at the same place and size, which is where ISO/IEC 29794-5 looks at light and colour.

Source: facts/face-quality.md, common preparation, steps 4 and 7, and the terms below it.
"""

from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.face.landmarks import (
    MOUTH_CENTRE,
    MOUTH_CORNERS,
    NOSE_TIP,
    Landmarks,
    between_eyes,
    distance,
    eye_centres,
    inter_eye_px,
    middle,
)
from capture.face.measures import luminance_of
from capture.face.pyramid import moved
from drivers.contract import GreyPixels, RgbPixels

SIDE_PX = 616
"""Side of the aligned face."""
TARGETS_PX = np.array([(251.0, 272.0), (364.0, 272.0), (308.0, 336.0), (262.0, 402.0), (355.0, 402.0)])
"""Where eye centres, nose tip and corners of the mouth are taken to."""
HULL_PX = 224
"""Side of the picture in which the region is drawn before it is scaled back."""
CHEEK_RATIO = 0.3
"""Side of a cheek square as a share of the distance between the eyes."""


@dataclass(frozen=True)
class AlignedFace:
    """A face of 616 x 616 pixels."""

    pixels: RgbPixels = field(repr=False)
    """Shape (616, 616, 3), RGB; black beyond the picture."""
    inside: NDArray[np.bool_] = field(repr=False)
    """Shape (616, 616): what the picture shows."""
    landmarks: Landmarks = field(repr=False)
    """In the aligned face, whole pixels."""

    @classmethod
    def of(cls, picture: RgbPixels, landmarks: Landmarks) -> "AlignedFace | None":
        """The face with these landmarks; None where they are no face, all at one place.

        :param picture: shape (height_px, width_px, 3), RGB.
        """
        left, right = eye_centres(landmarks)
        source = np.array([left, right, landmarks[NOSE_TIP], *(landmarks[corner] for corner in MOUTH_CORNERS)])
        found, _ = cv2.estimateAffinePartial2D(source, TARGETS_PX, method=cv2.LMEDS)
        if found is None or not np.isfinite(found).all():
            return None
        affine = np.asarray(found, np.float64)
        return cls(
            pixels=np.asarray(cv2.warpAffine(picture, affine, (SIDE_PX, SIDE_PX)), np.uint8),
            inside=_filled(moved(_outline(picture), affine), side_px=SIDE_PX),
            landmarks={number: np.rint(moved(place[None], affine)[0]) for number, place in landmarks.items()},
        )

    @cached_property
    def luminance(self) -> GreyPixels:
        """Shape (616, 616)."""
        return luminance_of(self.pixels)

    @cached_property
    def region(self) -> NDArray[np.bool_]:
        """Shape (616, 616): the filled convex hull of the landmarks."""
        small = np.array(list(self.landmarks.values())) * (HULL_PX / SIDE_PX)
        drawn = _filled(small, side_px=HULL_PX).astype(np.uint8)
        return cv2.resize(drawn, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_NEAREST) > 0

    @cached_property
    def histogram(self) -> NDArray[np.float64]:
        """Shape (256,): the region's luminance, as counts."""
        return np.bincount(self.luminance[self.region], minlength=256).astype(np.float64)

    @cached_property
    def cheeks(self) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
        """Rows and columns of both squares, the picture's left one first; each reaches outward from its eye centre."""
        side = int(CHEEK_RATIO * inter_eye_px(self.landmarks))
        mouth = middle(self.landmarks, MOUTH_CENTRE)
        below = int(distance(between_eyes(self.landmarks), mouth) / 2)
        (left_x, left_y), (right_x, right_y) = (eye.astype(int) for eye in eye_centres(self.landmarks))
        return (
            (_span(left_y + below, side), _span(left_x - side, side)),
            (_span(right_y + below, side), _span(right_x, side)),
        )


def _outline(picture: RgbPixels) -> NDArray[np.float64]:
    """The centres of the picture's corner pixels, shape (4, 2)."""
    bottom, right = picture.shape[0] - 1.0, picture.shape[1] - 1.0
    return np.array([(0.0, 0.0), (right, 0.0), (right, bottom), (0.0, bottom)])


def _filled(places: NDArray[np.float64], *, side_px: int) -> NDArray[np.bool_]:
    """The convex hull of some places, in a square picture."""
    mask = np.zeros((side_px, side_px), np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(places.round().astype(np.int32)), (1,))
    return mask > 0


def _span(start: int, length: int) -> slice:
    return slice(max(0, start), max(0, start + length))
