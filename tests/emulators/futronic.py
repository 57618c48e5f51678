"""A Futronic FS81 without a transport: two bulk endpoints, six commands, a plate, and scripted faults.

Its IN endpoint is a queue whose replies carry no id. Commands are answered in the order in which they came, so a frame
that is late delays what follows it.

Assumed, for want of a published dump: descriptors, strings, and what the undecoded replies hold.

Source: facts/fingerprint-sensors.md sections 4 and 14.1.
"""

import struct
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tests.emulators.plate import HEIGHT_PX, WIDTH_PX, Plate
from tests.emulators.usb import PACKET_BYTES, Fifo, Refused, Setup, Shape, Stall, Taken, Unplugged

FRAME_S = 0.1
REPLY_S = 0.001
PAUSE_S = 0.02

FS81 = Shape(
    device=struct.pack("<BBHBBBBHHHBBBB", 18, 1, 0x0200, 0xFF, 0, 0, 64, 0x1491, 0x0020, 0x0100, 1, 2, 0, 1),
    configuration=struct.pack("<BBHBBBBB", 9, 2, 32, 1, 1, 0, 0x80, 250)
    + struct.pack("<BBBBBBBBB", 9, 4, 0, 0, 2, 0xFF, 0, 0, 0)
    + struct.pack("<BBBBHB", 7, 5, 0x01, 2, PACKET_BYTES, 0)
    + struct.pack("<BBBBHB", 7, 5, 0x82, 2, PACKET_BYTES, 0),
    strings=("Futronic", "FS81"),
)
FS88 = Shape(FS81.device[:10] + b"\x88\x00" + FS81.device[12:], FS81.configuration, ("Futronic", "FS88"))


class Wrong(StrEnum):
    """How one frame goes wrong."""

    CUT = "cut"
    """It ends after so many packets."""
    SPLIT = "split"
    """A short packet after so many packets ends the transfer; the rest follows as another one."""
    LONG = "long"
    """So many packets too many follow it."""
    STALE = "stale"
    """So many packets of an older frame come before it."""
    STALL = "stall"
    """The endpoint refuses after so many packets, until the halt is cleared."""
    UNPLUGGED = "unplugged"
    """The plug is pulled after so many packets."""
    LATE = "late"
    """It takes so many tenths of a second longer."""
    PAUSED = "paused"
    """Its last so many packets come later."""
    TRAILED = "trailed"
    """So many packets too many come later, and what is asked meanwhile is answered behind them."""
    HANG = "hang"
    """Nothing is answered any more, until the port is reset."""


@dataclass(frozen=True)
class Fault:
    """One frame's."""

    wrong: Wrong
    count: int = 0
    """Packets, or tenths of a second."""
    later_s: float = PAUSE_S
    """How much later, of what comes later."""


@dataclass(frozen=True)
class Script:
    """What goes wrong from one plugging-in to the next."""

    stale_packets: int = 0
    """What a host that died left in the queue."""
    out_waits: bool = False
    """No command is taken while anything is queued."""
    reset_refused: bool = False
    dead_lamp: bool = False
    sizes: tuple[tuple[int, int], ...] = ()
    """What the first answers say instead of 320 x 480."""
    deaf_opens: int = 0
    """So many times the second command of the handshake is not heard."""
    forgetful: bool = False
    """Asked for its size, it forgets the rest of the handshake: nobody has published that it does not."""
    frames: Mapping[int, Fault] = field(default_factory=dict)
    """By the frame's number since it was plugged in."""


NOTHING_WRONG = Script()


