"""The fallback reader, without networks: faces and their eyes by the cascades that come with OpenCV.

It knows where the eyes are, so that a portrait can be framed on a head of average proportions, and nothing else.
Own calibration, on both bundled photographs in nine variants each and 17 pictures without a face: every face was found,
and one more (on coins); the eyes of the one without glasses always, within 7 % of their distance of where the networks
see them; behind thick glasses they are mostly not found. Source: facts/face-cctv-console.md section 3.
"""

from collections.abc import Iterator
from itertools import product

import cv2
import numpy as np
from cv2.data import haarcascades
from numpy.typing import NDArray

from capture.errors import FaceModelsMissing
from capture.face.geometry import estimated
from capture.face.measures import grey_of
from capture.face.pyramid import Affine, Pyramid
from capture.face.reader import Face
from capture.face.search import SECOND_FACE_RATIO

SHORT_PX, LONG_MAX_PX = 320, 640
"""The frame's shorter side when faces are looked for, unless its longer one would then be beyond the other number."""
FACE_PX = 32
"""The narrowest face, in those pixels."""
STEP, NEIGHBOURS = 1.1, 6
"""Each size that is looked for over the one before, and windows that have to agree. At three neighbours one texture in
17 was a face, at six hardly any."""
EYE_STEP, EYE_NEIGHBOURS = 1.05, 3
CROP_PX = 240
"""A face's box has this width when eyes are looked for."""
EYES_SHARE = 0.62
"""They are in the upper part of the box."""
EYE_SHARES = (0.125, 0.5)
"""The narrowest and the widest eye window, as shares of the box."""
APART = (0.3, 0.6)
"""How far eyes are apart, as shares of the box; 0.39 to 0.46 in the photographs."""
TILT_MAX = 0.36
"""Their difference in height over that in width: 20 degrees."""
EYE_CASCADES = ("haarcascade_eye_tree_eyeglasses.xml", "haarcascade_eye.xml")
"""The first that finds a pair decides."""


class HaarReader:
    """Reads eye centres; constructed once."""

    background = None

    def __init__(self) -> None:
        """:raises: FaceModelsMissing when OpenCV has no cascades (5.0 has none)."""
        self._face = _cascade("haarcascade_frontalface_alt2.xml")
        self._eyes = [_cascade(name) for name in EYE_CASCADES]

    def faces(self, pyramid: Pyramid) -> list[Face]:
        """The faces that count, largest first; a head is known where both eyes were found."""
        short_px = min(pyramid.height_px, pyramid.width_px)
        long_px = min(LONG_MAX_PX, round(SHORT_PX * pyramid.long_px / short_px))
        boxes = self._face.detectMultiScale(
            grey_of(pyramid.fitted(long_px)), scaleFactor=STEP, minNeighbors=NEIGHBOURS, minSize=(FACE_PX, FACE_PX)
        )
        in_frame = np.asarray(boxes, np.float64).reshape(-1, 4) * pyramid.long_px / long_px
        largest_first = in_frame[np.argsort(-in_frame[:, 2])]
        return [self._read(pyramid, box) for box in largest_first if box[2] >= SECOND_FACE_RATIO * largest_first[0, 2]]

    def closer(self, pyramid: Pyramid, face: Face) -> Face:  # noqa: ARG002 (there is nothing more to see)
        """The same face: all that is known was read at once."""
        return face

    def _read(self, pyramid: Pyramid, box: NDArray[np.float64]) -> Face:
        pair = next((pair for pair in self._pairs(pyramid, box) if pair is not None), None)
        return Face(side_px=float(box[2]), head=None if pair is None else estimated(*pair))

    def _pairs(self, pyramid: Pyramid, box: NDArray[np.float64]) -> Iterator[NDArray[np.float64] | None]:
        """What each cascade takes for the right and the left eye, shape (2, 2), in frame pixels."""
        left_px, top_px, width_px, _ = box
        scale = CROP_PX / width_px
        into_crop: Affine = np.array([[scale, 0.0, -scale * left_px], [0.0, scale, -scale * top_px]])
        crop = cv2.equalizeHist(grey_of(pyramid.crop(into_crop, size_px=(CROP_PX, round(EYES_SHARE * CROP_PX)))))
        shortest, longest = (round(share * CROP_PX) for share in EYE_SHARES)
        for cascade in self._eyes:
            windows = cascade.detectMultiScale(
                crop,
                scaleFactor=EYE_STEP,
                minNeighbors=EYE_NEIGHBOURS,
                minSize=(shortest, shortest),
                maxSize=(longest, longest),
            )
            found = np.asarray(windows, np.float64).reshape(-1, 4)
            pair = _pair(found[:, :2] + (found[:, 2:] - 1) / 2)
            yield None if pair is None else pair / scale + (left_px, top_px)


def _pair(centres: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """The two centres that are most likely eyes: level, as far apart as eyes are, one on each side of the box."""
    pairs = [np.stack(pair) for pair in product(centres, centres)]
    likely = [pair for pair in pairs if _is_likely(pair)]
    return min(likely, key=_unevenness, default=None)


def _is_likely(pair: NDArray[np.float64]) -> bool:
    across, down = pair[1] - pair[0]
    sides = pair[0, 0] < CROP_PX / 2 < pair[1, 0]
    return bool(sides and APART[0] <= across / CROP_PX <= APART[1] and abs(down) <= TILT_MAX * across)


def _unevenness(pair: NDArray[np.float64]) -> float:
    return abs(float(pair[:, 0].sum()) - CROP_PX) + abs(float(pair[1, 1] - pair[0, 1]))


def _cascade(name: str) -> cv2.CascadeClassifier:
    cascade = cv2.CascadeClassifier(haarcascades + name)
    if cascade.empty():
        raise FaceModelsMissing("OpenCV was installed without its cascades: install the package again.")
    return cascade
