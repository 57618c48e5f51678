"""A simulated portrait camera: a 5-megapixel sensor in portrait orientation, looking at the simulated person.

No hardware, no firmware, no protocol. Each grab is a new exposure of the same scene with new noise.
"""

import asyncio

from pydantic import Field

from drivers.contract import Aim, DeviceKind, Facts, Frame, GoneFault, OrderFault, PortraitAim, Retake, StagedDevice
from drivers.contract import Options as DriverOptions
from drivers.world.clock import MonotonicClock
from drivers.world.scene import Scene


class Options(DriverOptions):
    """The sensor and how near the person is."""

    width_px: int = Field(default=1944, ge=64, le=8192)
    """Columns of the sensor."""
    height_px: int = Field(default=2592, ge=64, le=8192)
    """Rows of the sensor."""
    enlargement: float = Field(default=3.4, ge=0.1, le=16)
    """How many times larger than in the photograph (46 px between the eyes) the person is on the sensor."""
    noise_levels: float = Field(default=1.5, ge=0, le=64)
    """Standard deviation of the sensor's noise, in levels of 255."""
    exposure_ms: int = Field(default=30, ge=0, le=10_000)
    """How long a grab takes at least."""


class SimCamera(StagedDevice):
    """Shows the world's scene."""

    def __init__(self, options: Options, *, clock: MonotonicClock) -> None:
        """:param clock: gives each frame its time."""
        super().__init__(lease="sim-camera")
        self._options, self._clock = options, clock
        self._scene: Scene | None = None
        self._grabs = 0

    @property
    def facts(self) -> Facts:
        """A simulated camera."""
        return Facts(
            kind=DeviceKind.CAMERA,
            make="smilius",
            model="simulated camera",
            serial="",
            firmware="",
            certified=False,
            simulated=True,
        )

    async def _open(self) -> None:
        options = self._options
        self._scene = await asyncio.to_thread(
            Scene,
            width_px=options.width_px,
            height_px=options.height_px,
            enlargement=options.enlargement,
            noise_levels=options.noise_levels,
        )

    async def _close(self) -> None:
        self._scene = None

    async def _arm(self, aim: Aim) -> None:
        if not isinstance(aim, PortraitAim):
            raise OrderFault("A camera can only be armed for a portrait.")

    async def _disarm(self) -> None:
        """Nothing was lit."""

    async def _grab(self) -> Frame | Retake:
        if self._scene is None:
            raise GoneFault("The simulated camera has no scene.")
        await asyncio.sleep(self._options.exposure_ms / 1000)
        self._grabs += 1
        pixels = await asyncio.to_thread(self._scene.frame, self._grabs)
        return Frame(pixels, taken_ns=self._clock.monotonic_ns())
