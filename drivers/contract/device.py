"""What gives pictures: facts first, verbs second; `StagedDevice` is a `HeldDevice` that can also be armed."""

from abc import abstractmethod
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final, Protocol, runtime_checkable

from drivers.contract.aim import Aim
from drivers.contract.facts import DeviceKind, Facts
from drivers.contract.frame import Frame
from drivers.contract.held import HeldDevice, Stage
from drivers.contract.retake import Retake
from drivers.contract.settings import Control

PICTURES: Final = frozenset({DeviceKind.CAMERA, DeviceKind.FINGERPRINT})
"""The kinds of devices that keep this contract."""

PREVIEW_LONG_PX = 640
"""Longer side of a preview, about: enough for every live gate, and a fraction of a full frame's work."""


@runtime_checkable
class Device(Protocol):
    """The contract. Verbs come in pairs as context managers, so that clean-up cannot be forgotten."""

    @property
    def facts(self) -> Facts:
        """Which device this is; readable before it is opened."""
        ...

    def opened(self) -> AbstractAsyncContextManager[None]:
        """Hold the device alone. :raises: Fault of any kind; OrderFault when it is open already."""
        ...

    def armed(self, aim: Aim) -> AbstractAsyncContextManager[None]:
        """Light the lamp, start the stream. :raises: OrderFault when not opened, and the faults of `opened`."""
        ...

    async def grab(self) -> Frame | Retake:
        """Wait for one frame; can be cancelled at any await. :raises: OrderFault when not armed, else as `opened`."""
        ...

    async def preview(self) -> Frame | Retake:
        """Wait for one small picture of what `grab` would give now. :raises: as `grab`.

        The whole view in the same shape, its longer side about `PREVIEW_LONG_PX`; `Frame.reduced_ratio` says how much
        smaller than a grabbed frame it is. Whoever has no cheap way to make one gives a full frame.

        Previews and grabs may follow each other in any order, without the stream being stopped in between: libcamera
        gives both from one request (picamera2's `main` and `lores`); of a V4L2 camera, which streams one size, the
        driver keeps the full size and decodes a preview from it at a quarter or an eighth (MJPEG's own scales).
        """
        ...

    async def lock(self) -> frozenset[Control]:
        """Hold what the automatics set, once they have settled, until the device is disarmed; which controls are held.

        What is held has the same value in the settings of every frame from here on. Nothing is held by a device that
        has no automatics, or whose automatics cannot be held. The driver bounds the settling by a time of its own and
        then holds what has been reached. A second call changes nothing. libcamera tells by itself when its automatics
        have settled (`AeLocked`, `AwbState`, `AfState`) and takes manual values for all of them; a V4L2 camera tells
        nothing, so that its driver watches the read-back values, or counts frames.

        :raises: as `grab`.
        """
        ...


class StagedDevice(HeldDevice):
    """Keeps the verbs in order; a driver fills in `_open`, `_close` and the three steps below, and may the other two.

    `_disarm` runs even when `_arm` failed half-way, as `_close` does after `_open`: both take whatever they find.
    """

    @abstractmethod
    async def _arm(self, aim: Aim) -> None: ...

    @abstractmethod
    async def _disarm(self) -> None: ...

    @abstractmethod
    async def _grab(self) -> Frame | Retake: ...

    async def _preview(self) -> Frame | Retake:
        """A full frame, of a device that has nothing smaller."""
        return await self._grab()

    async def _lock(self) -> frozenset[Control]:
        """Nothing, of a device that has no automatics; `_disarm` lets go of what is held here."""
        return frozenset()

    @asynccontextmanager
    async def armed(self, aim: Aim) -> AsyncIterator[None]:
        """Make ready for one aim, and disarm whatever happens inside."""
        self._require(Stage.OPENED)
        try:
            await self._arm(aim)
            with self._staged(Stage.ARMED):
                yield
        finally:
            await self._disarm()

    async def grab(self) -> Frame | Retake:
        """Wait for one frame."""
        self._require(Stage.ARMED)
        return await self._grab()

    async def preview(self) -> Frame | Retake:
        """Wait for one small picture."""
        self._require(Stage.ARMED)
        return await self._preview()

    async def lock(self) -> frozenset[Control]:
        """Hold what the automatics set."""
        self._require(Stage.ARMED)
        return await self._lock()
