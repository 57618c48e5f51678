"""What every held device without pictures would otherwise write again: order, and one holder at a time."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

from drivers.contract.device import Facts
from drivers.contract.fault import BusyFault, OrderFault


class HeldDevice(ABC):
    """Keeps opening in order and the lease single. `_close` runs even when `_open` failed half-way."""

    _holders: ClassVar[set[str]] = set()

    def __init__(self, *, lease: str) -> None:
        """:param lease: what may be held only once, such as the lines of a chip."""
        self._lease = lease
        self._is_open = False

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
        if self._is_open:
            raise OrderFault("The device is open already.")
        if self._lease in self._holders:
            raise BusyFault(f"The {self.facts.kind} device is in use already.")
        self._holders.add(self._lease)
        try:
            await self._open()
            self._is_open = True
            yield
        finally:
            self._is_open = False
            try:
                await self._close()
            finally:
                self._holders.discard(self._lease)

    def _require_open(self) -> None:
        if not self._is_open:
            raise OrderFault("The device is not open, and this needs it to be.")
