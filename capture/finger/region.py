"""The region of interest: the one large dark blob that is the finger, as NFIQ 2 finds it for its measures."""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.finger.grid import BLOCK_PX, Mask
from drivers.contract import GreyPixels

_INK = np.ones((5, 5), np.uint8)
_FIRST_BLUR_PX, _SECOND_BLUR_PX = 41, 91


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
    rows = np.arange(0, region.shape[0], BLOCK_PX)
    columns = np.arange(0, region.shape[1], BLOCK_PX)
    return np.asarray(np.logical_or.reduceat(np.logical_or.reduceat(region, rows, axis=0), columns, axis=1))


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
    return np.asarray(blurred[0, width_px - half : width_px + half + 1] / np.float32(256), dtype=np.float32)


def _filled(plate: GreyPixels) -> GreyPixels:
    """255 where it is finger; plate that no way leads to from the edge is finger too."""
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(plate, connectivity=4)
    left, top, width, height = (boxes[:, kind] for kind in range(4))
    at_edge = (left == 0) | (top == 0) | (left + width == plate.shape[1]) | (top + height == plate.shape[0])
    outside = at_edge & (np.arange(len(boxes)) > 0)  # label 0 is the finger itself
    return np.where(outside[labels], 0, 255).astype(np.uint8)


def _largest(finger: GreyPixels) -> Mask:
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(finger, connectivity=4)
    if len(boxes) == 1:
        return np.zeros(finger.shape, np.bool_)
    areas = boxes[1:, cv2.CC_STAT_WIDTH] * boxes[1:, cv2.CC_STAT_HEIGHT]
    return np.asarray(labels == 1 + int(np.argmax(areas)))
