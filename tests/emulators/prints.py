"""Pictures for emulated plates, taken from the simulated world."""

from functools import cache

import numpy as np

from drivers.contract import Finger, GreyPixels
from drivers.world.finger import WorldFinger
from drivers.world.press import Press
from tests.emulators.plate import Pictures

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


def _sensed(picture: GreyPixels, rng: np.random.Generator) -> bytes:
    """With this sensor's noise, and the headroom that keeps it from being cut off at white."""
    noisy = 0.9 * picture + rng.normal(0, BARE_DEVIATION, picture.shape)
    return bytes(np.clip(noisy, 0, 255).astype(np.uint8).tobytes())
