"""The region of interest: the one large dark blob that is the finger, as NFIQ 2 finds it for its measures."""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.finger.grid import Mask, block_sums
from drivers.contract import GreyPixels

_INK = np.ones((5, 5), np.uint8)
_FIRST_BLUR_PX, _SECOND_BLUR_PX = 41, 91
_REACHED = 128


def region_of_interest(pixels: GreyPixels) -> Mask:
    """Which pixels are finger, shape of the print; none where nothing is darker than the rest.

    Ridges are thickened, blurred together and parted from the plate, twice; holes are filled, and the blob with the
    largest bounding box is kept. Source: NFIQ 2.3, facts/standards.md section 5.3.
    """
    thick = np.asarray(cv2.erode(pixels, _INK), dtype=np.uint8)
    plate = _parted(_parted(thick, blur_px=_FIRST_BLUR_PX), blur_px=_SECOND_BLUR_PX)
    return _largest(_filled(plate))


def blocks_of(region: Mask) -> Mask:
    """Which squares of the plain grid hold at least one pixel of the region."""
    return np.asarray(block_sums(region.astype(np.int32)) > 0)


def _parted(pixels: GreyPixels, *, blur_px: int) -> GreyPixels:
    """255 where it is plate, 0 where it is finger."""
    _, parted = cv2.threshold(_blurred(pixels, width_px=blur_px), 0, 255, cv2.THRESH_OTSU)
    return np.asarray(parted, dtype=np.uint8)


def _blurred(pixels: GreyPixels, *, width_px: int) -> GreyPixels:
    """To the last bit what `cv2.GaussianBlur` makes of 8-bit pixels, in a tenth of its time.

    Invariant: weights are multiples of 1/256 and there are two passes, so every sum has at most 8 bits before and 16
    after the point, which single precision holds exactly.
    """
    weights = _gaussian_weights(width_px)
    exact = cv2.sepFilter2D(pixels, cv2.CV_32F, weights, weights, borderType=cv2.BORDER_REFLECT_101)
    return (exact + np.float32(0.5)).astype(np.uint8)


@cache
def _gaussian_weights(width_px: int) -> NDArray[np.float32]:
    """The weights that `cv2.GaussianBlur` has for 8-bit pixels, read off its picture of one bright column."""
    column = np.zeros((1, 2 * width_px), np.uint8)
    column[:, width_px] = 255
    blurred = cv2.GaussianBlur(column, (width_px, 1), 0)
    half = width_px // 2
    # 255 times k/256 rounds to k for every k below 128, and no weight of these widths comes near that.
    weights = np.asarray(blurred[0, width_px - half : width_px + half + 1] / np.float32(256), dtype=np.float32)
    outer = int(np.flatnonzero(weights)[0])  # the outermost are too light for 8 bits
    return weights[outer : width_px - outer]


def _filled(plate: GreyPixels) -> GreyPixels:
    """255 where it is finger; plate that no way leads to from the edge is finger too."""
    # With a ring of plate around, one flood from a corner reaches all plate that the edge leads to.
    ringed = cv2.copyMakeBorder(plate, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(255,))
    cv2.floodFill(ringed, None, (0, 0), (_REACHED,), flags=4)
    return np.where(ringed[1:-1, 1:-1] == _REACHED, 0, 255).astype(np.uint8)


def _largest(finger: GreyPixels) -> Mask:
    whole = finger > 0
    if not whole.any():
        return whole
    # Nearly always there is one blob, which a flood from any of its pixels shows in a fraction of the time.
    row, column = divmod(int(np.argmax(whole)), whole.shape[1])
    size, *_ = cv2.floodFill(finger.copy(), None, (column, row), (_REACHED,), flags=4)
    if size == np.count_nonzero(whole):
        return whole
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(finger, connectivity=4)
    areas = boxes[1:, cv2.CC_STAT_WIDTH] * boxes[1:, cv2.CC_STAT_HEIGHT]
    return np.asarray(labels == 1 + int(np.argmax(areas)))
