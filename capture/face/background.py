"""How plain the background is, measured where the person mask says that nobody is.

Source: facts/face-cctv-console.md section 3: a mask instead of fixed strips, spread and left-right difference together.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.face.geometry import Head
from capture.face.measures import grey_of
from drivers.contract import RgbPixels

INPUT_PX = 256
"""Side of the network's input; the portrait is squeezed into it."""
PERSON_MAX = 0.1
"""A pixel whose probability of showing a person is below this is background."""
MARGIN_PX = 5
"""Mask pixels next to the person that are left out: hair and the mask's own softness."""
DEPTH_RATIO = 0.6
"""Looked at down to here, as a share of eye line to chin (about the mouth): collars and shoulders begin below, which
the mask may take for background. Own calibration."""
DARKEST_PERCENT = 5
"""The share of the background that a shadow has to cover to be seen."""
SPECK_PX = (3, 3)
"""Noise of this size is no shadow."""
SHARE_MIN = 0.02
"""Background needs this share of the portrait, and half of it on each side, to be assessed."""


@dataclass(frozen=True, slots=True)
class Background:
    """What the background looks like, in grey levels; None was not assessed."""

    spread: float | None
    """Standard deviation."""
    balance: float | None
    """Difference of the means left and right."""
    shadow: float | None = None
    """By how much the darkest part, a twentieth of all, is darker than the middle of all: to the left, to the right or
    above the head."""
    counted: NDArray[np.bool_] | None = field(default=None, repr=False, compare=False)
    """Where it was measured, shape (INPUT_PX, INPUT_PX); None where nothing was."""

    def zone(self, shape: tuple[int, ...]) -> NDArray[np.bool_]:
        """Where it was measured, in a portrait of this shape (height_px, width_px): for people to see."""
        height_px, width_px = shape
        if self.counted is None:
            return np.zeros((height_px, width_px), np.bool_)
        zone = cv2.resize(self.counted.astype(np.uint8), (width_px, height_px), interpolation=cv2.INTER_NEAREST)
        return np.asarray(zone) > 0


class BackgroundCheck:
    """Looks at backgrounds; constructed once."""

    def __init__(self, net: cv2.dnn.Net) -> None:
        self._net = net
        self._margin = np.ones((2 * MARGIN_PX + 1, 2 * MARGIN_PX + 1), np.uint8)

    def of(self, portrait: RgbPixels, head: Head) -> Background:
        """The background beside and above the head.

        :param portrait: shape (height_px, width_px, 3), RGB.
        :param head: in the portrait's pixels.
        """
        small = _squeezed(portrait)
        empty = cv2.erode(self._free(small).astype(np.uint8), self._margin) > 0
        mouth_px = (head.between_eyes_px[1] + DEPTH_RATIO * head.eye_chin_px) * INPUT_PX / portrait.shape[0]
        empty[max(0, int(mouth_px)) :] = False
        return _measured(grey_of(small), empty)

    def nobody(self, picture: RgbPixels) -> NDArray[np.bool_]:
        """Where a picture shows no person, in its own size; without any margin."""
        free = self._free(_squeezed(picture)).astype(np.uint8)
        return cv2.resize(free, (picture.shape[1], picture.shape[0]), interpolation=cv2.INTER_NEAREST) > 0

    def _free(self, small: RgbPixels) -> NDArray[np.bool_]:
        self._net.setInput(cv2.dnn.blobFromImage(small, 1 / 255))
        return np.asarray(self._net.forward()).reshape(INPUT_PX, INPUT_PX) < PERSON_MAX


def _squeezed(portrait: RgbPixels) -> RgbPixels:
    return np.asarray(cv2.resize(portrait, (INPUT_PX, INPUT_PX), interpolation=cv2.INTER_AREA), np.uint8)


def _measured(grey: NDArray[np.uint8], empty: NDArray[np.bool_]) -> Background:
    half = INPUT_PX // 2
    left, right = (grey[:, side][empty[:, side]] for side in (slice(None, half), slice(half, None)))
    if left.size + right.size < SHARE_MIN * grey.size:
        return Background(None, None)
    spread = float(grey[empty].std())
    darkest, middle = np.percentile(cv2.blur(grey, SPECK_PX)[empty], (DARKEST_PERCENT, 50))
    shadow = float(middle - darkest)
    if min(left.size, right.size) < SHARE_MIN / 2 * grey.size:
        return Background(spread, None, shadow, empty)
    return Background(spread, abs(float(left.mean()) - float(right.mean())), shadow, empty)
