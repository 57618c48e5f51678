"""What the simulated camera sees: the person's photograph in a room with a plain wall, at sensor resolution."""

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.contract import PREVIEW_LONG_PX, RgbPixels
from drivers.world.person import AT_REST, Pose, posed

# Low enough for a head in front of it to stand out, and what a plain grey wall gives in a portrait camera.
_WALL = 176.0

_SHARE = np.arange(256) / 255.0
_LINEAR = np.where(_SHARE <= 0.04045, _SHARE / 12.92, ((_SHARE + 0.055) / 1.055) ** 2.4)

AS_IT_IS = (1.0, 1.0, 1.0)


class Scene:
    """One person, one wall, one light; the same seed is the same scene, byte for byte."""

    def __init__(self, *, width_px: int, height_px: int, enlargement: float, noise_levels: float) -> None:
        """Set the scene up, which takes some tenths of a second.

        :param enlargement: how many times larger than in the photograph the person is on the sensor.
        :param noise_levels: standard deviation of the sensor's noise in grey levels of 255.
        """
        self._noise_levels, self._enlargement = noise_levels, enlargement
        self._room = _room((height_px, width_px))
        self.reduced_ratio = min(1.0, PREVIEW_LONG_PX / max(height_px, width_px))
        self._shown = (AT_REST, 1.0)
        self._light, self._small = self._set_up()

    def show(self, pose: Pose, *, nearness_ratio: float = 1.0) -> None:
        """The person moves: from now on every frame shows her so.

        :param nearness_ratio: how many times larger she is than where she sat at first.
        """
        if self._shown != (pose, nearness_ratio):
            self._shown = (pose, nearness_ratio)
            self._light, self._small = self._set_up()

    def _set_up(self) -> tuple[RgbPixels, RgbPixels]:
        pose, nearness_ratio = self._shown
        height_px, width_px = self._room.shape[:2]
        light = _seated(posed(pose), self._room, enlargement=self._enlargement * nearness_ratio)
        small = (max(1, round(width_px * self.reduced_ratio)), max(1, round(height_px * self.reduced_ratio)))
        return light, np.asarray(cv2.resize(light, small, interpolation=cv2.INTER_AREA), np.uint8)

    def frame(self, number: int, *, channel_ratios: tuple[float, float, float] = AS_IT_IS) -> RgbPixels:
        """What the sensor gives at the n-th exposure, shape (height_px, width_px, 3).

        :param channel_ratios: how much more linear light of red, green and blue the exposure gathers than it should.
        """
        return _noisy(_exposed(self._light, channel_ratios), number, levels=self._noise_levels)

    def preview(self, number: int, *, channel_ratios: tuple[float, float, float] = AS_IT_IS) -> RgbPixels:
        """The same, `reduced_ratio` times as large; averaging pixels has averaged their noise."""
        return _noisy(_exposed(self._small, channel_ratios), number, levels=self._noise_levels * self.reduced_ratio)


def _exposed(light: RgbPixels, channel_ratios: tuple[float, float, float]) -> RgbPixels:
    if channel_ratios == AS_IT_IS:
        return light
    linear = np.clip(np.outer(_LINEAR, channel_ratios), 0.0, 1.0)
    levels = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray(cv2.LUT(light, (levels * 255).round().astype(np.uint8)[None]), np.uint8)


def _noisy(light: RgbPixels, number: int, *, levels: float) -> RgbPixels:
    height_px, width_px, _ = light.shape
    # one patch of noise, laid elsewhere each time: drawing megapixels anew would be slower than a sensor is
    rng = np.random.default_rng([7, number])
    patch = rng.normal(0, levels, (256, 256, 3)).round().astype(np.int16)
    tiles = (-(-height_px // 256), -(-width_px // 256), 1)
    noise = np.tile(patch, tiles)[:height_px, :width_px]
    noisy: RgbPixels = np.clip(light + noise, 0, 255).astype(np.uint8)
    return noisy


def _room(shape_px: tuple[int, int]) -> RgbPixels:
    height_px, width_px = shape_px
    fall_off: NDArray[np.float64] = np.linspace(4.0, -4.0, height_px)[:, None, None]
    return np.broadcast_to((_WALL + fall_off).astype(np.uint8), (height_px, width_px, 3)).copy()


def _seated(photograph: RgbPixels, room: RgbPixels, *, enlargement: float) -> RgbPixels:
    """The room with the person in its middle; the room is left as it was."""
    height_px, width_px = room.shape[:2]
    person = cv2.resize(photograph, None, fx=enlargement, fy=enlargement, interpolation=cv2.INTER_CUBIC)
    top, left = (height_px - person.shape[0]) // 2, (width_px - person.shape[1]) // 2
    inside = person[max(0, -top) : height_px - top, max(0, -left) : width_px - left]
    seen = room.copy()
    seen[max(0, top) : max(0, top) + inside.shape[0], max(0, left) : max(0, left) + inside.shape[1]] = inside
    return seen
