"""Turns what cameras send into upright RGB pixels: motion JPEG, packed and planar YUV. Pure.

A picture that is not whole is no picture: None. libjpeg-turbo fills what is missing of a JPEG with grey and goes on;
simplejpeg, asked to be strict, refuses it. Damage that leaves a JPEG well formed cannot be seen by anybody.

Source: ITU-T T.81; JFIF 1.02 (full range); Rec. ITU-R BT.601 (USB video class 1.5, 3.9.2.6: limited range unless told).
"""

from math import ceil
from typing import Final, Literal

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from drivers.contract import PREVIEW_LONG_PX, RgbPixels

Turn = Literal[0, 90, 180, 270]
"""Degrees clockwise by which a picture is turned to be upright."""

_FACTORS: Final = (1, 2, 4, 8)
"""What a JPEG can be decoded reduced by, without decoding all of it."""

_CODES: Final = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


def preview_factor(width_px: int, height_px: int) -> int:
    """By which of a JPEG's own scales a picture comes nearest to a preview's size."""
    long_px = max(width_px, height_px)
    return min(_FACTORS, key=lambda factor: abs(np.log2(long_px / factor / PREVIEW_LONG_PX)))


def from_jpeg(data: bytearray, *, width_px: int, height_px: int, factor: int = 1) -> "RgbPixels | None":
    """The picture, `factor` times smaller; None when it is damaged or has another size."""
    try:
        found_height_px, found_width_px, *_ = simplejpeg.decode_jpeg_header(data)
        if (found_width_px, found_height_px) != (width_px, height_px):
            return None
        sides = {"min_height": ceil(height_px / factor), "min_width": ceil(width_px / factor)}
        return np.asarray(simplejpeg.decode_jpeg(data, "RGB", **sides), np.uint8)
    except ValueError:
        return None


def from_yuyv(data: bytearray, *, width_px: int, height_px: int, row_bytes: int) -> "RgbPixels | None":
    """The picture out of packed 4:2:2 of limited range; None when rows are missing."""
    if len(data) < row_bytes * height_px or row_bytes < 2 * width_px:
        return None
    rows = np.frombuffer(data, np.uint8, row_bytes * height_px).reshape(height_px, row_bytes)
    packed = np.ascontiguousarray(rows[:, : 2 * width_px]).reshape(height_px, width_px, 2)
    return np.asarray(cv2.cvtColor(packed, cv2.COLOR_YUV2RGB_YUYV), np.uint8)


def from_i420(planes: NDArray[np.uint8], *, width_px: int, height_px: int) -> "RgbPixels | None":
    """The picture out of planar 4:2:0 of full range, shape (height_px * 3 / 2, row); None of another shape."""
    if planes.ndim != 2 or planes.shape[0] != height_px * 3 // 2 or planes.shape[1] < width_px:
        return None
    row = planes.shape[1]
    luma = planes[:height_px, :width_px]
    chroma = planes[height_px:].reshape(2, height_px // 2, row // 2)[:, :, : width_px // 2]
    blue, red = (cv2.resize(np.ascontiguousarray(one), (width_px, height_px)) for one in chroma)
    return np.asarray(cv2.cvtColor(cv2.merge((luma, red, blue)), cv2.COLOR_YCrCb2RGB), np.uint8)


def reduced(pixels: RgbPixels, *, factor: int) -> RgbPixels:
    """The same view, averaged, `factor` times smaller."""
    height_px, width_px = pixels.shape[:2]
    small = (ceil(width_px / factor), ceil(height_px / factor))
    return np.asarray(cv2.resize(pixels, small, interpolation=cv2.INTER_AREA), np.uint8)


def turned(pixels: RgbPixels, turn: Turn) -> RgbPixels:
    """Turned clockwise, never mirrored."""
    return pixels if turn == 0 else np.ascontiguousarray(cv2.rotate(pixels, _CODES[turn]))
