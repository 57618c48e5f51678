"""What goes wrong at a station, painted into a photograph: each damages one thing and leaves the rest as it was."""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.face.iris import Iris, Irises
from capture.face.points import LIDS, Points
from drivers.contract import RgbPixels

Place = NDArray[np.float64]
Weights = NDArray[np.float32]


def looking_aside(picture: RgbPixels, points: Points, *, irises: Irises, ratio: float) -> RgbPixels:
    """Both irises moved to the picture's right, by a share of the eye's width; white where they were."""
    result = picture.astype(np.float64)
    for iris, outline, width in _eyes(points, irises):
        eye = _filled(picture, outline) > 0
        disc = _disc(picture, iris.centre_px, 1.05 * iris.radius_px)
        white = np.percentile(picture[eye & (disc == 0)], 70, axis=0)
        shift = np.array([[1.0, 0.0, ratio * width], [0.0, 1.0, 0.0]])
        size = (picture.shape[1], picture.shape[0])
        elsewhere = np.asarray(cv2.warpAffine(picture, shift, size), np.float64)
        there = _soft(cv2.warpAffine(disc, shift, size), 1.0)
        looking = np.where(disc[..., None] > 0, white, result) * (1 - there) + elsewhere * there
        inside = _soft(eye.astype(np.float32), 1.5)
        result = result * (1 - inside) + looking * inside
    return _pixels(result)


def red_pupils(picture: RgbPixels, irises: Irises) -> RgbPixels:
    """As a flash beside the lens makes them."""
    result = picture.astype(np.float64)
    for iris in (irises.right, irises.left):
        pupil = _soft(_disc(picture, iris.centre_px, 0.55 * iris.radius_px), 0.08 * iris.radius_px)
        result = result * (1 - pupil) + np.array([180.0, 50.0, 40.0]) * pupil
    return _pixels(result)


def shining(picture: RgbPixels, place: Place, *, radius_px: float) -> RgbPixels:
    """A lamp is mirrored there."""
    spot = _soft(_disc(picture, place, radius_px), 0.15 * radius_px)
    return _pixels(picture * (1 - spot) + 255 * spot)


def shaded_eyes(picture: RgbPixels, points: Points, *, gain: float) -> RgbPixels:
    """As a lamp from above does: darker below the eyes."""
    shade = np.zeros(picture.shape[:2], np.float32)
    width = 0.0
    for outer, _, inner, _ in LIDS:
        width = float(np.linalg.norm(points[outer, :2] - points[inner, :2]))
        x, y = points[[outer, inner], :2].mean(axis=0)
        centre = (round(x), round(y + 0.25 * width))
        cv2.ellipse(shade, centre, (round(0.8 * width), round(0.55 * width)), 0, 0, 360, (1.0,), -1)
    return _pixels(picture * (1 - (1 - gain) * _soft(shade, 0.15 * width)))


def shadow_behind(picture: RgbPixels, nobody: NDArray[np.bool_], *, shift_px: tuple[float, float]) -> RgbPixels:
    """The person's shadow on the wall, shifted to the right and down."""
    person = (~nobody).astype(np.float32)
    affine = np.array([[1.0, 0.0, shift_px[0]], [0.0, 1.0, shift_px[1]]])
    cast = cv2.warpAffine(person, affine, (picture.shape[1], picture.shape[0]))
    return _pixels(picture * (1 - 0.3 * _soft(cast, 12.0) * nobody[..., None]))


def moving(picture: RgbPixels, *, length_px: int, degrees: float) -> RgbPixels:
    """Smeared along a line of an odd length."""
    kernel = np.zeros((length_px, length_px), np.float32)
    reach = length_px // 2 * np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
    start, end = (np.round(length_px // 2 + sign * reach).astype(int) for sign in (-1, 1))
    cv2.line(kernel, (int(start[0]), int(start[1])), (int(end[0]), int(end[1])), (1.0,))
    return np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), np.uint8)


def _eyes(points: Points, irises: Irises) -> Iterator[tuple[Iris, Place, float]]:
    for iris, (outer, upper, inner, lower) in zip((irises.right, irises.left), LIDS, strict=True):
        width = float(np.linalg.norm(points[outer, :2] - points[inner, :2]))
        yield iris, points[[outer, *upper, inner, *lower], :2], width


def _filled(picture: RgbPixels, outline: Place) -> Weights:
    mask = np.zeros(picture.shape[:2], np.float32)
    cv2.fillPoly(mask, [outline.round().astype(np.int32)], (1.0,))
    return mask


def _disc(picture: RgbPixels, centre: Place, radius_px: float) -> Weights:
    mask = np.zeros(picture.shape[:2], np.float32)
    cv2.circle(mask, (round(centre[0]), round(centre[1])), round(radius_px), (1.0,), -1)
    return mask


def _soft(mask: cv2.typing.MatLike, sigma_px: float) -> Weights:
    """With a channel's axis, for pictures."""
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), sigma_px), np.float32)[..., None]


def _pixels(picture: NDArray[np.floating]) -> RgbPixels:
    return np.asarray(np.clip(picture, 0, 255), np.uint8)
