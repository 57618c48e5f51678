"""How the light falls on the skin. Pure; no figure made here is an OFIQ value.

Source: facts/standards.md section 2.6 (clauses 7.2.7 to 7.2.10; the four zones of ICAO's report on portrait quality).
The measures are our own, calibrated on two photographs and versions of them with shadows and highlights painted in.
"""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.face.geometry import Head
from capture.face.measures import Colour, Region, face_region, grey_of, luminance_of, mean_colour, white_part
from capture.face.points import CHIN, FOREHEAD, GLABELLA, LIDS, LIP_BELOW, LIP_LOWER, LIP_UPPER, LIPS_OUTER, Points
from drivers.contract import RgbPixels

HOT_RANGE = (200, 235)
"""A hot spot is at least as bright as the first and need not be brighter than the second, in all three colours: light
that the skin mirrors has the lamp's colour."""
HOT_ABOVE = 90
"""And it is so much brighter than the skin's median, within that range: dark skin shines at lower levels."""
HOT_SPOT_RATIO = 0.06
"""Side of the square of which at least half has to shine, over the distance between the eyes: about 4 mm. Pores, moist
specks and what a camera's sharpening makes of them are no hot spot. Own calibration: in a sharpened portrait of skin
that shines a little 0.003 of the pixels are bright, and 0.001 of the squares."""
EYE_HOLE = (0.9, 0.7)
"""Half axes of the ellipse around an eye that is no skin, in eye widths."""
ZONE_RATIO = 0.3
"""Side of a zone over the distance between the eyes."""
STRANGE_COLOUR = 14.0
"""A forehead or chin whose colour is so far from the cheeks' (CIELAB a*, b*) is hair, a beard or a cap: bare skin of
two faces is 3 to 13 away."""
UNDER_EYE = (0.3, 0.3)
"""How far below the lower lid the eye socket is measured, and the side of that square, in eye widths."""


def hot_spot_ratio(portrait: RgbPixels, points: Points, *, head: Head) -> float | None:
    """Share of the skin that mirrors a lamp; None where no skin is in the picture."""
    white, region = white_part(portrait), _skin(points, portrait.shape)
    if not region.any():
        return None
    low, high = HOT_RANGE
    least = np.clip(np.median(white[region]) + HOT_ABOVE, low, high)
    side = max(1, round(HOT_SPOT_RATIO * head.inter_eye_px))
    bright = np.asarray(cv2.blur((white >= least).astype(np.float32), (side, side)))
    return float((bright[region] >= 0.5).mean())


def zones_ratio(portrait: RgbPixels, points: Points, *, head: Head) -> float | None:
    """Grey of the darkest of forehead, cheeks and chin over that of the brightest.

    A forehead under a fringe and a chin under a beard are not measured: their colour tells them from the cheeks. None
    where a cheek lies outside the picture.
    """
    cheeks = [_square(portrait, place, side=ZONE_RATIO * head.inter_eye_px) for place in _cheek_places(points, head)]
    if not all(len(cheek) for cheek in cheeks):
        return None
    skin = mean_colour(np.concatenate(cheeks))
    middles = ((points[FOREHEAD] + points[GLABELLA]) / 2, (points[LIP_BELOW] + points[CHIN]) / 2)
    others = [_square(portrait, place[:2], side=ZONE_RATIO * head.inter_eye_px) for place in middles]
    bare = [zone for zone in others if len(zone) and _is_skin(zone, skin)]
    levels = [float(np.median(grey_of(zone[None]))) for zone in (*cheeks, *bare)]
    return min(levels) / max(1.0, *levels)


def socket_ratio(portrait: RgbPixels, points: Points, *, head: Head) -> float | None:
    """Linear light below the eye over that on the cheek of the same side; of the darker side. None outside."""
    ratios = []
    for (outer, _, inner, lower), place in zip(LIDS, _cheek_places(points, head), strict=True):
        width = float(np.linalg.norm(points[outer, :2] - points[inner, :2]))
        below, side = (share * width for share in UNDER_EYE)
        under = _square(portrait, points[lower[3], :2] + (0.0, below), side=side)
        cheek = _square(portrait, place, side=ZONE_RATIO * head.inter_eye_px)
        if not len(under) or not len(cheek):
            return None
        ratios.append(_light(under) / max(1.0, _light(cheek)))
    return min(ratios)


def _light(pixels: RgbPixels) -> float:
    return float(np.median(luminance_of(pixels[None])))


def _is_skin(zone: RgbPixels, skin: Colour) -> bool:
    return float(np.linalg.norm(mean_colour(zone) - skin)) < STRANGE_COLOUR


def _cheek_places(points: Points, head: Head) -> Iterator[NDArray[np.float64]]:
    """Middles of the cheek squares, the client's right one first."""
    mouth = (points[LIP_UPPER, :2] + points[LIP_LOWER, :2]) / 2
    half = ZONE_RATIO * head.inter_eye_px / 2
    below = (mouth - head.between_eyes_px) / 2
    yield head.right_eye_px + below + (-half, half)
    yield head.left_eye_px + below + (half, half)


def _square(portrait: RgbPixels, middle: NDArray[np.float64], *, side: float) -> RgbPixels:
    """The pixels of a square, shape (n, 3)."""
    (left, top), (right, bottom) = ((middle + shift).round().astype(int).clip(0) for shift in (-side / 2, side / 2))
    return portrait[top:bottom, left:right].reshape(-1, 3)


def _skin(points: Points, shape: tuple[int, ...]) -> Region:
    """The face without eyes and mouth."""
    mask = face_region(points, shape).astype(np.uint8)
    for outer, _, inner, _ in LIDS:
        width = float(np.linalg.norm(points[outer, :2] - points[inner, :2]))
        x, y = points[[outer, inner], :2].mean(axis=0)
        axes = (max(0, round(EYE_HOLE[0] * width)), max(0, round(EYE_HOLE[1] * width)))
        cv2.ellipse(mask, (round(x), round(y)), axes, 0, 0, 360, (0,), -1)
    lips = points[list(LIPS_OUTER), :2].round().astype(np.int32)
    cv2.fillPoly(mask, [cv2.convexHull(lips)], (0,))
    return mask > 0
