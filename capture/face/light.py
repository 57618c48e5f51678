"""The light at the seat, before anybody sits there: what a picture of a card or of the empty chair tells a technician.

The picture is divided into *zones*. Those that are plain and join up, from the middle of a card or from the top of the
wall behind an empty chair, are the *neutral area*; all is measured there. A card is known to be neutral. That the wall
is grey is only assumed: a colour cast may then be the wall's own. Levels are taken for sRGB, so where a camera bends
its tones, stops are a little off; and where levels are clipped, the light is less even than it reads.

Source: facts/standards.md section 2.6 (capture set-up: grey background from #A1A1A1 to #E1E1E1, diffuse light; four
zones of the face, the darkest at least half as bright as the brightest). Pure; no figure is a standard's or OFIQ's.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from math import inf, log2, pi, sqrt

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.errors import FrameUnusable
from capture.face.measures import LINEAR, LUMINANCE, grey_of, mean_colour
from drivers.contract import RgbPixels

ZONES_LONG = 12
"""Zones along the picture's longer side; across it as many as make them about square."""
CELLS = 16
"""A zone's side in the reduced picture: noise is averaged away, edges stay."""
PLAIN_RATIO = 1.35
"""Within a plain zone the tenth brightest cell has less than so many times the light of the tenth darkest. Own
calibration: a lamp that falls off by half over three zones has 1.3, a zone with a chair's edge in it 2 and more."""
STEP_RATIO = 1.45
"""From one zone of the neutral area to the next the light changes by less than this. Own calibration, as above."""
STEP_COLOUR = 8.0
"""And the colour by less than this (CIELAB a*, b*): a wooden chair differs from its wall by 12 and more."""
AREA_MIN = 0.25
"""The neutral area needs this share of the zones for anything to be said."""
CLIPPED_LEVEL = 254
"""A channel at this level and above is as good as full."""
BLACK_PERCENT = 0.1
"""The share of the picture that is darker than the black level."""

Zones = NDArray[np.float64]
"""Shape (rows, columns): a figure for each zone, NaN outside the neutral area."""
Area = NDArray[np.bool_]
"""Shape (rows, columns): which zones are meant."""


class Shown(StrEnum):
    """What the picture shows."""

    CARD = "card"
    CHAIR = "chair"


class LightAdvice(StrEnum):
    """What the technician should do. The value is the stable code; left and right are the picture's."""

    SHOW_PLAIN_AREA = "show-plain-area"
    LAMP_LEFT = "lamp-left"
    LAMP_RIGHT = "lamp-right"
    LAMPS_LOWER = "lamps-lower"
    LAMPS_HIGHER = "lamps-higher"
    LAMP_FARTHER = "lamp-farther"
    CLEAR_SHADOW = "clear-shadow"
    LIGHT_EVENLY = "light-evenly"
    LESS_EXPOSURE = "less-exposure"
    MORE_EXPOSURE = "more-exposure"
    MORE_LIGHT = "more-light"
    SET_WHITE_BALANCE = "set-white-balance"
    CHECK_COLOUR_WITH_CARD = "check-colour-with-card"
    WALL_TOO_DARK = "wall-too-dark"
    WALL_TOO_BRIGHT = "wall-too-bright"

    @property
    def sentence(self) -> str:
        """One plain sentence that says what is wrong and what to do."""
        return _SENTENCES[self]


