"""The way back for a sensor on USB that has failed, from the cheapest means to the one that needs a person.

The rungs: mend it in its own way; the same with the endpoints' halts cleared; the same with the port reset before;
then somebody has to plug it in again. A rung that helps is logged, never hidden. How a sensor is mended, and what makes
a conversation with it a failed one, is its own: `futronic_talk`, `uareu_talk`.
"""

import contextlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from drivers.contract import Fault, ProtocolFault, StuckFault, TimedOutFault
from drivers.transport.usb import UsbPipe

_log = logging.getLogger(__name__)

_Got = TypeVar("_Got")


@dataclass(frozen=True, slots=True)
class Mending:
    """How one kind of sensor is mended, and how the log calls that."""

    mend: Callable[[], None]
    """Leaves the sensor as after its greeting. :raises: ProtocolFault or TimedOutFault when it did not help."""
    endpoints: tuple[int, ...]
    """Whose halts are cleared."""
    begun: str
    """What is done with a sensor that failed: `is brought back into step`."""
    ended: str
    """What became of it: `was brought back into step`."""


class Ladder:
    """Leads to a goal from the lowest rung that does. For one caller at a time."""

    def __init__(self, pipe: UsbPipe, mending: Mending) -> None:
        self._pipe, self._mending = pipe, mending
        self._sound = False
        """Whether the latest thing that the sensor was asked for went well."""

    def distrust(self) -> None:
        """Have the sensor mended before anything else is asked of it."""
        self._sound = False

    def climb(self, goal: Callable[[], _Got]) -> _Got:
        """Reach the goal; it is tried anew on each rung. :raises: StuckFault when no rung leads to it, GoneFault."""
        failed: Fault | None = None
        for rung in self._rungs():
            try:
                rung()
                self._sound = True
                got = goal()
            except (ProtocolFault, TimedOutFault) as fault:
                self._sound = False
                failed = fault
                _log.warning("The fingerprint sensor failed and %s… (%s)", self._mending.begun, fault.sentence)
                continue
            if failed is not None:
                _log.info("The fingerprint sensor %s.", self._mending.ended)
            return got
        assert failed is not None, "a rung without a fault returns"
        raise StuckFault(f"{failed.sentence} Unplug the fingerprint sensor and plug it in again.")

    def _rungs(self) -> Iterator[Callable[[], None]]:
        if self._sound:
            yield self._stay
        yield self._mending.mend
        yield self._mend_unhalted
        yield self._mend_reset

    def _stay(self) -> None:
        """Nothing is to be mended."""

    def _mend_unhalted(self) -> None:
        for endpoint in self._mending.endpoints:
            self._pipe.clear_halt(endpoint)
        self._mending.mend()

    def _mend_reset(self) -> None:
        # not every system grants it; mending then shows whether it was needed
        with contextlib.suppress(ProtocolFault, TimedOutFault):
            self._pipe.reset()
        self._mend_unhalted()
