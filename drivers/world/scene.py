"""What the simulated camera sees: the person's photograph in a room with a plain wall, at sensor resolution."""

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.contract import RgbPixels
from drivers.world.photograph import astronaut

# Low enough for a head in front of it to stand out, and what a plain grey wall gives in a portrait camera.
_WALL = 176.0


class Scene:
    """One person, one wall, one light; the same seed is the same scene, byte for byte."""

    def __init__(self, *, width_px: int, height_px: int, enlargement: float, noise_levels: float) -> None:
        """Set the scene up, which takes some tenths of a second.

        :param enlargement: how many times larger than in the photograph the person is on the sensor.
        :param noise_levels: standard deviation of the sensor's noise in grey levels of 255.
        """
        self._noise_levels = noise_levels
        self._light = self._set_up((height_px, width_px), enlargement=enlargement)

    def frame(self, number: int) -> RgbPixels:
        """What the sensor gives at the n-th exposure, shape (height_px, width_px, 3)."""
        height_px, width_px, _ = self._light.shape
        # one patch of noise, laid elsewhere each time: drawing megapixels anew would be slower than a sensor is
        rng = np.random.default_rng([7, number])
        patch = rng.normal(0, self._noise_levels, (256, 256, 3)).round().astype(np.int16)
        tiles = (-(-height_px // 256), -(-width_px // 256), 1)
        noise = np.tile(patch, tiles)[:height_px, :width_px]
        exposed: RgbPixels = np.clip(self._light + noise, 0, 255).astype(np.uint8)
        return exposed

    def _set_up(self, shape_px: tuple[int, int], *, enlargement: float) -> NDArray[np.int16]:
        height_px, width_px = shape_px
        fall_off = np.linspace(4.0, -4.0, height_px)[:, None, None]
        room = np.broadcast_to(_WALL + fall_off, (height_px, width_px, 3)).copy()
        person = cv2.resize(astronaut(), None, fx=enlargement, fy=enlargement, interpolation=cv2.INTER_CUBIC)
        top, left = (height_px - person.shape[0]) // 2, (width_px - person.shape[1]) // 2
        inside = person[max(0, -top) : height_px - top, max(0, -left) : width_px - left]
        room[max(0, top) : max(0, top) + inside.shape[0], max(0, left) : max(0, left) + inside.shape[1]] = inside
        return room.astype(np.int16)
