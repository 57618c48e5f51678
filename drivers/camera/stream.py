"""What every camera with a stream does alike: it streams while it is armed, and whatever waits for it has a thread."""

import logging
from abc import abstractmethod

from pydantic import Field

from drivers.camera.raster import Turn
from drivers.contract import (
    Aim,
    Control,
    Fault,
    Frame,
    GoneFault,
    Options,
    Retake,
    StagedDevice,
    in_thread,
    need_portrait,
)

_log = logging.getLogger(__name__)


class StreamOptions(Options):
    """How the camera stands, and how patient its driver is."""

    rotate_deg: Turn = 0
    """Degrees clockwise by which frames are turned to be upright: 90 or 270 for a camera that stands on its side."""
    frame_limit_ms: int = Field(default=4_000, ge=200, le=9_000)
    """How long a frame may take, the first one included, before the camera is thought to have failed."""
    settle_limit_ms: int = Field(default=3_000, ge=0, le=30_000)
    """How long the automatics may take to settle before what they have reached is held."""


class StreamCamera(StagedDevice):
    """A driver fills in `_connect`, `_begin`, `_end`, `_full`, `_small` and `_hold`; each may block. And `_close`."""

    def __init__(self, *, lease: str) -> None:
        """:param lease: what may be held only once."""
        super().__init__(lease=lease)
        self._held: frozenset[Control] | None = None

    @abstractmethod
    def _connect(self) -> None: ...

    @abstractmethod
    def _begin(self) -> None:
        """Start the stream, with every automatic at work."""

    @abstractmethod
    def _end(self) -> None:
        """End it, however far it came."""

    @abstractmethod
    def _full(self) -> Frame: ...

    @abstractmethod
    def _small(self) -> Frame: ...

    @abstractmethod
    def _hold(self) -> frozenset[Control]: ...

    async def _open(self) -> None:
        await in_thread(self._connect)

    async def _arm(self, aim: Aim) -> None:
        need_portrait(aim)
        self._held = None
        await in_thread(self._begin)

    async def _disarm(self) -> None:
        try:
            await in_thread(self._end)
        except GoneFault:
            pass
        except Fault as fault:
            _log.warning("The camera's stream was not ended (%s).", fault.sentence)

    async def _grab(self) -> Frame | Retake:
        return await in_thread(self._full)

    async def _preview(self) -> Frame | Retake:
        return await in_thread(self._small)

    async def _lock(self) -> frozenset[Control]:
        if self._held is None:
            self._held = await in_thread(self._hold)
        return self._held
