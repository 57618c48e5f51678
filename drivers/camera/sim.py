"""A simulated portrait camera: a 5-megapixel sensor in portrait orientation, looking at the simulated person.

No hardware, no firmware, no protocol. Each grab is a new exposure of the same scene with new noise, and each frame
brings its automatics nearer to the room's light until they are locked. The person sits still, or follows a script.
"""

import asyncio
from functools import partial
from typing import Annotated

from pydantic import AfterValidator, Field

from drivers.camera.script import LINES_MAX, Move, at, in_order
from drivers.contract import (
    Aim,
    Control,
    DeviceKind,
    Facts,
    Frame,
    GoneFault,
    Retake,
    RgbPixels,
    StagedDevice,
    in_thread,
    need_portrait,
    pretended,
)
from drivers.contract import Options as DriverOptions
from drivers.world.clock import MonotonicClock
from drivers.world.exposure import Automatics
from drivers.world.scene import Scene

HELD = frozenset({Control.EXPOSURE, Control.GAIN, Control.WHITE_BALANCE})
"""The lens is fixed."""


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
    focal_px: float = Field(default=2500.0, ge=64, le=100_000)
    """Focal length in pixels; with the usual enlargement the person is then about one metre away."""
    light_ratio: float = Field(default=1.0, ge=0.001, le=100)
    """The room's light as a multiple of the usual; the sensor's automatics follow it as far as they reach."""
    script: Annotated[tuple[Move, ...], AfterValidator(in_order)] = Field(default=(), max_length=LINES_MAX)
    """What the person does, from the camera's arming on: blinks, speaks, turns, comes nearer; and the light."""


class SimCamera(StagedDevice):
    """Shows the world's scene."""

    def __init__(self, options: Options, *, clock: MonotonicClock) -> None:
        """:param clock: gives each frame its time."""
        super().__init__(lease="sim-camera")
        self._options, self._clock = options, clock
        self._scene: Scene | None = None
        self._automatics = Automatics(light_ratio=options.light_ratio)
        self._taken, self._armed_ns = 0, 0

    @property
    def facts(self) -> Facts:
        """A simulated camera."""
        return pretended(DeviceKind.CAMERA, "simulated camera")

    async def _open(self) -> None:
        options = self._options
        self._scene = await in_thread(
            partial(
                Scene,
                width_px=options.width_px,
                height_px=options.height_px,
                enlargement=options.enlargement,
                noise_levels=options.noise_levels,
            )
        )
        self._automatics = Automatics(light_ratio=options.light_ratio)

    async def _close(self) -> None:
        self._scene = None

    async def _arm(self, aim: Aim) -> None:
        need_portrait(aim)
        self._armed_ns = self._clock.monotonic_ns()

    async def _disarm(self) -> None:
        self._automatics.release()

    async def _grab(self) -> Frame | Retake:
        return await self._exposed(small=False)

    async def _preview(self) -> Frame | Retake:
        return await self._exposed(small=True)

    async def _lock(self) -> frozenset[Control]:
        # it always settles: they look once at the light as it is now
        self._now()
        while not self._automatics.settled:
            await asyncio.sleep(self._options.exposure_ms / 1000)
            self._automatics.follow()
        self._automatics.hold()
        return HELD

    def _shown(self) -> Scene:
        if self._scene is None:
            raise GoneFault("The simulated camera has no scene.")
        return self._scene

    def _now(self) -> Move:
        passed_ms = (self._clock.monotonic_ns() - self._armed_ns) // 1_000_000
        now = at(self._options.script, passed_ms)
        self._automatics.light(self._options.light_ratio * now.light_ratio)
        return now

    async def _exposed(self, *, small: bool) -> Frame:
        await asyncio.sleep(self._options.exposure_ms / 1000)
        scene, now = self._shown(), self._now()
        self._taken += 1
        settings = self._automatics.settings
        look = partial(_seen, scene, now, ratios=self._automatics.channel_ratios, number=self._taken, small=small)
        pixels = await in_thread(look)
        self._automatics.follow()
        return Frame(
            pixels,
            taken_ns=self._clock.monotonic_ns(),
            settings=settings,
            reduced_ratio=scene.reduced_ratio if small else 1.0,
            focal_px=self._options.focal_px,
        )


def _seen(scene: Scene, now: Move, *, ratios: tuple[float, float, float], number: int, small: bool) -> RgbPixels:
    scene.show(now.pose, nearness_ratio=now.nearness_ratio)
    return (scene.preview if small else scene.frame)(number, channel_ratios=ratios)
