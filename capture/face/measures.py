"""What can be measured on a portrait's pixels. Pure; no figure made here is an OFIQ value.

Definitions follow ISO/IEC 29794-5 where its components can be computed without their networks.
Source: facts/face-quality.md (terms, cheek squares, illumination uniformity, natural colour),
facts/face-cctv-console.md section 3 (exposure shares, pre-blur before the Laplacian).
"""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.face.geometry import Head
from capture.face.points import LIDS, LIP_LOWER, LIP_UPPER, LIPS_LOWER, LIPS_UPPER, Points
from drivers.contract import GreyPixels, RgbPixels

Region = NDArray[np.bool_]
"""Shape (height_px, width_px): where a measure is taken."""

Colour = NDArray[np.float64]
"""Shape (2,): CIELAB a* and b*, white point D50."""

BURNT_LEVEL, BLACK_LEVEL = 247, 25
"""Grey from which a pixel counts as burnt out, and up to which as black."""

_SHARE = np.arange(256) / 255.0
LINEAR = np.where(_SHARE <= 0.04045, _SHARE / 12.92, ((_SHARE + 0.055) / 1.055) ** 2.4)
"""Linear light, 0 to 1, of an sRGB level."""
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
_WEIGHTED = (LINEAR[:, None] * LUMINANCE * 255).astype(np.float32).reshape(256, 1, 3)
XYZ_D50 = np.array([[0.4361, 0.3851, 0.1431], [0.2225, 0.7169, 0.0606], [0.0139, 0.0971, 0.7142]])
"""Linear sRGB to XYZ, adapted to D50."""
SKIN_A, SKIN_B = (5.0, 25.0), (5.0, 35.0)
"""CIELAB a* and b* of natural skin. Source: facts/face-quality.md, NaturalColour."""


def grey_of(portrait: RgbPixels) -> GreyPixels:
    """Grey levels as a viewer sees them, shape (height_px, width_px)."""
    return np.asarray(cv2.cvtColor(portrait, cv2.COLOR_RGB2GRAY), np.uint8)


def white_part(picture: RgbPixels) -> GreyPixels:
    """The weakest of a pixel's three colours, shape (height_px, width_px): high where a lamp is mirrored."""
    red, green, blue = (picture[..., channel] for channel in range(3))
    return np.minimum(np.minimum(red, green), blue)


def luminance_of(picture: RgbPixels) -> GreyPixels:
    """Linear light as whole levels of 0 to 255, shape (height_px, width_px): mid-grey is about 55, not 128."""
    weighted = cv2.LUT(picture, _WEIGHTED)
    return np.asarray(np.floor(cv2.transform(weighted, np.ones((1, 3), np.float32)) + 0.5), np.uint8)


def face_region(points: Points, shape: tuple[int, ...]) -> Region:
    """The convex hull of all points, in a picture of this shape (height_px, width_px, ...)."""
    return _filled(cv2.convexHull(points[:, :2].round().astype(np.int32)), shape)


def mouth_open_ratio(points: Points, head: Head) -> float:
    """Widest distance of the inner lips over eye to chin."""
    gaps = points[list(LIPS_UPPER), :2] - points[list(LIPS_LOWER), :2]
    return float(np.hypot(gaps[:, 0], gaps[:, 1]).max()) / head.eye_chin_px


def eye_contrast_ratio(grey: GreyPixels, points: Points) -> float | None:
    """Contrast between the lids, (bright - dark) / (bright + dark), of the eye that has less; None without pixels."""
    eyes = [grey[region] for region in eye_regions(points, grey.shape)]
    return min(_contrast(eye) for eye in eyes) if all(len(eye) for eye in eyes) else None


def eye_regions(points: Points, shape: tuple[int, ...]) -> tuple[Region, Region]:
    """What lies between the lids, right eye first, in a picture of this shape (height_px, width_px, ...)."""
    outlines = (points[[outer, *upper, inner, *lower], :2] for outer, upper, inner, lower in LIDS)
    right, left = (_filled(outline.round().astype(np.int32), shape) for outline in outlines)
    return right, left


