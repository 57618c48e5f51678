"""An empty chair before its wall, and a card, under every kind of light."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.contract import RgbPixels

Plane = NDArray[np.float64]
"""Shape (height_px, width_px)."""

WALL_LIGHT = 0.45
"""Linear; about level 177, as the simulated camera's wall."""


@dataclass(frozen=True)
class Seat:
    """What stands before the camera, in linear light."""

    wall: float = WALL_LIGHT
    chair: tuple[int, int, int] | None = (60, 45, 40)
    """Levels in usual light, None for a card alone."""
    channels: tuple[float, float, float] = (1.0, 1.0, 1.0)
    noise_levels: float = 1.5
    shape: tuple[int, int] = (972, 1296)

    def lit(self, falling: Callable[[Plane, Plane], Plane] | None = None) -> RgbPixels:
        """What the sensor gives. :param falling: light from x and y, both 0 to 1 over the picture."""
        height, width = self.shape
        light = np.full((height, width, 3), self.wall)
        if self.chair is not None:
            light[int(0.55 * height) :, int(0.33 * width) : int(0.67 * width)] = (np.array(self.chair) / 255) ** 2.2
        y, x = np.mgrid[:height, :width] / np.array([height, width])[:, None, None]
        if falling is not None:
            light *= falling(x, y)[..., None]
        levels = 255 * np.clip(light * np.array(self.channels), 0, 1) ** (1 / 2.2)
        noise = np.random.default_rng(1).normal(0, self.noise_levels, light.shape)
        return np.asarray(np.clip(levels + noise, 0, 255), np.uint8)
