"""What is measured in the eyes and on the glasses before them. Pure; no figure made here is an OFIQ value.

Own measures, calibrated on two photographs (one with glasses and small reflections on them) and on versions of them
with shifted irises, closed lids, painted reflections and red pupils.
"""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.face.geometry import Head
from capture.face.iris import Iris, Irises
from capture.face.measures import white_part
from capture.face.points import LIDS, Points
from drivers.contract import RgbPixels

LIDS_IN_CONTOUR = 16
"""So many points of an eye's contour are the lids."""
LEVEL_RATIO = -0.05
"""How far above the line between its corners the iris of an eye that looks straight stands, over the eye's width: -0.03
and -0.07 on two photographs."""
GLARE_LEVEL = 235
"""All three colours at least so bright: light that the glass or the skin mirrors, and not the skin's own colour."""
GLARE_ZONE = (0.9, 0.6, 0.5)
"""How far to the sides, up and down an eye's zone reaches from the middle between its corners, in eye widths."""
PUPIL_RATIO = 0.5
"""The part of an iris's radius that is taken for the pupil."""
DARK_LEVEL = 30
"""Colours darker than this count as so bright: the ratio of two small numbers says nothing."""


def gaze_ratio(points: Points, irises: Irises) -> float:
    """How far the eyes look past the camera: distance of the irises from their place, over the eyes' width.

    Both eyes together, so that a squint or a face that is not symmetrical does not count; sideways it follows the gaze
    well, up and down weakly.
    """
    shifts = [_shift(points, iris, corners=(outer, inner)) for iris, (outer, _, inner, _) in _sides(irises)]
    across, down = np.mean(shifts, axis=0) - (0.0, LEVEL_RATIO)
    return float(np.hypot(across, down))


def opening_ratio(points: Points, irises: Irises) -> float:
    """Distance of the lids over the diameter of the iris; of the eye that is opened less."""
    openings = []
    for iris, (outer, _, inner, _) in _sides(irises):
        _, down, _ = _axes(points, (outer, inner))
        openings.append(float(np.ptp(iris.contour_px[:LIDS_IN_CONTOUR] @ down)) / (2 * iris.radius_px))
    return min(openings)


def glare_ratio(portrait: RgbPixels, points: Points, *, head: Head) -> float:
    """Width of the largest mirrored light around the eyes, as a disc of its area, over the distance between them.

    A catch-light in the eye counts too: it is small.
    """
    areas = [0.0]
    for zone in _zones(points):
        bright = (white_part(portrait[zone]) >= GLARE_LEVEL).astype(np.uint8)
        if bright.any():
            _, _, stats, _ = cv2.connectedComponentsWithStats(bright)
            # the first one is what is not bright
            areas.append(float(stats[1:, cv2.CC_STAT_AREA].max()))
    return 2 * float(np.sqrt(max(areas) / np.pi)) / head.inter_eye_px


def redness_ratio(portrait: RgbPixels, irises: Irises) -> float | None:
    """Red over the stronger of green and blue in the pupils, the redder eye; None where they are outside."""
    pupils = [_pupil(portrait, iris) for iris in (irises.right, irises.left)]
    if not all(len(pupil) for pupil in pupils):
        return None
    return max(float(np.median(pupil[:, 0] / np.maximum(DARK_LEVEL, pupil[:, 1:].max(axis=1)))) for pupil in pupils)


_Lids = tuple[int, tuple[int, ...], int, tuple[int, ...]]


def _sides(irises: Irises) -> Iterator[tuple[Iris, _Lids]]:
    return zip((irises.right, irises.left), LIDS, strict=True)


def _axes(points: Points, corners: tuple[int, int]) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Along the eye to the picture's right, down, and the eye's width."""
    left, right = sorted((points[corner, :2] for corner in corners), key=lambda place: float(place[0]))
    width = float(np.linalg.norm(right - left))
    along = (right - left) / max(width, 1e-6)
    return along, np.array([-along[1], along[0]]), width


def _shift(points: Points, iris: Iris, *, corners: tuple[int, int]) -> tuple[float, float]:
    along, down, width = _axes(points, corners)
    away = iris.centre_px - points[list(corners), :2].mean(axis=0)
    return float(away @ along) / width, float(away @ down) / width


def _zones(points: Points) -> Iterator[tuple[slice, slice]]:
    side, up, down = GLARE_ZONE
    for outer, _, inner, _ in LIDS:
        x, y = points[[outer, inner], :2].mean(axis=0)
        _, _, width = _axes(points, (outer, inner))
        edges = (y - up * width, y + down * width, x - side * width, x + side * width)
        top, bottom, left, right = (max(0, round(edge)) for edge in edges)
        yield slice(top, bottom), slice(left, right)


def _pupil(portrait: RgbPixels, iris: Iris) -> NDArray[np.float64]:
    """The pixels of the pupil, shape (n, 3)."""
    reach = max(1.0, PUPIL_RATIO * iris.radius_px)
    left, top = (max(0, round(middle - reach)) for middle in iris.centre_px)
    right, bottom = (max(0, round(middle + reach) + 1) for middle in iris.centre_px)
    part = portrait[top:bottom, left:right].astype(np.float64)
    rows, columns = np.indices(part.shape[:2])
    inside = np.hypot(columns + left - iris.centre_px[0], rows + top - iris.centre_px[1]) <= reach
    pupil: NDArray[np.float64] = part[inside]
    return pupil
