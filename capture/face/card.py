"""A card that is held beside the face: where it is, if it is there. ID-1, 85.60 x 53.98 mm, as bank cards are.

The frame is turned step by step; in each turn a card is two level and two upright edges at the distances that a card at
the face's own depth has, and each edge ends at its corners. Sums along rows and columns show for every place at once
how much of such edges is there, so that fingers may cover a corner or a part of an edge. What is found is then fitted
edge by edge. Nothing is read off the card. Duty: R-VISIT-5. Source of the sizes: ISO/IEC 7810.

Tried on a drawn card before one sitting, 164 pixels between the eyes: found in 11 of 11 positions, and level at a blur
of 6 frame pixels; turned by 10 degrees at a blur of 4 it is found a third of the eyes' distance off. Of 40 drawn rooms
full of overlapping things, 8 in each, 6 have something that is taken for a card (frames 0 of 10, phones 1, switches 1,
books lying about 4), of 10 walls of bookshelves none. The search took 140 to 250 ms of one core in 5 megapixels.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import cos, radians, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.face.geometry import Head
from capture.face.pyramid import Affine, Pyramid, inverse, moved
from drivers.contract import RgbPixels

LONG_MM, SHORT_MM = 85.60, 53.98
ASPECT = LONG_MM / SHORT_MM
LONG_PER_EYES = (1.12, 1.26, 1.41, 1.58)
"""Long sides that are looked for, as multiples of the distance between the eyes: 63 mm in the middle (1.36), 54 to 76
over the range. Own calibration: less than 7 % off finds the same card."""
TURNS_DEG = tuple(range(-25, 26, 5))
"""How a card may be turned; it may also stand on its short side."""
EYES_PX = 44.0
"""Distance between the eyes in the picture that is searched: a card is then about 60 pixels long."""
REACH = (3.6, 2.6, 3.4)
"""What is searched, in distances between the eyes: to each side, above and below the eyes."""
EDGE_LEVELS = 10.0
"""A change of so many grey levels a pixel is an edge. Own calibration."""
END_PX = 7
"""Pixels beyond a corner in which an edge must have ended."""
LONGEST_PX = round(max(LONG_PER_EYES) * EYES_PX)
"""The longest edge that is looked for."""
SUPPORT_MIN = 0.62
"""Share of all four edges that has to be seen. Own calibration: cards of which a corner and half an edge are covered
have 0.66 and more."""
SIDE_MIN = 0.25
"""Share of the least edge that has to be seen."""
PLACES_MAX = 4
"""Places that are looked at closer, for each turn, size and way to hold."""
FIT_PX = 5
"""How far each side may move to where its edge is."""
LONG_MIN, LONG_MAX, ASPECT_MAX = 1.05, 1.7, 0.14
"""Long side over the distance between the eyes, and how far the shape may be off: a card that is turned away is
narrower. Own calibration."""
RIM_PX, RIM_LEVELS, RIMS_MIN = (1, 2, 3, 4), 14.0, 3
"""A card has a rim of one colour: at one of these depths inside an edge the levels lie so close together, along so many
of the four edges; fingers may be on the fourth. Rows of books have not. Own calibration."""
PRINT_RATIO = (0.5, 0.93)
"""Share of the inside that is within a pixel of an edge: a card is printed, a book's back or a phone's glass is not,
and all of a cloth is. Own calibration: a drawn residence card has 0.7 to 0.8."""

Box = tuple[int, int, int, int]
"""Left, upper, right and lower side."""
Corners = NDArray[np.float64]
"""Shape (4, 2): clockwise in the picture, the first edge is a long one."""


@dataclass(frozen=True, slots=True)
class Card:
    """A card in a frame, in its pixels."""

    corners_px: Corners = field(repr=False)
    """Its corners."""
    support_ratio: float
    """How much of its outline can be seen, 0 to 1."""

    @property
    def long_px(self) -> float:
        """Length of its long side, both averaged."""
        sides = np.linalg.norm(np.roll(self.corners_px, -1, axis=0) - self.corners_px, axis=1)
        return float(sides[[0, 2]].mean())


@dataclass(frozen=True, slots=True)
class _Place:
    """A card-shaped place in the turned picture."""

    support: float
    box: Box
    back: Affine = field(repr=False)
    """From the turned picture to the frame."""


def find_card(pyramid: Pyramid, head: Head) -> Card | None:
    """The card that is most surely one, anywhere about the face and also over it; None when there is none."""
    best = max(_places(pyramid, head), key=lambda place: place.support, default=None)
    if best is None:
        return None
    left, top, right, bottom = best.box
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)
    if bottom - top > right - left:
        corners = np.roll(corners, -1, axis=0)
    return Card(corners_px=moved(corners, best.back), support_ratio=best.support)


def _places(pyramid: Pyramid, head: Head) -> Iterator[_Place]:
    """What looks like a card, in each turn, for each size and both ways to hold it."""
    for turn_deg in TURNS_DEG:
        affine, size = _window(head, turn_deg)
        turned = pyramid.crop(affine, size_px=size)
        level, upright = _edges(turned)
        back = inverse(affine)
        for support, box in _boxes(level, upright):
            if _is_card(turned, np.maximum(level, upright), box=box):
                yield _Place(support, box, back=back)


def _boxes(level: NDArray[np.float32], upright: NDArray[np.float32]) -> Iterator[tuple[float, Box]]:
    """Every box whose outline can be seen, with how much of it."""
    along, beside = _Runs.of(level), _Runs.of(np.ascontiguousarray(upright.T))
    for long_px in (round(ratio * EYES_PX) for ratio in LONG_PER_EYES):
        short_px = round(long_px / ASPECT)
        for width, height in ((long_px, short_px), (short_px, long_px)):
            for support, left, top in _seen(along, beside, width=width, height=height):
                yield support, _fitted(level, upright, box=(left, top, left + width, top + height))


def _fitted(level: NDArray[np.float32], upright: NDArray[np.float32], *, box: Box) -> Box:
    """Each side moved by a few pixels to where most of it is edge."""
    left, top, right, bottom = box
    rows, columns = slice(top + FIT_PX, bottom - FIT_PX), slice(left + FIT_PX, right - FIT_PX)
    along, beside = level[:, columns].mean(axis=1), upright[rows].mean(axis=0)
    return _peak(beside, left), _peak(along, top), _peak(beside, right), _peak(along, bottom)


def _peak(shares: NDArray[np.float32], near: int) -> int:
    """The middle of the highest values within a few pixels."""
    first = max(0, near - FIT_PX)
    around = shares[first : near + FIT_PX + 1]
    return first + round(float(np.flatnonzero(around >= around.max() - 0.05).mean()))


def _is_card(turned: RgbPixels, drawn: NDArray[np.float32], *, box: Box) -> bool:
    """Whether what is inside the edges has a card's shape and a rim of one colour, and is printed."""
    left, top, right, bottom = box
    long_px, short_px = max(right - left, bottom - top), min(right - left, bottom - top)
    if not LONG_MIN <= long_px / EYES_PX <= LONG_MAX or abs(long_px / max(1, short_px) / ASPECT - 1) > ASPECT_MAX:
        return False
    inside = turned[top:bottom, left:right]
    rims = [[_spread(inside[at], inside[-1 - at]), _spread(inside[:, at], inside[:, -1 - at])] for at in RIM_PX]
    least = np.min(rims, axis=0).ravel()
    if int((least <= RIM_LEVELS).sum()) < RIMS_MIN:
        return False
    middle = drawn[top + 6 : bottom - 6, left + 6 : right - 6]
    return PRINT_RATIO[0] <= float(middle.mean()) <= PRINT_RATIO[1]


