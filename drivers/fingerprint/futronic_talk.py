"""The conversation with a Futronic sensor: one command sequence at a time, and what proves that a frame is whole.

Its replies come out of a queue and carry no id. A host that died in the middle of a frame leaves the rest in it, and
every later reply would be off by that much; silence proves little, because the rest may come later than anybody would
listen. So a frame is believed when it has exactly its bytes and the sensor, asked for its size, answers with just
that: whatever was still to come of anything asked before, a frame's tail or a packet too many, would have come in the
answer's place. Otherwise the frame is thrown away and the `ladder` is climbed; mending is to drain the queue and to
shake hands anew.

The sensor takes a moment to answer, in which the bytes may be measured. What was measured counts only behind the right
answer.

Invariant: the sensor answers in the order in which it was asked, so behind a right answer to `DEVICE_INFO` nothing is
to come that was asked before it.

What comes without having been asked for at all is heard before a frame, when there was time for it since the last such
answer, and else found behind the frame. Only as many such packets as the same frame lacks would pass, when they come
while it is exposed: no host could tell.

Assumed, and nowhere published: a sensor that is asked for its size between two frames does not forget the handshake.
One that does is mended at each frame, slowly and with a warning each time.

Source: facts/fingerprint-sensors.md sections 4.2 and 4.5. The time limits are ours.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from drivers.contract import Fault, ProtocolFault, TimedOutFault
from drivers.fingerprint import futronic_wire as wire
from drivers.fingerprint.inbox import Inbox
from drivers.fingerprint.ladder import Ladder, Mending
from drivers.transport.usb import UsbPipe
from drivers.world.clock import MonotonicClock

QUEUE_PACKETS_MAX: Final = 400
"""More than a whole frame: what is still coming after so many is no rest of one."""
DRAIN_MS: Final = 50
COMMAND_MS: Final = 500
PROBE_MS: Final = 1
"""A packet that is queued comes within an eighth of that."""
FRESH_MS: Final = 10
"""For so long an answer proves that the queue is empty: a tenth of what an exposure takes, in which nobody listens."""

_Measured = TypeVar("_Measured")


class FutronicTalk:
    """Blocks, so it is called from a thread, by one caller at a time."""

    def __init__(self, pipe: UsbPipe, *, clock: MonotonicClock, frame_limit_ms: int) -> None:
        """:param clock: tells how long ago the queue was known to be empty.
        :param frame_limit_ms: how long a frame may take; the sensor's own time is about 100 ms.
        """
        self._pipe, self._clock, self._frame_limit_ms = pipe, clock, frame_limit_ms
        self._proven_ns: int | None = None
        """When the queue was known to be empty."""
        self._inbox = Inbox(pipe, wire.IN, read_bytes=wire.REPLY_BYTES, reads_max=QUEUE_PACKETS_MAX)
        mending = Mending(
            self._resync, (wire.IN, wire.OUT), begun="is brought back into step", ended="was brought back into step"
        )
        self._ladder = Ladder(pipe, mending)

    def greet(self) -> None:
        """Shake hands. :raises: StuckFault when nothing helps, GoneFault."""
        self._ladder.climb(lambda: None)

    def expose(self, measure: Callable[[memoryview], _Measured]) -> tuple[memoryview, _Measured]:
        """One frame's bytes as they came, whole and its own, and what was measured of them.

        :param measure: looks at the bytes while the sensor answers for them, and keeps nothing: they may be no frame.
        :raises: StuckFault when nothing helps, GoneFault.
        """
        return self._ladder.climb(lambda: self._frame(measure))

    def rest(self) -> None:
        """Put the lamp out. :raises: GoneFault, ProtocolFault, TimedOutFault."""
        self._say(wire.LAMP_OFF)

    def close(self) -> None:
        """Give the sensor back."""
        self._pipe.close()

    def _resync(self) -> None:
        self._inbox.drain(DRAIN_MS)
        self._say(wire.DEVICE_INFO)
        self._find_size()
        for command in (wire.OPEN_A, wire.OPEN_B):
            self._say(command)
            if len(self._hear()) != wire.REPLY_BYTES:
                raise ProtocolFault("The fingerprint sensor's handshake is too short.")
        self._inbox.need_silence(DRAIN_MS)

    def _find_size(self) -> None:
        """Read on until a reply says the one size that we know; what comes before it is the rest of a frame."""
        size = wire.frame_size(self._hear())
        for _ in range(QUEUE_PACKETS_MAX):
            if size == wire.SIZE_PX:
                return
            try:
                size = wire.frame_size(self._hear())
            except TimedOutFault:
                raise ProtocolFault(
                    "The fingerprint sensor gives pictures of a size that it should not have."
                ) from None
        raise ProtocolFault("The fingerprint sensor does not stop sending.")

    def _frame(self, measure: Callable[[memoryview], _Measured]) -> tuple[memoryview, _Measured]:
        if not self._fresh():
            self._inbox.need_silence(PROBE_MS)
        self._say(wire.LAMP_ON)
        self._say(wire.CAPTURE)
        data = self._pipe.read(wire.IN, wire.FRAME_BYTES, limit_ms=self._frame_limit_ms)
        try:
            return data, self._proven(data, measure)
        except Fault:
            data[:] = bytes(len(data))
            raise

    def _fresh(self) -> bool:
        proven_ns = self._proven_ns
        return proven_ns is not None and self._clock.monotonic_ns() - proven_ns < FRESH_MS * 1_000_000

    def _proven(self, data: memoryview, measure: Callable[[memoryview], _Measured]) -> _Measured:
        """What is measured of a frame that is one from its first byte to its last."""
        self._proven_ns = None
        if len(data) != wire.FRAME_BYTES:
            raise ProtocolFault("The fingerprint sensor gave a part of a picture.")
        self._say(wire.DEVICE_INFO)
        measured = measure(data)
        if wire.frame_size(self._hear()) != wire.SIZE_PX:
            raise ProtocolFault("The fingerprint sensor sent more than it was asked for.")
        self._proven_ns = self._clock.monotonic_ns()
        return measured

    def _say(self, command: bytes) -> None:
        self._pipe.write(wire.OUT, command, limit_ms=COMMAND_MS)

    def _hear(self) -> memoryview:
        return self._pipe.read(wire.IN, wire.REPLY_BYTES, limit_ms=COMMAND_MS)
