"""The conversation with a U.are.U 4000: waking it, waiting for its events, taking its pictures, and mending all three.

The sensor tells by interrupt when it is powered and when a finger comes or goes. Those events are read when somebody
waits for them; what is older than the mode that is waited in is thrown away first. A picture is believed when nothing
was queued before it, its head is right, its bytes are all there, and it can be unscrambled. When something fails, it
is thrown away and the `ladder` is climbed; mending is to switch the sensor off and on.

Assumed, and nowhere published: an event waits in the sensor until it is read (libfprint always has a read pending,
here it is pending only while somebody waits); a sensor that was switched off gives no picture that was begun before.

Source: facts/fingerprint-sensors.md sections 5.2 to 5.5 and 14.2. The time limits are ours, but 300 ms and 10 ms.
"""

import secrets
from collections.abc import Callable, Set
from typing import Final

from drivers.contract import Fault, GreyPixels, ProtocolFault, TimedOutFault
from drivers.fingerprint import uareu_wire as wire
from drivers.fingerprint.inbox import Inbox
from drivers.fingerprint.ladder import Ladder, Mending
from drivers.fingerprint.uareu_challenge import answer_to
from drivers.fingerprint.uareu_scramble import assembled
from drivers.transport.usb import UsbPipe, UsbSetup

REGISTER_MS: Final = 5_000
POWERED_MS: Final = 300
ROUND_MS: Final = 10
ROUNDS: Final = 100
POWER_UPS: Final = 3
SILENT_MS: Final = 20
"""More than two of the interrupt endpoint's intervals. A picture that is queued comes at once from a host's own
controller, and took 6 to 13 ms through a virtual machine's; once a touch, nobody notices the wait."""
READS: Final = 3
"""How many transfers that are no picture may come before one that is."""
QUEUE_READS: Final = 64
"""What is still coming after so many is no rest of anything."""

Chance = Callable[[int], int]
"""So many random bits, as a number."""