_SENTENCES = {
    LightAdvice.SHOW_PLAIN_AREA: "No plain area is large enough to judge the light by: take the picture of an empty "
    "chair before its wall, or of a card that fills it.",
    LightAdvice.LAMP_LEFT: "The left of the picture is darker: a second lamp is needed there, or a stronger one.",
    LightAdvice.LAMP_RIGHT: "The right of the picture is darker: a second lamp is needed there, or a stronger one.",
    LightAdvice.LAMPS_LOWER: "Light comes from above: bring the lamps down to eye height.",
    LightAdvice.LAMPS_HIGHER: "Light comes from below: bring the lamps up to eye height.",
    LightAdvice.LAMP_FARTHER: "One patch is much brighter: a lamp is too near or bare, move it away or diffuse it.",
    LightAdvice.CLEAR_SHADOW: "One patch is much darker: find what casts its shadow there.",
    LightAdvice.LIGHT_EVENLY: "The darkest part gets less than half the light of the brightest: spread the lamps.",
    LightAdvice.LESS_EXPOSURE: "Too little room is left before white: expose less, or dim the lamps.",
    LightAdvice.MORE_EXPOSURE: "The picture is dark: expose longer, or add light.",
    LightAdvice.MORE_LIGHT: "The picture is noisy: more light is needed, so that the camera's gain goes down.",
    LightAdvice.SET_WHITE_BALANCE: "The card has a colour: set the white balance by it; use lamps of one kind.",
    LightAdvice.CHECK_COLOUR_WITH_CARD: "The wall looks coloured: unless it is, the white balance is wrong; check it "
    "with a grey card.",
    LightAdvice.WALL_TOO_DARK: "The background is darker than #A1A1A1: put light on the wall, or make it lighter.",
    LightAdvice.WALL_TOO_BRIGHT: "The background is brighter than #E1E1E1: less light on the wall, or make it darker.",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """One figure with its bounds, which are within, and what to do beyond them."""

    name: str
    """Stable name, lower case with underscores."""
    value: float
    """What was measured."""
    unit: str
    """Unit of value and bounds."""
    low: float = -inf
    """The lowest good value; infinite where there is no such bound."""
    high: float = inf
    """The highest good value; infinite where there is no such bound."""
    below: LightAdvice | None = None
    """What to do where the value is too low."""
    above: LightAdvice | None = None
    """What to do where it is too high."""

    @property
    def advice(self) -> LightAdvice | None:
        """What to do, None where the value is within its bounds."""
        if self.value < self.low:
            return self.below
        return self.above if self.value > self.high else None


@dataclass(frozen=True, slots=True)
class Light:
    """How the light is."""

    shown: Shown
    """What the picture shows."""
    area_ratio: float
    """Share of the zones in which all was measured; too few, and there are no readings."""
    zones: Zones = field(repr=False)
    """Linear light, 0 to 1, of each zone of the neutral area."""
    readings: tuple[Reading, ...]
    """Every figure."""
    advice: tuple[LightAdvice, ...]
    """What to do, each once; empty where the light is good."""


def light_of(picture: RgbPixels, shown: Shown) -> Light:
    """What the light is like and what to do about it.

    :param picture: shape (height_px, width_px, 3), RGB: a white or grey card that fills at least the middle half of the
        picture's sides, or the empty chair with its wall above and beside it.
    :raises: FrameUnusable when the picture has fewer pixels than the zones need.
    """
    small, shape = _reduced(picture)
    rows, columns = shape
    cells = small.reshape(rows, CELLS, columns, CELLS, 3).swapaxes(1, 2).reshape(rows, columns, CELLS * CELLS, 3)
    light = np.median(LINEAR[cells] @ LUMINANCE, axis=2)
    area = _neutral(cells, light, shown=shown)
    share = float(area.mean())
    zones = np.where(area, light, np.nan)
    if share < AREA_MIN:
        return Light(shown, share, zones, (), (LightAdvice.SHOW_PLAIN_AREA,))
    readings = (*_fall(zones), *_colour(cells[area], shown), *_exposure(picture, cells[area]))
    readings += (_noise(picture, area),)
    if shown is Shown.CHAIR:
        readings += (_wall(cells[area]),)
    advice = tuple(dict.fromkeys(reading.advice for reading in readings if reading.advice is not None))
    return Light(shown, share, zones, readings, advice)


def _reduced(picture: RgbPixels) -> tuple[RgbPixels, tuple[int, int]]:
    """A copy of whole zones, and how many rows and columns of them."""
    height_px, width_px = picture.shape[:2]
    long_px = max(height_px, width_px)
    rows, columns = (max(1, round(ZONES_LONG * side_px / long_px)) for side_px in (height_px, width_px))
    if height_px < rows * CELLS or width_px < columns * CELLS:
        raise FrameUnusable("The picture has too few pixels to judge the light by.")
    size = (columns * CELLS, rows * CELLS)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8), (rows, columns)


