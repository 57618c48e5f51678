"""Pictures for emulated plates, taken from the simulated world."""

from functools import cache

import cv2
import numpy as np

from drivers.contract import Finger, GreyPixels
from drivers.world.finger import WorldFinger
from drivers.world.press import Press
from tests.emulators.plate import HEIGHT_PX, WIDTH_PX, Pictures

BARE_DEVIATION = 6.7
"""Grey levels of noise that give an empty plate's mean block variance of about 48. Source: the facts, 4.4."""


@cache
def pictures(count: int = 3) -> Pictures:
    """So many bare and so many pressed ones, of one finger that trembles."""
    finger = WorldFinger(1, Finger.RIGHT_INDEX)
    rng = np.random.default_rng(1491)
    return Pictures(
        tuple(_sensed(finger.stay_away(Press(seed=seed)), rng) for seed in range(count)),
        tuple(_sensed(finger.press(Press(seed=seed)), rng) for seed in range(count)),
    )


@cache
def anisotropic(count: int = 3) -> Pictures:
    """The same as a U.are.U sees it: its field of 14.6 x 18.1 mm on 384 x 290 pixels."""
    seen = pictures(count)
    return Pictures(tuple(map(_narrow, seen.bare)), tuple(map(_narrow, seen.pressed)))


def _narrow(picture: bytes) -> bytes:
    pixels = np.frombuffer(picture, np.uint8).reshape(HEIGHT_PX, WIDTH_PX)
    width_px, height_px = (round(side_mm * 500 / 25.4) for side_mm in (14.6, 18.1))
    left, top = (WIDTH_PX - width_px) // 2, (HEIGHT_PX - height_px) // 2
    field = np.ascontiguousarray(pixels[top : top + height_px, left : left + width_px])
    return bytes(cv2.resize(field, (384, 290), interpolation=cv2.INTER_AREA).astype(np.uint8).tobytes())


def _sensed(picture: GreyPixels, rng: np.random.Generator) -> bytes:
    """With this sensor's noise, and the headroom that keeps it from being cut off at white."""
    noisy = 0.9 * picture + rng.normal(0, BARE_DEVIATION, picture.shape)
    return bytes(np.clip(noisy, 0, 255).astype(np.uint8).tobytes())
