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


class DeviceKind(StrEnum):
    """What the station uses a device for."""

    CAMERA = "camera"
    FINGERPRINT = "fingerprint"


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
        """Hold the device alone. :raises: BusyFault, GoneFault, ProtocolFault, TimedOutFault, UnreadableFault."""
        ...

    def armed(self, aim: Aim) -> AbstractAsyncContextManager[None]:
        """Light the lamp, start the stream. :raises: OrderFault when not opened, and the faults of `opened`."""
        ...

    async def grab(self) -> Frame | Retake:
        """Wait for one frame; can be cancelled at any await. :raises: OrderFault when not armed, else as `opened`."""
        ...


class _Stage(StrEnum):
    CLOSED = "closed"
    OPENED = "opened"
    ARMED = "armed"


class StagedDevice(ABC):
    """Keeps the verbs in order and the lease single; a driver fills in the five steps below.

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
