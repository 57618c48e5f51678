"""A sitter who holds a card beside the face, drawn into the good sitting; and rooms full of things that are no card."""

from dataclasses import dataclass
from math import cos, radians, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.face.card import ASPECT, LONG_MM
from capture.face.geometry import head_of
from drivers.contract import RgbPixels
from drivers.world.photograph import astronaut
from tests.capture.face.sitting import NOISE_LEVELS, Levels, Sitting, exposed

FACE_MM = 63.0
"""Between the eyes."""


def card_face(*, long_px: int = 856, printed: bool = False) -> Levels:
    """A residence card as they look: light, with a photograph, lines of text, a chip and a coloured band."""
    height = round(long_px / ASPECT)
    card = np.full((height, long_px, 3), (226, 232, 236), np.float32)
    card[: height // 6] = (70, 110, 160)
    cv2.putText(card, "RESIDENCE", (long_px // 20, height // 8), 0, long_px / 700, (245, 245, 245), 3, cv2.LINE_AA)
    card[height // 4 : height * 4 // 5, long_px // 16 : long_px // 3] = (150, 150, 158)
    cv2.circle(card, (long_px // 5, height // 2 - 20), height // 9, (96, 80, 74), -1, cv2.LINE_AA)
    if printed:
        size = (long_px // 3 - long_px // 16, height * 4 // 5 - height // 4)
        box = slice(height // 4, height // 4 + size[1]), slice(long_px // 16, long_px // 16 + size[0])
        card[box] = cv2.resize(astronaut()[:269, 120:330], size, interpolation=cv2.INTER_AREA)
    for row in range(6):
        place = (long_px * 3 // 8, height // 4 + 40 + row * height // 9)
        cv2.putText(card, "SPECIMEN 0123456789", place, 0, long_px / 900, (40, 40, 48), 2, cv2.LINE_AA)
    return card


@dataclass(frozen=True)
class Held:
    """How the card is held: where its middle is, from the middle between the eyes, in distances between the eyes."""

    across: float = 1.75
    down: float = 0.6
    turn_deg: float = 0.0
    nearer: float = 1.0
    """How much larger than at the face's depth it looks."""
    tilt: float = 0.0
    """How much shorter its far side looks."""
    blur_px: float = 0.0
    fingers: bool = True
    upright: bool = False
    printed: bool = False
    """Whether the photograph on the card is the client's and not a drawn one."""


def corners_of(sitting: Sitting, held: Held) -> NDArray[np.float64]:
    """Clockwise from the card's own upper left corner."""
    head = head_of(sitting.points)
    unit = head.inter_eye_px * held.nearer / FACE_MM
    half_long, half_short = LONG_MM * unit / 2, LONG_MM / ASPECT * unit / 2
    short = half_short * (1 - held.tilt)
    flat = np.array([[-half_long, -half_short], [half_long, -short], [half_long, short], [-half_long, half_short]])
    angle = radians(held.turn_deg + (90 if held.upright else 0))
    turn = np.array([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]])
    middle = head.between_eyes_px + head.inter_eye_px * np.array([held.across, held.down])
    corners: NDArray[np.float64] = flat @ turn.T + middle
    return corners


def holding(sitting: Sitting, held: Held) -> RgbPixels:
    """The sitting with the card, as the sensor gives it."""
    card, picture = card_face(printed=held.printed), sitting.picture
    corners = corners_of(sitting, held)
    sides = np.array([[0, 0], [card.shape[1], 0], [card.shape[1], card.shape[0]], [0, card.shape[0]]], np.float32)
    warp = cv2.getPerspectiveTransform(sides, corners.astype(np.float32))
    size = (picture.shape[1], picture.shape[0])
    cover = cv2.warpPerspective(_rounded(card.shape[0], card.shape[1]), warp, size, flags=cv2.INTER_LINEAR)
    drawn = cv2.warpPerspective(card, warp, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    if held.blur_px:
        cover, drawn = (cv2.GaussianBlur(layer, (0, 0), held.blur_px) for layer in (cover, drawn))
    picture = picture * (1 - cover[..., None]) + drawn * cover[..., None]
    if held.fingers:
        picture = _fingers(picture, corners, size_px=head_of(sitting.points).inter_eye_px)
    return exposed(picture.astype(np.float32), noise_levels=NOISE_LEVELS)


def _rounded(height: int, width: int) -> NDArray[np.float32]:
    """A card's outline: corners of 3.18 mm radius."""
    radius = round(3.18 / LONG_MM * width)
    inner = np.zeros((height, width), np.float32)
    inner[radius:-radius, radius:-radius] = 1
    grown = cv2.dilate(inner, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)))
    return np.asarray(cv2.GaussianBlur(grown, (0, 0), 1.0), np.float32)


def _fingers(picture: Levels, corners: NDArray[np.float64], *, size_px: float) -> Levels:
    """A thumb over the lower edge, and a hand below it."""
    hand = np.zeros(picture.shape[:2], np.float32)
    edges = [corners[[side, (side + 1) % 4]] for side in range(4)]
    lower = max(edges, key=lambda edge: float(edge[:, 1].mean()))
    edge = lower[np.argsort(lower[:, 0])]
    grip = edge[0] + 0.62 * (edge[1] - edge[0])
    thick = int(0.3 * size_px)
    tip = grip - np.array([0.0, 0.22 * size_px])
    heel = grip + np.array([0.25 * size_px, 1.3 * size_px])
    cv2.line(hand, _pixel(tip), _pixel(grip + np.array([0.0, 0.5 * size_px])), 1.0, thick, cv2.LINE_AA)
    cv2.ellipse(hand, _pixel(heel), (int(0.6 * size_px), int(0.9 * size_px)), 12, 0, 360, 1.0, -1, cv2.LINE_AA)
    soft = cv2.GaussianBlur(hand, (0, 0), 2.0)[..., None]
    return np.asarray(picture * (1 - soft) + np.array([205, 158, 134], np.float32) * soft, np.float32)


def _pixel(place: NDArray[np.float64]) -> tuple[int, int]:
    return int(place[0]), int(place[1])


def room(sitting: Sitting, kind: str, *, seed: int) -> RgbPixels:
    """The good sitting before things that are no card, where a card would be looked for."""
    dice, wall, head = np.random.default_rng(seed), sitting.wall.copy(), head_of(sitting.points)
    unit, (x, y) = head.inter_eye_px / FACE_MM, head.between_eyes_px
    for side in (-1, 1):
        for _ in range(4):
            long_mm, short_mm = _THINGS[kind]
            middle = np.array([x + side * dice.uniform(110, 200) * unit, y + dice.uniform(-120, 160) * unit])
            half = np.array([long_mm, short_mm])[:: dice.choice([-1, 1])] * unit / 2 * dice.uniform(0.8, 1.2)
            colour = dice.integers(20, 235, 3).tolist()
            cv2.rectangle(wall, _pixel(middle - half), _pixel(middle + half), colour, -1)
            inner = half - 6 * unit
            cv2.rectangle(wall, _pixel(middle - inner), _pixel(middle + inner), dice.integers(20, 235, 3).tolist(), -1)
            cv2.line(wall, _pixel(middle - inner), _pixel(middle + inner), (40, 40, 40), 3, cv2.LINE_AA)
    return exposed(sitting.on(np.asarray(wall, np.float32)).picture)


_THINGS = {"frames": (300.0, 200.0), "phones": (150.0, 72.0), "books": (210.0, 30.0), "switches": (80.0, 80.0)}
"""Long and short side in millimetres."""