def sharpness_ratio(grey: GreyPixels, region: Region) -> float:
    """Variance of the Laplacian over variance of the grey: independent of contrast, hardly raised by noise."""
    # Own measure. The blur comes first because a bare Laplacian takes noise for detail.
    smooth = cv2.GaussianBlur(grey, (3, 3), 0).astype(np.float32)
    return float(cv2.Laplacian(smooth, cv2.CV_32F)[region].var() / max(1.0, float(smooth[region].var())))


def burnt_ratio(grey: GreyPixels, region: Region) -> float:
    """Share of the region that is as good as white."""
    return float((grey[region] >= BURNT_LEVEL).mean())


def black_ratio(grey: GreyPixels, region: Region) -> float:
    """Share of the region that is as good as black."""
    return float((grey[region] <= BLACK_LEVEL).mean())


def grey_level_count(grey: GreyPixels, region: Region) -> int:
    """How many different grey values the region has."""
    return int(np.count_nonzero(np.bincount(grey[region], minlength=256)))


def cheeks(portrait: RgbPixels, points: Points, *, head: Head) -> tuple[RgbPixels, RgbPixels]:
    """Both cheek squares as pixels of shape (n, 3): a side of 0.3 between the eyes, half-way down to the mouth."""
    first, second = (portrait[square].reshape(-1, 3) for square in _squares(points, head))
    return first, second


def cheek_region(points: Points, shape: tuple[int, ...], *, head: Head) -> Region:
    """Where `cheeks` takes its pixels from, in a picture of this shape (height_px, width_px, ...)."""
    region = np.zeros(shape[:2], np.bool_)
    for square in _squares(points, head):
        region[square] = True
    return region


def light_overlap_ratio(first: RgbPixels, second: RgbPixels) -> float | None:
    """Overlap of two luminance histograms, 0 to 1; None where there are no pixels. :param first: shape (n, 3)."""
    if not len(first) or not len(second):
        return None
    return float(np.minimum(_luminance_shares(first), _luminance_shares(second)).sum())


def skin_colour_distance(first: RgbPixels, second: RgbPixels) -> float | None:
    """CIELAB distance of both cheeks' mean colour from natural skin; None where there are no pixels.

    :param first: shape (n, 3).
    """
    skin = np.concatenate([first, second])
    return distance_from_skin(mean_colour(skin)) if len(skin) else None


def mean_colour(pixels: RgbPixels) -> Colour:
    """CIELAB a* and b* of the mean of some pixels. :param pixels: shape (n, 3), at least one."""
    linear = np.interp(pixels.mean(axis=0), np.arange(256), LINEAR)
    x, y, z = _lightness(XYZ_D50 @ linear / XYZ_D50.sum(axis=1))
    return np.array([500 * (x - y), 200 * (y - z)])


def distance_from_skin(colour: Colour) -> float:
    """How far a* and b* lie outside the box of natural skin."""
    low, high = np.array([SKIN_A, SKIN_B]).T
    return float(np.linalg.norm(colour - np.clip(colour, low, high)))


def _contrast(levels: GreyPixels) -> float:
    dark, bright = np.percentile(levels, (5, 95))
    return float((bright - dark) / max(1.0, bright + dark))


def _filled(outline: cv2.typing.MatLike, shape: tuple[int, ...]) -> Region:
    mask = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(mask, [outline], (1,))
    return mask > 0


def _squares(points: Points, head: Head) -> Iterator[tuple[slice, slice]]:
    """Rows and columns of both cheek squares, the right one first."""
    side = 0.3 * head.inter_eye_px
    mouth = (points[LIP_UPPER, :2] + points[LIP_LOWER, :2]) / 2
    below = 0.5 * float(np.linalg.norm(mouth - head.between_eyes_px))
    right, left = head.right_eye_px, head.left_eye_px
    for x, y in ((right[0] - side, right[1] + below), (left[0], left[1] + below)):
        yield _span(round(y), round(side)), _span(round(x), round(side))


def _span(begin_px: int, side_px: int) -> slice:
    return slice(max(0, begin_px), max(0, begin_px + side_px))


def _luminance_shares(pixels: RgbPixels) -> NDArray[np.float64]:
    return np.bincount(luminance_of(pixels[None]).ravel(), minlength=256) / len(pixels)


def _lightness(channel: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(channel > (6 / 29) ** 3, np.cbrt(channel), channel * (29 / 6) ** 2 / 3 + 4 / 29)
