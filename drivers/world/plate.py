"""The plate: bare glass as the sensor sees it, and what lies on it."""

from functools import cache

import cv2
import numpy as np

from drivers.world.contact import COARSE, PLATE, STEP_PX
from drivers.world.field import Field, blurred, enlarged, logistic, places
from drivers.world.noise import smooth

_SENSOR_SEED = 500
_SPECKS, _FIBRES = 70, 6


@cache
def bare_plate() -> Field:
    """Grey levels of the clean plate: nearly white, a little darker at its ends, with the sensor's own fine pattern."""
    rng = np.random.default_rng(_SENSOR_SEED)
    _, y = places(PLATE)
    pixels = 0.8 * rng.standard_normal(PLATE, dtype=np.float32)
    columns = 0.5 * rng.standard_normal((1, PLATE[1]), dtype=np.float32)
    plate = np.asarray(250 - 1.5 * (2 * y / PLATE[0]) ** 2 + pixels + columns, dtype=np.float32)
    plate.setflags(write=False)
    return plate


def draw_dirt(before: Field, *, ratio: float, rng: np.random.Generator) -> Field:
    """Grey levels that dirt takes away: specks, fibres, smears, and a residue of the finger before.

    :param before: heights of the ridges of the finger before, at least as large as the plate.
    :param ratio: 0 is a clean plate, 1 one that nobody ever wiped.
    """
    solid = np.zeros(PLATE, np.float32)
    for _ in range(int(_SPECKS * ratio)):
        _draw_speck(solid, rng)
    for _ in range(int(_FIBRES * ratio)):
        _draw_fibre(solid, rng)
    smear = enlarged(np.maximum(smooth(rng, COARSE, scale_px=90 / STEP_PX), 0), PLATE)
    grease = ratio * (38 * _residue(before, rng) + 9 * smear)
    return np.asarray(blurred(solid, sigma_px=0.7) + grease, dtype=np.float32)


def _draw_speck(solid: Field, rng: np.random.Generator) -> None:
    middle = [int(8 * rng.uniform(0, side)) for side in (PLATE[1], PLATE[0])]
    radius = rng.gamma(1.6, 0.7)
    axes = [int(8 * radius) + 4, int(8 * radius * rng.uniform(0.5, 1)) + 4]
    turn, level = rng.uniform(0, 180), rng.uniform(40, 170)
    cv2.ellipse(solid, middle, axes, turn, 0, 360, level, cv2.FILLED, cv2.LINE_AA, 3)


def _draw_fibre(solid: Field, rng: np.random.Generator) -> None:
    turn = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.16, 30))
    steps = np.stack([np.cos(turn), np.sin(turn)], axis=-1) * rng.uniform(0.8, 2.5)
    line = np.cumsum(steps, axis=0) + rng.uniform((0, 0), (PLATE[1], PLATE[0]))
    cv2.polylines(solid, [np.round(8 * line).astype(np.int32)], False, rng.uniform(50, 120), 1, cv2.LINE_AA, 3)


def _residue(before: Field, rng: np.random.Generator) -> Field:
    """The print that the finger before has left: patches of pale ridges, mirrored, turned and shifted."""
    move = cv2.getRotationMatrix2D((PLATE[1] / 2, PLATE[0] / 2), rng.uniform(-25, 25), 1)
    move[0, 2] += rng.normal(0, 30)
    move[1, 2] += rng.normal(0, 30)
    other = np.ascontiguousarray(before[: PLATE[0], PLATE[1] - 1 :: -1])
    left = np.asarray(cv2.warpAffine(other, move, PLATE[::-1], borderValue=(-1,)), dtype=np.float32)
    broken = left + 0.4 * smooth(rng, PLATE, scale_px=6)
    patches = logistic(3 * smooth(rng, COARSE, scale_px=70 / STEP_PX) - 0.3)
    return logistic(np.asarray(broken / 0.3, dtype=np.float32)) * enlarged(patches, PLATE)
