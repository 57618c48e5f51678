"""A camera that shows one recorded photograph again and again, at the photograph's own resolution.

For the demo's `--photo` and for tests: everything above the driver is real.
"""

import asyncio
from functools import partial
from pathlib import Path

from pydantic import Field

from drivers.contract import (
    PREVIEW_LONG_PX,
    Aim,
    DeviceKind,
    Facts,
    Frame,
    Retake,
    RgbPixels,
    StagedDevice,
    in_thread,
    need_portrait,
    pretended,
)
from drivers.contract import Options as DriverOptions
from drivers.transport.recording import read_rgb, reduced
from drivers.world.clock import MonotonicClock


class Options(DriverOptions):
    """Which photograph."""

    file: Path
    """A picture file with eight bits a channel."""
    focal_px: float | None = Field(default=None, ge=64, le=100_000)
    """Focal length, in the photograph's pixels, of the camera that took it, where it is known."""


class ReplayCamera(StagedDevice):
    """Reads the photograph when opened, and gives a copy at each grab."""

    def __init__(self, options: Options, *, clock: MonotonicClock) -> None:
        """:param clock: gives each frame its time."""
        super().__init__(lease="replay-camera")
        self._options, self._clock = options, clock
        self._pixels: RgbPixels | None = None
        self._small: RgbPixels | None = None

    @property
    def facts(self) -> Facts:
        """A replayed camera."""
        return pretended(DeviceKind.CAMERA, "replayed photograph")

    async def _open(self) -> None:
        self._pixels = await in_thread(partial(read_rgb, self._options.file, name="the photo"))
        self._small = await in_thread(partial(reduced, self._pixels, long_px=PREVIEW_LONG_PX))

    async def _close(self) -> None:
        for pixels in (self._pixels, self._small):
            if pixels is not None:
                pixels.setflags(write=True)
                pixels.fill(0)
        self._pixels = self._small = None

    async def _arm(self, aim: Aim) -> None:
        need_portrait(aim)

    async def _disarm(self) -> None:
        """Nothing was lit."""

    async def _grab(self) -> Frame | Retake:
        assert self._pixels is not None, "grab is only reached while opened"
        await asyncio.sleep(0)
        return Frame(self._pixels.copy(), taken_ns=self._clock.monotonic_ns(), focal_px=self._options.focal_px)

    async def _preview(self) -> Frame | Retake:
        assert self._pixels is not None, "a preview is only reached while opened"
        assert self._small is not None, "it is made beside the photograph"
        await asyncio.sleep(0)
        ratio = self._small.shape[0] / self._pixels.shape[0]
        return Frame(
            self._small.copy(),
            taken_ns=self._clock.monotonic_ns(),
            reduced_ratio=ratio,
            focal_px=self._options.focal_px,
        )