@dataclass
class Futronic:
    """The model. :ivar exposures: the latest pictures as they were sent, with their numbers."""

    plate: Plate
    script: Script = NOTHING_WRONG
    shape: Shape = FS81
    light_ridges: bool = False
    frame_s: float = FRAME_S
    exposures: deque[tuple[int, bytes]] = field(default_factory=lambda: deque(maxlen=4))
    lamp: int = 0
    frames: int = 0
    """How many frames were asked for."""
    _heard: set[int] = field(default_factory=set)
    _queue: Fifo = field(default_factory=Fifo)
    _coming: deque[tuple[float, tuple[bytes | Exception, ...]]] = field(default_factory=deque)
    _answers: int = 0
    _opens: int = 0
    _hung: bool = False

    def __post_init__(self) -> None:
        if self.script.stale_packets:
            tail = self._sent(self.plate.earlier()) * 4
            self._queue.push(tail[-self.script.stale_packets * PACKET_BYTES :])

    def control(self, setup: Setup, data: bytes, *, now_s: float) -> bytes:
        """Nothing but what every device answers."""
        return self.shape.answer(setup)

    def out(self, endpoint: int, data: bytes, *, now_s: float) -> bool:
        self._arrive(now_s)
        if endpoint != 0x01:
            raise Stall
        if self.script.out_waits and len(self._queue):
            return False
        if not self._hung:
            self._obey(data, now_s=now_s)
        return True

    def _obey(self, data: bytes, *, now_s: float) -> None:
        match data[0]:
            case 0xE0:
                if self.script.forgetful:
                    self._heard.clear()
                self._reply(self._size(), now_s=now_s)
            case 0x6C if self._deaf():
                return
            case 0x6C | 0x50:
                self._reply(bytes([data[0]]) * PACKET_BYTES, now_s=now_s)
            case 0xDD if len(data) == 3:
                self.lamp = 0 if self.script.dead_lamp else data[1]
                self.plate.light(self.lamp)
            case 0x6E | 0xFE if self._heard >= {0xE0, 0x6C, 0x50}:
                self._capture(now_s)
            case _:
                return
        self._heard.add(data[0])

    def _deaf(self) -> bool:
        self._opens += 1
        return self._opens <= self.script.deaf_opens

    def stray(self, packets: int) -> None:
        """So many packets of an older picture come now, and nobody has asked for them."""
        if packets:
            self._queue.push(self._sent(self.plate.earlier())[: packets * PACKET_BYTES])

    def _size(self) -> bytes:
        number, self._answers = self._answers, self._answers + 1
        size = self.script.sizes[number] if number < len(self.script.sizes) else (WIDTH_PX, HEIGHT_PX)
        return bytes(4) + struct.pack(">HH", *size) + bytes(PACKET_BYTES - 8)

    def _capture(self, now_s: float) -> None:
        number, self.frames = self.frames, self.frames + 1
        exposed = self._sent(self.plate.expose(lit=self.lamp > 0))
        self.exposures.append((number, exposed))
        fault = self.script.frames.get(number)
        if fault is None:
            self._reply(exposed, now_s=now_s, takes_s=self.frame_s)
            return
        takes_s = self.frame_s + (fault.count / 10 if fault.wrong is Wrong.LATE else 0)
        self._hung = fault.wrong is Wrong.HANG
        at_once, later = _spoilt(exposed, fault)
        self._reply(*at_once, now_s=now_s, takes_s=takes_s)
        if later:
            self._reply(later, now_s=now_s, takes_s=fault.later_s)

    def _reply(self, *runs: bytes | Exception, now_s: float, takes_s: float = REPLY_S) -> None:
        free_s = max(now_s, self._coming[-1][0]) if self._coming else now_s
        self._coming.append((free_s + takes_s, runs))

    def _sent(self, picture: bytes) -> bytes:
        """As it goes over the wire: the bottom row first, in the polarity of this unit."""
        rows = [picture[at : at + WIDTH_PX] for at in range(0, len(picture), WIDTH_PX)]
        data = b"".join(reversed(rows))
        return data.translate(_INVERTED) if self.light_ridges else data

    def take(self, endpoint: int, size_bytes: int, *, now_s: float) -> Taken:
        self._arrive(now_s)
        if endpoint != 0x82:
            raise Stall
        return self._queue.take(size_bytes)

    def _arrive(self, now_s: float) -> None:
        while self._coming and self._coming[0][0] <= now_s:
            self._queue.push(*self._coming.popleft()[1])

    def next_s(self) -> float | None:
        return self._coming[0][0] if self._coming else None

    def clear_halt(self, endpoint: int) -> None:
        if endpoint == 0x82:
            self._queue.unhalt()

    def reset(self) -> None:
        if self.script.reset_refused:
            raise Refused
        self._queue.clear()
        self._coming.clear()
        self._heard.clear()
        self._hung = False


_INVERTED = bytes(range(255, -1, -1))


def _spoilt(exposed: bytes, fault: Fault) -> tuple[tuple[bytes | Exception, ...], bytes]:
    """What comes at once, and what comes later."""
    cut = fault.count * PACKET_BYTES
    match fault.wrong:
        case Wrong.CUT:
            return ((exposed[:cut],) if cut else ()), b""
        case Wrong.SPLIT:
            return (exposed[: cut + 100], exposed[cut + 100 :]), b""
        case Wrong.LONG:
            return (exposed, exposed[:cut]), b""
        case Wrong.STALE:
            return (exposed[len(exposed) - cut :], exposed), b""
        case Wrong.STALL:
            return (exposed[:cut], Stall()), b""
        case Wrong.UNPLUGGED:
            return (exposed[:cut], Unplugged()), b""
        case Wrong.PAUSED:
            return (exposed[: len(exposed) - cut],), exposed[len(exposed) - cut :]
        case Wrong.TRAILED:
            return (exposed,), exposed[:cut]
        case Wrong.LATE:
            return (exposed,), b""
        case Wrong.HANG:
            return (), b""
