"""The quality measures that look at minutiae, under NFIQ 2's identifiers, but with this project's own detector.

How they follow from minutiae is NFIQ 2.3's; which minutiae there are is not: it asks FingerJetFX, and no two detectors
find the same. So these values are near to NIST's and never equal; how near is measured in docs/matching.md.
Source: facts/standards.md section 5.3, and the published source of NFIQ 2.3 for what is done at a print's edges.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.finger.grid import BLOCK_PX, Moments, level_and_deviation
from capture.finger.minutiae import Minutiae
from drivers.contract import GreyPixels

COUNT_MAX = 255
"""FingerJetFX gives no more; of more, the clearest are taken."""

WINDOW_PX = 200
"""Side of the window around the middle of all minutiae."""

DARKER_MAX = 0.5
"""A minutia counts as right when its surroundings are darker than the print by up to this share of its deviation."""

CERTAIN_PERCENT = 80
"""A minutia counts as certain when its surroundings' OCL, rounded, is above this."""

_Whole = NDArray[np.intp]


def minutiae_measures(pixels: GreyPixels, minutiae: Minutiae) -> dict[str, float]:
    """The five measures of a print; shares are 0 where there are no minutiae.

    :param pixels: shape (height_px, width_px), uint8, at least 32 px each way.
    :param minutiae: found on these pixels.
    """
    minutiae = minutiae.clearest(COUNT_MAX)
    x, y = (np.rint(values).astype(np.intp) for values in (minutiae.x_px, minutiae.y_px))
    count = len(minutiae)
    return {
        "FingerprintImageWithMinutiae": float(count),
        "FingerJetFX_MinutiaeCount": float(count),
        "FingerJetFX_MinCount_COMMinRect200x200": float(_count_in_middle(x, y)),
        "FJFXPos_Mu_MinutiaeQuality_2": _share(_right_level(pixels, (x, y))),
        "FJFXPos_OCL_MinutiaeQuality_80": _share(_certain(pixels, (x, y))),
    }


def _share(flags: NDArray[np.bool_]) -> float:
    return float(flags.mean()) if len(flags) else 0.0


def _count_in_middle(x: _Whole, y: _Whole) -> int:
    """How many lie in a window around the mean place, which is rounded down."""
    if not len(x):
        return 0
    half = WINDOW_PX // 2
    return int(((np.abs(x - x.sum() // len(x)) <= half) & (np.abs(y - y.sum() // len(y)) <= half)).sum())


def _right_level(pixels: GreyPixels, places: tuple[_Whole, _Whole]) -> NDArray[np.bool_]:
    """Whether each place's square is a little darker than the print; beyond the right and the base it is cut off."""
    left, top = (np.maximum(place - BLOCK_PX // 2, 0) for place in places)
    right, bottom = np.minimum(left + BLOCK_PX, pixels.shape[1]), np.minimum(top + BLOCK_PX, pixels.shape[0])
    sums = cv2.integral(pixels)
    square = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
    level, deviation = level_and_deviation(pixels)
    darker = (level - square / ((right - left) * (bottom - top))) / max(deviation, 1e-9)
    return np.asarray((darker > 0) & (darker <= DARKER_MAX))


def _certain(pixels: GreyPixels, places: tuple[_Whole, _Whole]) -> NDArray[np.bool_]:
    """Whether each place's square has one direction; at the print's edge it is the nearest whole square."""
    left, top = (
        np.clip(place - BLOCK_PX // 2, 0, side - BLOCK_PX)
        for place, side in zip(places, pixels.shape[::-1], strict=True)
    )
    windows = np.lib.stride_tricks.sliding_window_view(pixels, (BLOCK_PX, BLOCK_PX))
    # One above the other they are a print of their own, each a square of its grid.
    moments = Moments.of(np.ascontiguousarray(windows[top, left].reshape(-1, BLOCK_PX)))
    energy, anisotropy = moments.energy.ravel(), moments.anisotropy.ravel()
    certainty = np.where(energy > 0, 2 * anisotropy / np.maximum(energy + anisotropy, 1e-9), 0.0)
    return np.asarray(np.floor(100 * certainty + 0.5) > CERTAIN_PERCENT)