class UareuTalk:
    """Blocks, so it is called from a thread, by one caller at a time."""

    def __init__(
        self, pipe: UsbPipe, *, challenged: bool, frame_limit_ms: int, chance: Chance = secrets.randbits
    ) -> None:
        """:param challenged: whether this model wants its challenge answered before it wakes.
        :param frame_limit_ms: how long a picture may take; the sensor's own time is about 130 ms.
        :param chance: gives so many random bits, which keys are asked for with.
        """
        self._chance = chance
        self._pipe, self._challenged, self._frame_limit_ms = pipe, challenged, frame_limit_ms
        self._mode: wire.Mode | None = None
        self._events = Inbox(pipe, wire.EVENTS, read_bytes=wire.PACKET_BYTES, reads_max=QUEUE_READS)
        self._pictures = Inbox(pipe, wire.PICTURES, read_bytes=wire.READ_BYTES, reads_max=QUEUE_READS)
        mending = Mending(self._wake, (wire.EVENTS, wire.PICTURES), begun="is switched off and on", ended="works again")
        self._ladder = Ladder(pipe, mending)

    def greet(self) -> None:
        """Wake it. :raises: StuckFault when nothing helps, GoneFault."""
        self._ladder.climb(lambda: None)

    def heard(self, mode: wire.Mode, *, limit_ms: int) -> wire.Event | None:
        """The next event in this mode, or None when none comes in time. :raises: as `greet`."""
        return self._ladder.climb(lambda: self._listen(mode, limit_ms=limit_ms))

    def picture(self) -> GreyPixels:
        """What lies on the plate now, as it went over the wire: shape (290, 384), ridges bright. :raises: as `greet`.

        A sensor that had to be switched off and on is asked for the picture again.
        """
        return self._ladder.climb(self._capture)

    def rest(self) -> None:
        """Switch it off as far as it goes. :raises: GoneFault, ProtocolFault, TimedOutFault."""
        self._set(wire.Mode.OFF)

    def restart(self) -> None:
        """Switch it off and on before anything else is asked of it."""
        self._ladder.distrust()

    def close(self) -> None:
        """Give the sensor back."""
        self._pipe.close()

    def _wake(self) -> None:
        self._mode = None
        for inbox in (self._events, self._pictures):
            inbox.drain(SILENT_MS)
        if not any(self._power_up() for _ in range(POWER_UPS)):
            raise TimedOutFault("The fingerprint sensor does not switch itself on.")
        # what the device says of itself; nobody knows its meaning, but it must be there
        if len(self._read(wire.INFORMATION, wire.INFORMATION_BYTES)) != wire.INFORMATION_BYTES:
            raise ProtocolFault("The fingerprint sensor does not say what it is.")
        self._pictures.drain(SILENT_MS)

    def _power_up(self) -> bool:
        """Whether it said that it is powered."""
        status = self._status()
        if status & wire.SLEEPS and status & wire.WRONG:
            status = self._unconfused(status)
        if not status & wire.SLEEPS:
            self._write(wire.STATUS, bytes([status | wire.SLEEPS]))
        powered = False
        for _ in range(ROUNDS):
            self._write(wire.STATUS, bytes([status & wire.LOW_BITS]))
            if not self._status() & wire.SLEEPS:
                return powered or self._powered(POWERED_MS)
            # waiting, it may hear already what it will wait for
            powered = self._powered(ROUND_MS) or powered
            if self._challenged:
                self._answer()
        raise ProtocolFault("The fingerprint sensor does not wake.")

    def _unconfused(self, status: int) -> int:
        self._write(wire.STATUS, bytes([status & wire.LOW_BITS]))
        for _ in range(ROUNDS):
            status = self._status()
            if status & wire.ALIVE:
                return status
            self._powered(ROUND_MS)
        raise ProtocolFault("The fingerprint sensor does not come to its senses.")

    def _powered(self, limit_ms: int) -> bool:
        return self._event({wire.Event.POWERED}, limit_ms=limit_ms) is not None

    def _answer(self) -> None:
        challenge = self._read(wire.CHALLENGE, wire.CHALLENGE_BYTES)
        if len(challenge) != wire.CHALLENGE_BYTES:
            raise ProtocolFault("The fingerprint sensor gave a part of its challenge.")
        self._write(wire.ANSWER, answer_to(challenge))

    def _listen(self, mode: wire.Mode, *, limit_ms: int) -> wire.Event | None:
        if self._mode is not mode:
            self._events.drain(SILENT_MS)
            self._set(mode)
        event = self._event(set(wire.Event) - {wire.Event.POWERED}, limit_ms=limit_ms)
        if event is wire.Event.FAILING:
            raise ProtocolFault("The fingerprint sensor says that its next picture will fail.")
        return event

    def _capture(self) -> GreyPixels:
        self._pictures.need_silence(SILENT_MS)
        self._set(wire.Mode.CAPTURE)
        data = self._whole()
        try:
            # two at once: which of them is this one, nobody could tell
            self._pictures.need_silence(SILENT_MS)
            return self._descrambled(data)
        finally:
            data[:] = bytes(len(data))

    def _whole(self) -> memoryview:
        """The bytes of a picture; transfers that are none are passed over, a few of them."""
        failed: Fault | None = None
        for _ in range(READS):
            try:
                data = self._pipe.read(wire.PICTURES, wire.READ_BYTES, limit_ms=self._frame_limit_ms)
            except TimedOutFault as fault:
                raise failed or fault from None
            try:
                wire.head(data)
            except ProtocolFault as fault:
                failed = fault
                data[:] = bytes(len(data))
                continue
            return data
        assert failed is not None, "a read without a fault returns"
        raise failed

    def _descrambled(self, data: memoryview) -> GreyPixels:
        head = wire.head(data)
        return assembled(data, head, keys=[self._key(number) for number in head.keys])

    def _key(self, number: int) -> int:
        seed = self._chance(32)
        self._write(wire.KEY_SEED, wire.seeded(number, seed))
        return wire.key_of(self._read(wire.KEY_OUT, 4), seed=seed)

    def _set(self, mode: wire.Mode) -> None:
        self._mode = None
        self._write(wire.MODE, bytes([mode]))
        self._mode = mode

    def _status(self) -> int:
        answer = self._read(wire.STATUS, 1)
        if len(answer) != 1:
            raise ProtocolFault("The fingerprint sensor does not say how it is.")
        return answer[0]

    def _read(self, register: int, size_bytes: int) -> bytes:
        return self._pipe.control_in(UsbSetup(wire.READ, wire.REGISTER, register), size_bytes, limit_ms=REGISTER_MS)

    def _write(self, register: int, data: bytes) -> None:
        self._pipe.control_out(UsbSetup(wire.WRITE, wire.REGISTER, register), data, limit_ms=REGISTER_MS)

    def _event(self, wanted: Set[wire.Event], *, limit_ms: int) -> wire.Event | None:
        """The next of these; others have no meaning here."""
        for _ in range(QUEUE_READS):
            try:
                event = wire.event(self._pipe.read(wire.EVENTS, wire.PACKET_BYTES, limit_ms=limit_ms))
            except TimedOutFault:
                return None
            if event in wanted:
                return event
        raise ProtocolFault("The fingerprint sensor does not stop sending.")
