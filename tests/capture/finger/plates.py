"""Plates as they are met: the simulated finger on them, off them, or what it has left; and light that falls on them."""

from functools import cache

import numpy as np

from drivers.contract import Finger, GreyPixels
from drivers.world.finger import WorldFinger
from drivers.world.press import Press

PEOPLE = ((1, Finger.RIGHT_INDEX), (7, Finger.LEFT_THUMB), (3, Finger.RIGHT_LITTLE))


@cache
def grown(person_seed: int, finger: Finger) -> WorldFinger:
    return WorldFinger(person_seed, finger)


def pressed(who: tuple[int, Finger] = PEOPLE[0], **knobs: object) -> GreyPixels:
    """The finger on the plate."""
    return grown(*who).press(Press.model_validate(knobs))


def left_behind(who: tuple[int, Finger] = PEOPLE[0], *, dirt_ratio: float, seed: int = 0) -> GreyPixels:
    """No finger: the clean plate at 0, then ever more specks, fibres and residue of the finger before."""
    return grown(*who).stay_away(Press(dirt_ratio=dirt_ratio, seed=seed))


def latent(who: tuple[int, Finger] = PEOPLE[0], *, levels: float = 30.0) -> GreyPixels:
    """What the last finger has left on an otherwise clean plate: its ridges as grease, broken and pale."""
    ridge = (255.0 - pressed(who)) / 255
    rows, columns = np.indices(ridge.shape)
    broken = np.clip(np.sin(columns / 23) + np.sin(rows / 37) + 0.2, 0, 1)
    return np.asarray(np.clip(left_behind(who, dirt_ratio=0) - levels * ridge * broken, 0, 255), dtype=np.uint8)


def sunlit(pixels: GreyPixels, *, levels: float, turn_deg: float = 0.0) -> GreyPixels:
    """Light that makes one side of the picture darker than the other by so many levels, as optical plates show it."""
    height_px, width_px = pixels.shape
    rows, columns = np.indices(pixels.shape)
    turn = np.deg2rad(turn_deg)
    along = columns / width_px * np.cos(turn) + rows / height_px * np.sin(turn)
    return np.asarray(np.clip(pixels - levels * (along - along.min()) / np.ptp(along), 0, 255), dtype=np.uint8)


def two_fingertips(who: tuple[int, Finger] = PEOPLE[0], *, gap_px: int) -> GreyPixels:
    """Halves of two pads beside each other, with a strip of bare plate between."""
    one, other = pressed(who), pressed(who, seed=5)
    plate = left_behind(who, dirt_ratio=0).copy()
    half = (plate.shape[1] - gap_px) // 2
    middle = plate.shape[1] // 2
    plate[:, :half] = one[:, middle : middle + half]
    plate[:, -half:] = other[:, middle - half : middle]
    return plate


def on_large_plate(pixels: GreyPixels, *, size_px: tuple[int, int], corner_px: tuple[int, int]) -> GreyPixels:
    """The picture as part of a larger sensor's: height and width, and where it begins in it (left, top)."""
    plate = np.full(size_px, 250, np.uint8)
    left, top = corner_px
    height_px, width_px = pixels.shape
    plate[top : top + height_px, left : left + width_px] = pixels
    return plate
