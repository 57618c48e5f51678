"""The device: facts first, verbs second. `StagedDevice` holds what every driver would otherwise write again."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Protocol, runtime_checkable

from drivers.contract.aim import Aim
from drivers.contract.fault import BusyFault, OrderFault
from drivers.contract.frame import Frame
from drivers.contract.retake import Retake
from drivers.contract.settings import Control

PREVIEW_LONG_PX = 640
"""Longer side of a preview, about: enough for every live gate, and a fraction of a full frame's work."""


class DeviceKind(StrEnum):
    """What the station uses a device for."""

    CAMERA = "camera"
    FINGERPRINT = "fingerprint"
    SAFE = "safe"
    """Contacts of the safe and its room (`watch.Watch`)."""
    CCTV = "cctv"
    """What makes a video recorder mark an event (`output.Output`)."""
    RELAY = "relay"
    """Anything else that is switched (`output.Output`)."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Which device this is; goes into the manifest and the twin, so nothing personal may be in it."""

    kind: DeviceKind
    """What it is used for."""
    make: str
    """The manufacturer, or `smilius` for what is simulated or replayed."""
    model: str
    """The manufacturer's name for the model."""
    serial: str
    """The serial number, empty where the device has none."""
    firmware: str
    """The firmware's version, empty where the device has none."""
    certified: bool
    """True only where the device's picture quality is certified (EBTS Appendix F or equivalent)."""
    simulated: bool
    """True where no hardware is behind it; such a capture may never pass as a real one."""


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


class _Stage(StrEnum):
    CLOSED = "closed"
    OPENED = "opened"
    ARMED = "armed"


class StagedDevice(ABC):
    """Keeps the verbs in order and the lease single; a driver fills in the five steps below, and may the other two.

    `_close` and `_disarm` run even when their counterpart failed half-way, so they take whatever they find.
    """

    _leases: ClassVar[set[str]] = set()

    def __init__(self, *, lease: str) -> None:
        """:param lease: what may be held only once, such as a bus path."""
        self._lease = lease
        self._stage = _Stage.CLOSED

    @property
    @abstractmethod
    def facts(self) -> Facts:
        """Which device this is."""

    @abstractmethod
    async def _open(self) -> None: ...

    @abstractmethod
    async def _close(self) -> None: ...

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
    async def opened(self) -> AsyncIterator[None]:
        """Hold the device alone, and give it back whatever happens inside."""
        self._require(_Stage.CLOSED)
        with self._leased():
            # a step that failed half-way is undone like one that succeeded: `_close` takes either
            try:
                await self._open()
                with self._staged(_Stage.OPENED):
                    yield
            finally:
                await self._close()

    @asynccontextmanager
    async def armed(self, aim: Aim) -> AsyncIterator[None]:
        """Make ready for one aim, and disarm whatever happens inside."""
        self._require(_Stage.OPENED)
        try:
            await self._arm(aim)
            with self._staged(_Stage.ARMED):
                yield
        finally:
            await self._disarm()

    async def grab(self) -> Frame | Retake:
        """Wait for one frame."""
        self._require(_Stage.ARMED)
        return await self._grab()

    async def preview(self) -> Frame | Retake:
        """Wait for one small picture."""
        self._require(_Stage.ARMED)
        return await self._preview()

    async def lock(self) -> frozenset[Control]:
        """Hold what the automatics set."""
        self._require(_Stage.ARMED)
        return await self._lock()

    def _require(self, stage: _Stage) -> None:
        if self._stage is not stage:
            raise OrderFault(f"The device is {self._stage}, and this needs it {stage}.")

    @contextmanager
    def _leased(self) -> Iterator[None]:
        if self._lease in self._leases:
            raise BusyFault(f"The {self.facts.kind} is in use already.")
        self._leases.add(self._lease)
        try:
            yield
        finally:
            self._leases.discard(self._lease)

    @contextmanager
    def _staged(self, stage: _Stage) -> Iterator[None]:
        before, self._stage = self._stage, stage
        try:
            yield
        finally:
            self._stage = before
