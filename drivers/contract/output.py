"""What the station switches: a relay, such as the one in a video recorder's alarm input.

Nouns: an output is *on* or *off*, whatever level or coil current that is; a *resting* state is what it has when nobody
switches it: as soon as it is opened, and up to the moment when it is closed.
"""

import asyncio
from abc import abstractmethod
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol, runtime_checkable

from drivers.contract.facts import DeviceKind, Facts
from drivers.contract.fault import OrderFault
from drivers.contract.held import HeldDevice, Stage

OUTPUTS: Final = frozenset({DeviceKind.RELAY})
"""The kinds of devices that keep this contract."""

PULSE_MS_MAX: Final = 60_000
"""The longest pulse: whoever wants an output on for longer switches it off himself."""


class OutputState(StrEnum):
    """What an output does, whatever level that is."""

    ON = "on"
    OFF = "off"


class Parting(StrEnum):
    """How an output is left when it is closed."""

    ON = "on"
    """Switched on, then released."""
    OFF = "off"
    """Switched off, then released."""
    HOLD = "hold"
    """Released as it is."""


class Crashed(StrEnum):
    """What becomes of an output whose process dies without closing it."""

    KEPT = "kept"
    """It stays as it is: a device of its own holds it, and does not notice that nobody asks any more."""
    RELEASED = "released"
    """The kernel releases the line; from then on chip and resistors decide its level, and nothing of ours does."""
    OFF = "off"
    """It goes off."""


@dataclass(frozen=True, slots=True)
class Resting:
    """What an output does when nobody switches it."""

    at_start: OutputState
    """What it is from the moment when it is opened."""
    at_close: Parting
    """How it is left; also after an exception, a cancellation, or a signal that ends the process in order."""
    after_crash: Crashed
    """What becomes of it when the process is killed."""


@runtime_checkable
class Output(Protocol):
    """The contract of a device that switches one thing."""

    @property
    def facts(self) -> Facts:
        """Which device this is; readable before it is opened."""
        ...

    @property
    def resting(self) -> Resting:
        """What it does when nobody switches it; readable before it is opened."""
        ...

    def opened(self) -> AbstractAsyncContextManager[None]:
        """Hold the output alone, in its first state at once. :raises: BusyFault, GoneFault, OptionsFault."""
        ...

    async def state(self) -> OutputState:
        """What it does now, as read back from it. :raises: OrderFault when not opened, GoneFault."""
        ...

    async def switch(self, state: OutputState) -> None:
        """Switch it. :raises: OrderFault when not opened, GoneFault."""
        ...

    async def pulse(self, duration_ms: int) -> None:
        """On for so long, then off, also when cancelled.

        :param duration_ms: 1 to `PULSE_MS_MAX`.
        :raises: OrderFault when not opened, while another pulse lasts, or for any other duration; GoneFault.
        """
        ...


class HeldOutput(HeldDevice):
    """An output that keeps the order; a driver fills in `_open`, `_close`, `_drive`, `_read` and `resting`."""

    def __init__(self, *, lease: str) -> None:
        """:param lease: what may be held only once."""
        super().__init__(lease=lease)
        self._pulsing = False

    @property
    @abstractmethod
    def resting(self) -> Resting:
        """What it does when nobody switches it."""

    @abstractmethod
    async def _drive(self, state: OutputState) -> None: ...

    @abstractmethod
    async def _read(self) -> OutputState: ...

    async def state(self) -> OutputState:
        """What it does now."""
        self._require(Stage.OPENED)
        return await self._read()

    async def switch(self, state: OutputState) -> None:
        """Switch it."""
        self._require(Stage.OPENED)
        await self._drive(state)

    async def pulse(self, duration_ms: int) -> None:
        """On for so long, then off."""
        self._require(Stage.OPENED)
        if not 1 <= duration_ms <= PULSE_MS_MAX:
            raise OrderFault(f"A pulse lasts 1 to {PULSE_MS_MAX} ms.")
        if self._pulsing:
            raise OrderFault("The output gives a pulse already.")
        self._pulsing = True
        try:
            await self._drive(OutputState.ON)
            await asyncio.sleep(duration_ms / 1000)
        finally:
            try:
                # whoever closed it meanwhile has left it in its resting state
                if self._stage is Stage.OPENED:
                    await self._drive(OutputState.OFF)
            finally:
                self._pulsing = False