def _neutral(cells: RgbPixels, light: Zones, *, shown: Shown) -> Area:
    """The plain zones that join up with where the card or the wall has to be."""
    rows, columns = light.shape
    dark, bright = np.percentile(LINEAR[cells] @ LUMINANCE, (10, 90), axis=2)
    plain = bright <= PLAIN_RATIO * np.maximum(dark, LINEAR[1])
    colours = np.array([[mean_colour(zone) for zone in row] for row in cells])
    area = np.zeros((rows, columns), np.bool_)
    if shown is Shown.CARD:
        area[(rows - 1) // 2 : rows // 2 + 1, (columns - 1) // 2 : columns // 2 + 1] = True
    else:
        area[0] = True
    area &= plain
    ahead = [(row, column) for row, column in np.argwhere(area).tolist()]
    while ahead:
        row, column = ahead.pop()
        for zone in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            if not (0 <= zone[0] < rows and 0 <= zone[1] < columns) or area[zone] or not plain[zone]:
                continue
            darker, brighter = sorted((light[zone], light[row, column]))
            alike = np.linalg.norm(colours[zone] - colours[row, column]) < STEP_COLOUR
            if alike and brighter <= STEP_RATIO * max(darker, LINEAR[1]):
                area[zone] = True
                ahead.append(zone)
    return area


def _fall(zones: Zones) -> tuple[Reading, ...]:
    """How evenly the light falls: darkest over brightest, its fall across and down, and what is left of that fall.

    The fall is the plane that fits best, in stops over the whole picture. Its limit comes from `BACKGROUND_BALANCE`:
    20 levels between the halves of a wall of level 190 are 0.35 stops, so 0.7 over its width. A patch or a shadow of
    0.4 stops is 20 levels of 190 too. Own calibration for the rest: a lens darkens its corners by up to 0.3.
    """
    area = ~np.isnan(zones)
    stops = np.log2(np.maximum(zones[area], LINEAR[1]))
    rows, columns = np.nonzero(area)
    places = np.column_stack([columns / zones.shape[1], rows / zones.shape[0], np.ones(len(rows))])
    plane, *_ = np.linalg.lstsq(places, stops, rcond=None)
    left = stops - places @ plane
    left -= np.median(left)
    evenness = float(2 ** (stops.min() - stops.max()))
    return (
        Reading("across", float(plane[0]), "stops", -0.7, 0.7, LightAdvice.LAMP_RIGHT, LightAdvice.LAMP_LEFT),
        Reading("down", float(plane[1]), "stops", -0.7, 0.7, LightAdvice.LAMPS_LOWER, LightAdvice.LAMPS_HIGHER),
        Reading("bright_patch", float(left.max()), "stops", high=0.4, above=LightAdvice.LAMP_FARTHER),
        Reading("dark_patch", float(-left.min()), "stops", high=0.4, above=LightAdvice.CLEAR_SHADOW),
        Reading("evenness", evenness, "ratio", low=0.5, below=LightAdvice.LIGHT_EVENLY),
    )


def _colour(neutral: RgbPixels, shown: Shown) -> tuple[Reading, ...]:
    """The neutral area's a* and b*, and how far they are from grey together.

    Own calibration in the simulated room: 0 to 2 when the white balance has nearly settled, 4.8 with daylight's balance
    under its lamps, 13 with a fifth less red and a third more blue.
    """
    red_green, yellow_blue = (float(value) for value in mean_colour(neutral.reshape(-1, 3)))
    wrong = LightAdvice.SET_WHITE_BALANCE if shown is Shown.CARD else LightAdvice.CHECK_COLOUR_WITH_CARD
    return (
        Reading("cast_a", red_green, "CIELAB"),
        Reading("cast_b", yellow_blue, "CIELAB"),
        Reading("cast", sqrt(red_green**2 + yellow_blue**2), "CIELAB", high=4.0, above=wrong),
    )


def _exposure(picture: RgbPixels, neutral: RgbPixels) -> tuple[Reading, ...]:
    """Room before white at the neutral area's brightest, what is clipped anywhere, and the deepest black.

    Own calibration: a grey card of 18 % is 2.5 stops below white, a wall of #E1E1E1 is 0.4, paper at 245 is 0.13.
    """
    brightest = float(np.percentile(neutral.max(axis=2), 99))
    room = -log2(max(LINEAR[1], float(np.interp(brightest, np.arange(256), LINEAR))))
    clipped = float((picture.max(axis=2) >= CLIPPED_LEVEL).mean())
    black = float(np.percentile(grey_of(picture), BLACK_PERCENT))
    return (
        Reading("head_room", room, "stops", 0.1, 3.0, LightAdvice.LESS_EXPOSURE, LightAdvice.MORE_EXPOSURE),
        Reading("clipped", clipped, "ratio", high=0.005, above=LightAdvice.LESS_EXPOSURE),
        Reading("black_level", black, "levels"),
    )


def _noise(picture: RgbPixels, area: Area) -> Reading:
    """Standard deviation of the grey's noise: what is left when all that is smooth is taken away.

    Source: Immerkaer, Fast Noise Variance Estimation, 1996. Own calibration: a frame with 10 levels still makes a good
    portrait (its pixels are averaged), one with 40 fails `jpeg_quality`.
    """
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    rough = np.abs(np.asarray(cv2.filter2D(grey_of(picture), cv2.CV_32F, kernel)))
    size = (picture.shape[1], picture.shape[0])
    inside = np.asarray(cv2.resize(area.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)) > 0
    levels = sqrt(pi / 2) / 6 * float(rough[inside].mean())
    return Reading("noise", levels, "levels", high=10.0, above=LightAdvice.MORE_LIGHT)


def _wall(neutral: RgbPixels) -> Reading:
    """The wall's middle grey. Source of the bounds: #A1A1A1 and #E1E1E1, facts/standards.md section 2.6."""
    grey = float(np.median(grey_of(neutral)))
    return Reading("wall", grey, "levels", 0xA1, 0xE1, LightAdvice.WALL_TOO_DARK, LightAdvice.WALL_TOO_BRIGHT)
