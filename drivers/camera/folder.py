"""A camera that shows the pictures of a folder one after another: a recorded sitting, taken again by the real software.

No hardware, no firmware, no protocol. How the folder looks: `album`. It begins with the first picture whenever it is
armed. Where sidecars tell when the pictures were taken, the clock decides which one is seen; elsewhere each preview and
each grab is the next one. One picture at a time is in memory, decoded when it is first asked for.

For demonstrations and tests: everything above the driver is real.
"""

from bisect import bisect_right
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import Field

from drivers.camera.album import Shot, read_album
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
from drivers.transport.recording import reduced
from drivers.world.clock import MonotonicClock


class Options(DriverOptions):
    """Which folder, and what comes after its last picture."""

    folder: Path
    """The folder."""
    at_end: Literal["stay", "again"] = "stay"
    """After the last picture: `stay` with it, or begin `again`."""
    focal_px: float | None = Field(default=None, ge=64, le=100_000)
    """Focal length, in the pictures' pixels, of the camera that took them, where no sidecar says it."""


class _Shown(NamedTuple):
    shot: Shot
    pixels: RgbPixels
    small: RgbPixels

    def zero(self) -> None:
        for pixels in (self.pixels, self.small):
            pixels.fill(0)


class FolderCamera(StagedDevice):
    """Reads the folder when opened, and a picture when it is its turn."""

    def __init__(self, options: Options, *, clock: MonotonicClock) -> None:
        """:param clock: gives each frame its time, and the pictures their pace."""
        super().__init__(lease="folder-camera")
        self._options, self._clock = options, clock
        self._shots: tuple[Shot, ...] = ()
        self._shown: _Shown | None = None
        self._armed_ns = 0
        self._asked = 0

    @property
    def facts(self) -> Facts:
        """A replayed camera."""
        return pretended(DeviceKind.CAMERA, "replayed folder")

    async def _open(self) -> None:
        self._shots = await in_thread(partial(read_album, self._options.folder))

    async def _close(self) -> None:
        self._shots = ()
        self._forget()

    async def _arm(self, aim: Aim) -> None:
        need_portrait(aim)
        self._armed_ns, self._asked = self._clock.monotonic_ns(), 0

    async def _disarm(self) -> None:
        """Nothing was lit."""

    async def _grab(self) -> Frame | Retake:
        shown = await self._next()
        return self._frame(shown, shown.pixels)

    async def _preview(self) -> Frame | Retake:
        shown = await self._next()
        return self._frame(shown, shown.small)

    def _frame(self, shown: _Shown, pixels: RgbPixels) -> Frame:
        told = shown.shot.told
        return Frame(
            pixels.copy(),
            taken_ns=self._clock.monotonic_ns(),
            settings=told.settings,
            reduced_ratio=pixels.shape[0] / shown.pixels.shape[0],
            focal_px=told.focal_px or self._options.focal_px,
        )

    async def _next(self) -> _Shown:
        shot, self._asked = self._turn(), self._asked + 1
        return await in_thread(partial(self._show, shot))

    def _turn(self) -> Shot:
        """The picture whose turn it is."""
        taken_ms = [shot.told.taken_ms for shot in self._shots if shot.told.taken_ms is not None]
        turn = self._asked if not taken_ms else self._passed(taken_ms)
        count = len(self._shots)
        return self._shots[turn % count if self._options.at_end == "again" else min(turn, count - 1)]

    def _passed(self, taken_ms: list[int]) -> int:
        passed_ms = (self._clock.monotonic_ns() - self._armed_ns) // 1_000_000
        if self._options.at_end == "again":
            # the last one is seen for as long as the one before it was
            gap_ms = taken_ms[-1] - taken_ms[-2] if len(taken_ms) > 1 else 1
            passed_ms %= taken_ms[-1] + gap_ms
        return max(0, bisect_right(taken_ms, passed_ms) - 1)

    def _show(self, shot: Shot) -> _Shown:
        if self._shown is None or self._shown.shot is not shot:
            self._forget()
            pixels = shot.pixels()
            self._shown = _Shown(shot, pixels, reduced(pixels, long_px=PREVIEW_LONG_PX))
        return self._shown

    def _forget(self) -> None:
        shown, self._shown = self._shown, None
        if shown is not None:
            shown.zero()
