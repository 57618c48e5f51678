"""A picture that explains a portrait's gates: the picture with its faces, the portrait with its zones, every gate."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from capture.face.examine import Examination, Zones
from capture.face.gates import Subject
from capture.face.points import LIDS, LIPS_LOWER, LIPS_UPPER, Points
from capture.face.pyramid import inverse, moved
from drivers.contract import RgbPixels
from provisioning.quality.gate_table import TABLE_PX, Colour, Font, GateTable

PANEL_PX: Final = (480, 640)
"""Width and height of the picture's and of the portrait's panel."""
GAP_PX, HEAD_PX = 24, 34

_SOFT, _PAPER = (91, 104, 118), (255, 255, 255)
_FACE, _CHEEK, _EYE, _EMPTY = (20, 80, 170), (230, 140, 20), (0, 140, 140), (120, 90, 170)
_CUT, _LIP = (27, 120, 55), (178, 24, 43)
_TINT: Final = 0.28


def sheet(picture: RgbPixels, examination: Examination) -> RgbPixels:
    """The picture, the portrait and the gates beside each other, shape (rows_px, columns_px, 3).

    :param picture: what was examined, shape (height_px, width_px, 3), RGB.
    """
    panels = {"the picture": _seen(picture, examination)}
    if examination.subject is not None:
        title = "the portrait" if examination.hint is None else "what a portrait would show"
        panels[title] = _measured(examination.subject)
    elif examination.faces:
        panels["the face"] = _close(picture, examination.faces[0])
    return _laid_out(panels, examination)


def _seen(picture: RgbPixels, examination: Examination) -> RgbPixels:
    """The whole picture, with a box around each face and the portrait's own edge."""
    small, scale = _within(picture)
    for points in examination.faces:
        low, high = points[:, :2].min(axis=0) * scale, points[:, :2].max(axis=0) * scale
        cv2.rectangle(small, _pixel(low), _pixel(high), _FACE, 2, cv2.LINE_AA)
    if examination.subject is not None and examination.framing is not None:
        height_px, width_px = examination.subject.portrait.shape[:2]
        corners = np.array([[0.0, 0.0], [width_px, 0.0], [width_px, height_px], [0.0, height_px]])
        back = inverse(examination.framing.affine)
        outline = (moved(corners, back) * scale).round().astype(np.int32)
        cv2.polylines(small, [outline], True, _CUT, 2, cv2.LINE_AA)
    return small


def _within(picture: RgbPixels) -> tuple[RgbPixels, float]:
    """A copy that fits the panel, and its scale."""
    height_px, width_px = picture.shape[:2]
    scale = min(PANEL_PX[0] / width_px, PANEL_PX[1] / height_px)
    size = (max(1, round(width_px * scale)), max(1, round(height_px * scale)))
    resized = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    return np.array(resized, np.uint8), scale


def _measured(subject: Subject) -> RgbPixels:
    """The portrait with the zones that the gates read, tinted, and the points on top."""
    zones, points = Zones.of(subject), subject.points
    shown, scale = _within(subject.portrait)
    for zone, colour in ((zones.background, _EMPTY), (zones.cheeks, _CHEEK), (zones.eyes, _EYE)):
        grown = cv2.resize(zone.astype(np.uint8), shown.shape[1::-1], interpolation=cv2.INTER_NEAREST)
        shown = _tinted(shown, grown, colour=colour)
    hull = cv2.convexHull((points[:, :2] * scale).round().astype(np.int32))
    cv2.polylines(shown, [hull], True, _FACE, 2, cv2.LINE_AA)
    return _dotted(shown, points[:, :2] * scale)


def _tinted(picture: RgbPixels, zone: cv2.typing.MatLike, *, colour: Colour) -> RgbPixels:
    inside = np.asarray(zone, np.uint8) > 0
    blended = np.where(inside[:, :, None], (1 - _TINT) * picture + _TINT * np.array(colour), picture).astype(np.uint8)
    edges, _ = cv2.findContours(inside.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return np.asarray(cv2.drawContours(blended, edges, -1, colour, 1, cv2.LINE_AA), np.uint8)


def _close(picture: RgbPixels, points: Points) -> RgbPixels:
    """The face alone, as large as the panel allows, with its points."""
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    margin = 0.5 * (high - low)
    left, top = np.maximum(0, low - margin).astype(int)
    right, bottom = (high + margin).astype(int) + 1
    shown, scale = _within(picture[top:bottom, left:right])
    return _dotted(shown, (points[:, :2] - (left, top)) * scale)


def _dotted(picture: RgbPixels, points: NDArray[np.float64]) -> RgbPixels:
    """Every point as a dot, lids and lips as lines."""
    for point in points:
        cv2.circle(picture, _pixel(point), 1, _PAPER, -1, cv2.LINE_AA)
    for outer, upper, inner, lower in LIDS:
        _line(picture, points[[outer, *upper, inner, *lower]], colour=_EYE)
    _line(picture, points[[78, *LIPS_UPPER, 308, *LIPS_LOWER[::-1]]], colour=_LIP)
    return picture


def _line(picture: RgbPixels, outline: NDArray[np.float64], *, colour: Colour) -> None:
    cv2.polylines(picture, [outline.round().astype(np.int32)], True, colour, 1, cv2.LINE_AA)


def _pixel(point: NDArray[np.float64]) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))


def _laid_out(panels: dict[str, RgbPixels], examination: Examination) -> RgbPixels:
    words = GateTable(examination)
    table_left = GAP_PX + len(panels) * (PANEL_PX[0] + GAP_PX)
    height = max(PANEL_PX[1] + HEAD_PX, words.height_px) + 2 * GAP_PX
    page = Image.new("RGB", (table_left + TABLE_PX + GAP_PX, height), _PAPER)
    draw = ImageDraw.Draw(page)
    for number, (title, picture) in enumerate(panels.items()):
        left = GAP_PX + number * (PANEL_PX[0] + GAP_PX)
        draw.text((left, GAP_PX), title, fill=_SOFT, font=words.font)
        page.paste(Image.fromarray(picture), (left, GAP_PX + HEAD_PX))
    if examination.subject is not None:
        _legend(draw, words.font, place=(GAP_PX + PANEL_PX[0] + GAP_PX, GAP_PX + HEAD_PX + PANEL_PX[1] + 12))
    words.write(draw, (table_left, GAP_PX))
    return np.asarray(page)


def _legend(draw: ImageDraw.ImageDraw, font: Font, *, place: tuple[int, int]) -> None:
    left, top = place
    for name, colour in (("face", _FACE), ("cheeks", _CHEEK), ("eyes", _EYE), ("background", _EMPTY)):
        draw.rectangle((left, top + 3, left + 11, top + 14), fill=colour)
        draw.text((left + 18, top), name, fill=_SOFT, font=font)
        left += 18 + int(font.getlength(name)) + 22