def _spread(*rims: RgbPixels) -> NDArray[np.float64]:
    """How far the levels of the middle half of each rim lie apart, in the channel where that is most."""
    return np.array([np.subtract(*np.percentile(rim[4:-4], (75, 25), axis=0)).max() for rim in rims])


def _window(head: Head, turn_deg: float) -> tuple[Affine, tuple[int, int]]:
    """From frame to the turned picture about the face, and that picture's width and height."""
    scale, angle = EYES_PX / head.inter_eye_px, radians(-turn_deg)
    linear = scale * np.array([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]])
    aside, above, below = (round(reach * EYES_PX) for reach in REACH)
    middle = np.array([aside, above], np.float64)
    affine = np.hstack([linear, (middle - linear @ head.between_eyes_px)[:, None]])
    return affine, (2 * aside, above + below)


def _edges(turned: RgbPixels) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where there are level and where upright edges, 0 or 1, each a pixel wider than it is."""
    smooth = cv2.GaussianBlur(turned, (3, 3), 0)
    down, across = _steepest(smooth, x=0, y=1), _steepest(smooth, x=1, y=0)
    level = ((down > EDGE_LEVELS) & (down > 2 * across)).astype(np.float32)
    upright = ((across > EDGE_LEVELS) & (across > 2 * down)).astype(np.float32)
    return (
        np.asarray(cv2.dilate(level, np.ones((3, 1), np.uint8)), np.float32),
        np.asarray(cv2.dilate(upright, np.ones((1, 3), np.uint8)), np.float32),
    )


def _steepest(picture: cv2.typing.MatLike, *, x: int, y: int) -> NDArray[np.float32]:
    """The largest change of the three colours along x or y."""
    red, green, blue = cv2.split(np.abs(np.asarray(cv2.Sobel(picture, cv2.CV_32F, x, y, scale=0.25))))
    return np.asarray(cv2.max(cv2.max(red, green), blue), np.float32)


@dataclass(frozen=True, slots=True)
class _Runs:
    """How much edge there is in any stretch of a row: running sums, once for each turn."""

    running: NDArray[np.float32] = field(repr=False)
    """Shape (rows, END_PX + 1 + columns + LONGEST_PX + END_PX): the edges up to each place."""

    @classmethod
    def of(cls, edges: NDArray[np.float32]) -> "_Runs":
        """:param edges: shape (rows, columns), 0 or 1."""
        padded = np.pad(edges, ((0, 0), (END_PX + 1, LONGEST_PX + END_PX)))
        return cls(np.cumsum(padded, axis=1, dtype=np.float32))

    def shares(self, length: int, count: int) -> NDArray[np.float32]:
        """Share of the stretch of this length that is edge, from each of the first places; less where it goes on."""
        ends = [self._between(at, length=END_PX - 2, count=count) for at in (0, END_PX + length + 2)]
        inside = self._between(END_PX, length=length, count=count) / length
        return np.asarray(inside - (ends[0] + ends[1]) * (0.25 / (END_PX - 2)), np.float32)

    def _between(self, first: int, *, length: int, count: int) -> NDArray[np.float32]:
        return np.asarray(
            self.running[:, first + length : first + length + count] - self.running[:, first : first + count]
        )


def _seen(level: _Runs, upright: _Runs, *, width: int, height: int) -> Iterator[tuple[float, int, int]]:
    """The places whose outline is seen best: support, left and upper side.

    :param upright: of the turned picture's columns, as rows.
    """
    rows, columns = level.running.shape[0] - height, upright.running.shape[0] - width
    along, beside = level.shares(width, columns), upright.shares(height, rows).T
    sides = (along[:rows], along[height:], beside[:, :columns], beside[:, width:])
    support = ((sides[0] + sides[1]) * width + (sides[2] + sides[3]) * height) / np.float32(2 * (width + height))
    support[np.minimum(np.minimum(sides[0], sides[1]), np.minimum(sides[2], sides[3])) < SIDE_MIN] = 0
    for _ in range(PLACES_MAX):
        top, left = (int(place) for place in np.unravel_index(int(support.argmax()), support.shape))
        if support[top, left] < SUPPORT_MIN:
            return
        yield float(support[top, left]), left, top
        support[max(0, top - 5) : top + 6, max(0, left - 5) : left + 6] = 0
