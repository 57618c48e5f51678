"""The conversation with a Futronic sensor: one command sequence at a time, and a ladder for when it goes wrong.

Its replies come out of a queue and carry no id. A host that died in the middle of a frame leaves the rest in it, and
every later reply would be off by that much. So nothing is believed of a frame but that the queue was empty before it,
that it has exactly its bytes, and that the queue is empty after it. When one of these fails, the frame is thrown away
and the ladder is climbed: drain and shake hands anew; the same with the halts cleared; the same with the port reset;
then somebody has to plug it in again. A rung that helps is logged, never hidden.

Invariant: the sensor answers in the order in which it was asked, so a right answer to `DEVICE_INFO` with an empty queue
after it proves that no frame is still to come.

Source: facts/fingerprint-sensors.md sections 4.2 and 4.5. The time limits are ours.
"""

import contextlib
import logging
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from drivers.contract import Fault, ProtocolFault, StuckFault, TimedOutFault
from drivers.fingerprint import futronic_wire as wire
from drivers.transport.usb import UsbPipe

QUEUE_PACKETS_MAX: Final = 400
"""More than a whole frame: what is still coming after so many is no rest of one."""
DRAIN_MS: Final = 50
COMMAND_MS: Final = 500
PROBE_MS: Final = 1
"""A packet that is queued comes within an eighth of that."""

_log = logging.getLogger(__name__)

_Got = TypeVar("_Got")


class FutronicTalk:
    """Blocks, so it is called from a thread, by one caller at a time."""

    def __init__(self, pipe: UsbPipe, *, frame_limit_ms: int) -> None:
        """:param frame_limit_ms: how long a frame may take; the sensor's own time is about 100 ms."""
        self._pipe, self._frame_limit_ms = pipe, frame_limit_ms
        self._in_step = False

    def greet(self) -> None:
        """Shake hands. :raises: StuckFault when nothing helps, GoneFault."""
        self._climb(lambda: None)

    def expose(self) -> memoryview:
        """One frame's bytes as they came, whole and its own. :raises: StuckFault when nothing helps, GoneFault."""
        return self._climb(self._frame)

    def darken(self) -> None:
        """Put the lamp out. :raises: GoneFault, ProtocolFault, TimedOutFault."""
        self._say(wire.LAMP_OFF)

    def close(self) -> None:
        """Give the sensor back."""
        self._pipe.close()

    def _climb(self, goal: Callable[[], _Got]) -> _Got:
        """Reach the goal from the lowest rung that leads to it."""
        failed: Fault | None = None
        for rung in self._rungs():
            try:
                rung()
                self._in_step = True
                got = goal()
            except (ProtocolFault, TimedOutFault) as fault:
                self._in_step = False
                failed = fault
                _log.warning("The fingerprint sensor failed and is brought back into step… (%s)", fault.sentence)
                continue
            if failed is not None:
                _log.info("The fingerprint sensor was brought back into step.")
            return got
        assert failed is not None, "a rung without a fault returns"
        raise StuckFault(f"{failed.sentence} Unplug the fingerprint sensor and plug it in again.")

    def _rungs(self) -> Iterator[Callable[[], None]]:
        if self._in_step:
            yield self._stay
        yield self._resync
        yield self._resync_unhalted
        yield self._resync_reset

    def _stay(self) -> None:
        """In step already."""

    def _resync_unhalted(self) -> None:
        for endpoint in (wire.IN, wire.OUT):
            self._pipe.clear_halt(endpoint)
        self._resync()

    def _resync_reset(self) -> None:
        # not every system grants it; the handshake then says whether it was needed
        with contextlib.suppress(ProtocolFault, TimedOutFault):
            self._pipe.reset()
        self._resync()

    def _resync(self) -> None:
        self._drain()
        self._say(wire.DEVICE_INFO)
        self._find_size()
        for command in (wire.OPEN_A, wire.OPEN_B):
            self._say(command)
            if len(self._hear()) != wire.REPLY_BYTES:
                raise ProtocolFault("The fingerprint sensor's handshake is too short.")
        self._need_silence(DRAIN_MS)

    def _drain(self) -> None:
        for _ in range(QUEUE_PACKETS_MAX):
            if self._silent(DRAIN_MS):
                return
        raise ProtocolFault("The fingerprint sensor does not stop sending.")

    def _find_size(self) -> None:
        """Read on until a reply says the one size that we know; what comes before it is the rest of a frame."""
        size = wire.frame_size(self._hear())
        for _ in range(QUEUE_PACKETS_MAX):
            if size == (wire.WIDTH_PX, wire.HEIGHT_PX):
                return
            try:
                size = wire.frame_size(self._hear())
            except TimedOutFault:
                raise ProtocolFault(
                    "The fingerprint sensor gives pictures of a size that it should not have."
                ) from None
        raise ProtocolFault("The fingerprint sensor does not stop sending.")

    def _frame(self) -> memoryview:
        self._need_silence(PROBE_MS)
        self._say(wire.LAMP_ON)
        self._say(wire.CAPTURE)
        data = self._pipe.read(wire.IN, wire.FRAME_BYTES, limit_ms=self._frame_limit_ms)
        if len(data) != wire.FRAME_BYTES:
            raise ProtocolFault("The fingerprint sensor gave a part of a picture.")
        self._need_silence(PROBE_MS)
        return data

    def _say(self, command: bytes) -> None:
        self._pipe.write(wire.OUT, command, limit_ms=COMMAND_MS)

    def _hear(self) -> memoryview:
        return self._pipe.read(wire.IN, wire.REPLY_BYTES, limit_ms=COMMAND_MS)

    def _need_silence(self, limit_ms: int) -> None:
        if not self._silent(limit_ms):
            raise ProtocolFault("The fingerprint sensor sent more than it was asked for.")

    def _silent(self, limit_ms: int) -> bool:
        try:
            self._pipe.read(wire.IN, wire.REPLY_BYTES, limit_ms=limit_ms)
        except TimedOutFault:
            return True
        return False
