"""What every driver would otherwise write again: verbs in order, one holder at a time, and a clean end."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from enum import StrEnum
from typing import ClassVar

from drivers.contract.facts import Facts
from drivers.contract.fault import BusyFault, OrderFault


class Stage(StrEnum):
    """How far a device is; only what gives pictures is ever armed."""

    CLOSED = "closed"
    OPENED = "opened"
    ARMED = "armed"


class HeldDevice(ABC):
    """Keeps opening in order and the lease single. `_close` runs even when `_open` failed half-way."""

    _leases: ClassVar[set[str]] = set()

    def __init__(self, *, lease: str) -> None:
        """:param lease: what may be held only once, such as a bus path or the lines of a chip."""
        self._lease = lease
        self._stage = Stage.CLOSED

    @property
    @abstractmethod
    def facts(self) -> Facts:
        """Which device this is."""

    @abstractmethod
    async def _open(self) -> None: ...

    @abstractmethod
    async def _close(self) -> None: ...

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Hold the device alone, and give it back whatever happens inside."""
        self._require(Stage.CLOSED)
        with self._leased():
            # a step that failed half-way is undone like one that succeeded: `_close` takes either
            try:
                await self._open()
                with self._staged(Stage.OPENED):
                    yield
            finally:
                await self._close()

    def _require(self, stage: Stage) -> None:
        if self._stage is not stage:
            raise OrderFault(f"The device is {self._stage}, and this needs it {stage}.")

    @contextmanager
    def _leased(self) -> Iterator[None]:
        if self._lease in self._leases:
            raise BusyFault(f"The {self.facts.kind} device is in use already.")
        self._leases.add(self._lease)
        try:
            yield
        finally:
            self._leases.discard(self._lease)

    @contextmanager
    def _staged(self, stage: Stage) -> Iterator[None]:
        before, self._stage = self._stage, stage
        try:
            yield
        finally:
            self._stage = before
