"""A picture that explains a print's score: what is finger, how clear each place is, which way it runs, minutiae."""

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from capture.finger.grid import BLOCK_PX, Moments
from capture.finger.minutiae import Kind, Minutiae
from capture.finger.region import blocks_of, region_of_interest
from drivers.contract import GreyPixels, RgbPixels

GAP_PX, HEAD_PX, WORDS_PX, TEXT_PX = 16, 30, 330, 15
MARGIN_PX = 16

_INK, _SOFT, _PAPER = (22, 32, 43), (91, 104, 118), (255, 255, 255)
_EDGE, _FORK = (200, 60, 20), (20, 80, 170)
_MARK_PX = 4
_WORST, _BEST = np.array([178, 24, 43], np.float64), np.array([27, 120, 55], np.float64)
_CERTAINTY = (0.2, 0.95)
"""Orientation certainty that is drawn in the worst and in the best colour."""


def explain(pixels: GreyPixels, rating: Mapping[str, Any], *, minutiae: Minutiae) -> RgbPixels:
    """The print five times, with what was found, and the reasons in words.

    :param pixels: shape (height_px, width_px), uint8, 0 = ridge, at 500 ppi.
    :param rating: what `smilius quality finger --json` prints about it.
    :param minutiae: what was found on it; forks are drawn as squares, ends as circles.
    :returns: shape (rows_px, columns_px, 3), uint8.
    """
    grey: RgbPixels = np.repeat(pixels[:, :, None], 3, axis=2)
    panels = {"print": grey}
    if rating["failure"] is None:
        region = region_of_interest(pixels)
        moments = Moments.of(pixels)
        panels |= {
            "what is finger": _outlined(grey, region),
            "how clearly ridges run one way": _coloured(grey, moments, region=region),
            "which way they run": _directed(grey, moments, region=region),
            f"{len(minutiae)} minutiae": _marked(grey, minutiae),
        }
    return _sheet(panels, _words(rating), size=(pixels.shape[1], pixels.shape[0]))


def _outlined(picture: RgbPixels, region: NDArray[np.bool_]) -> RgbPixels:
    drawn = np.where(region[:, :, None], picture, picture // 3 + 170).astype(np.uint8)
    edges, _ = cv2.findContours(region.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return np.asarray(cv2.drawContours(drawn, edges, -1, _EDGE, 2), dtype=np.uint8)


def _coloured(picture: RgbPixels, moments: Moments, *, region: NDArray[np.bool_]) -> RgbPixels:
    certainty = moments.anisotropy / np.maximum(moments.energy, np.finfo(np.float64).tiny)
    least, most = _CERTAINTY
    share = np.clip((certainty - least) / (most - least), 0, 1)[:, :, None]
    colours = _spread(_WORST + share * (_BEST - _WORST), shape=region.shape)
    inside = _spread(blocks_of(region), shape=region.shape)[:, :, None]
    return np.where(inside, 0.45 * picture + 0.55 * colours, picture).astype(np.uint8)


def _spread(blocks: NDArray[Any], *, shape: tuple[int, ...]) -> NDArray[Any]:
    """One value a square becomes one a pixel."""
    return blocks.repeat(BLOCK_PX, axis=0).repeat(BLOCK_PX, axis=1)[: shape[0], : shape[1]]


def _directed(picture: RgbPixels, moments: Moments, *, region: NDArray[np.bool_]) -> RgbPixels:
    drawn = (picture // 2 + 127).astype(np.uint8)
    # along the ridges: a quarter turn from where the grey levels change most
    along_rad = np.arctan2(2 * moments.xy, moments.xx - moments.yy) / 2 + np.pi / 2
    for row, column in np.argwhere(blocks_of(region)):
        x, y = (int((place + 0.5) * BLOCK_PX) for place in (column, row))
        dx, dy = (0.42 * BLOCK_PX * turn(along_rad[row, column]) for turn in (np.cos, np.sin))
        begin, end = (round(x - dx), round(y - dy)), (round(x + dx), round(y + dy))
        cv2.line(drawn, begin, end, _EDGE, 2, cv2.LINE_AA)
    return drawn


def _marked(picture: RgbPixels, minutiae: Minutiae) -> RgbPixels:
    drawn = (picture // 2 + 127).astype(np.uint8)
    found = zip(minutiae.x_px, minutiae.y_px, minutiae.angle_rad, minutiae.kind, strict=True)
    for x, y, angle_rad, kind in found:
        middle = round(float(x)), round(float(y))
        colour = _EDGE if kind == Kind.ENDING else _FORK
        if kind == Kind.ENDING:
            cv2.circle(drawn, middle, _MARK_PX, colour, 1, cv2.LINE_AA)
        else:
            corners = [(middle[0] + side * _MARK_PX, middle[1] + side * _MARK_PX) for side in (-1, 1)]
            cv2.rectangle(drawn, corners[0], corners[1], colour, 1)
        # angles grow counter-clockwise, rows grow down
        tip = round(x + 3 * _MARK_PX * np.cos(angle_rad)), round(y - 3 * _MARK_PX * np.sin(angle_rad))
        cv2.line(drawn, middle, tip, colour, 1, cv2.LINE_AA)
    return drawn


def _words(rating: Mapping[str, Any]) -> list[str]:
    if rating["score"] is None:
        return ["Not assessable", "", str(rating["failure"])]
    head = [f"Score {rating['score']} of 100", f"{rating['algorithm']} {rating['version']}", ""]
    return [*head, *(rating["reasons"] or ["Nothing stands out."])]


def _sheet(panels: Mapping[str, RgbPixels], words: list[str], *, size: tuple[int, int]) -> RgbPixels:
    width, height = size
    columns = len(panels) * (width + GAP_PX) + WORDS_PX
    sheet = Image.new("RGB", (columns + MARGIN_PX, max(height, 200) + HEAD_PX + 2 * MARGIN_PX), _PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(TEXT_PX)
    for number, (title, picture) in enumerate(panels.items()):
        left = MARGIN_PX + number * (width + GAP_PX)
        draw.text((left, MARGIN_PX), fitted(title, font, width_px=width)[0], fill=_SOFT, font=font)
        sheet.paste(Image.fromarray(picture), (left, MARGIN_PX + HEAD_PX))
    left, line_px = MARGIN_PX + len(panels) * (width + GAP_PX), TEXT_PX + 7
    lines = [line for word in words for line in fitted(word, font, width_px=WORDS_PX - GAP_PX)]
    for number, line in enumerate(lines):
        draw.text((left, MARGIN_PX + HEAD_PX + number * line_px), line, fill=_INK, font=font)
    return np.asarray(sheet)


def fitted(sentence: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, *, width_px: int) -> list[str]:
    """The sentence in lines that are not wider than this, unless a single word is."""
    lines = [""]
    for word in sentence.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width_px:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
