"""The light that falls into a simulated camera, and the automatics that follow it.

A room has so much light, of such a colour. The automatics begin at what suited another room, and every frame brings
them nearer to what this one asks for; what they cannot reach stays too dark, as with a real sensor.
"""

from math import exp, log
from typing import Final

from drivers.contract import CameraSettings

NEEDED_US: Final = 10_000
"""Exposure at gain 1 with which the room as it is by default is rendered as it is."""
EXPOSURE_MAX_US: Final = 33_000
"""A frame's time at 30 a second: what is missing beyond is made up by gain."""
GAIN_MAX: Final = 16.0
LAMP_RATIOS: Final = (1.9, 1.6)
"""Gains of red and blue that make the room's lamps white."""
START_RATIO: Final = 0.5
"""The automatics begin at half the light that is needed,"""
START_RATIOS: Final = (1.7, 1.8)
"""and with daylight's colours."""
STEP: Final = 0.6
"""Share of the distance (in stops) that one frame brings them nearer."""
SETTLED_RATIO: Final = 0.01
"""What is as near as this is there."""


class Automatics:
    """Exposure, gain and white balance: one step a frame, until they are held."""

    def __init__(self, *, light_ratio: float) -> None:
        """:param light_ratio: the room's light as a multiple of the usual."""
        self._light_ratio = light_ratio
        self._reached = (NEEDED_US * START_RATIO, *START_RATIOS)
        self._held = False

    def light(self, ratio: float) -> None:
        """The room is as light as that from now on, as a multiple of the usual."""
        self._light_ratio = ratio

    @property
    def _wanted(self) -> tuple[float, float, float]:
        return (min(NEEDED_US / self._light_ratio, EXPOSURE_MAX_US * GAIN_MAX), *LAMP_RATIOS)

    @property
    def settled(self) -> bool:
        """Whether another frame would change nothing."""
        return self._reached == self._wanted

    @property
    def settings(self) -> CameraSettings:
        """What the next frame is taken with; the lens is fixed and tells nothing."""
        light, red, blue = self._reached
        return CameraSettings(
            exposure_us=round(min(light, EXPOSURE_MAX_US)),
            gain_ratio=max(1.0, light / EXPOSURE_MAX_US),
            white_balance_ratios=(red, blue),
        )

    @property
    def channel_ratios(self) -> tuple[float, float, float]:
        """How much too bright (or, below 1, too dark) red, green and blue of the next frame are, in linear light."""
        light, red, blue = self._reached
        bright = light * self._light_ratio / NEEDED_US
        return bright * red / LAMP_RATIOS[0], bright, bright * blue / LAMP_RATIOS[1]

    def follow(self) -> None:
        """A frame was taken: look at it, and correct, unless held."""
        if not self._held:
            light, red, blue = (_nearer(*pair) for pair in zip(self._reached, self._wanted, strict=True))
            self._reached = (light, red, blue)

    def hold(self) -> None:
        """From now on nothing changes."""
        self._held = True

    def release(self) -> None:
        """Follow the light again."""
        self._held = False


def _nearer(value: float, wanted: float) -> float:
    missing = (1 - STEP) * log(value / wanted)
    return wanted if abs(missing) < SETTLED_RATIO else wanted * exp(missing)
