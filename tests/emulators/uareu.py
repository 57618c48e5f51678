"""A U.are.U 4500 or a Microsoft reader without a transport: registers, events, scrambled pictures, and scripted faults.

The person lays the finger down a moment after the sensor begins to wait for it, and lifts it a moment after the sensor
waits for that or is switched off.

Assumed, for want of anything published: switched off, it forgets what it has not sent yet; keys belong to their numbers
for good; the challenge is always the published one; what `script` says of a confused sensor's registers.

Source: facts/fingerprint-sensors.md sections 5 and 14.2.
"""

import struct
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from tests.emulators.plate import Pictures, numbered
from tests.emulators.usb import Fifo, Refused, Setup, Shape, Stall, Taken, Unplugged

PACKET_BYTES = 64
WIDTH_PX, HEIGHT_PX = 384, 290
FRAME_S = 0.128
LAND_S = LIFT_S = 0.05
PAUSE_S = 0.02
POWERED_S = (0.0004, 0.0084, 0.0164)

_GUID = "{5F0B7C2E-1D34-4A5B-9C6D-7E8F90A1B2C3}"
UAREU_4500 = Shape(
    device=bytes.fromhex("12010002000000 40BA050A0003010102 0301"),
    configuration=bytes.fromhex("09022000010100 8064 0904000002FFFFFF00 07058103400008 07058202400000"),
    strings=("DigitalPersona, Inc.", "U.are.U(R) 4500 Fingerprint Reader", _GUID),
)
MICROSOFT_V2 = Shape(
    device=bytes.fromhex("12010002000000 405E04CA0000010102 0301"),
    configuration=UAREU_4500.configuration[:8] + b"\x82" + UAREU_4500.configuration[9:],
    strings=("Microsoft", "Fingerprint Reader", _GUID),
)

INFORMATION = bytes.fromhex("1a0a1a0a01150000002000108b211130")
CHALLENGE = bytes.fromhex("4dae5a0b1247a86c9fbf29fdcc178a74")
ANSWER = bytes.fromhex("329351371e4adfb1f35f09f329c6ab46")

_REST = bytes.fromhex("03910efe0c5402010dee0c4014040c44160402700c5114020f110c440f10160a0c40023f1401")
_KEYS = (0x544409D6, 0x1B2C3D4E, 0x9F00A711, 0x00000001, 0xFEDCBA98, 0x7A5C0E83, 0xC0DE5EED, 0x2468ACE1)

SCRAMBLED, PLAIN, ABSENT, KEY_STAYS, NEXT_KEY = 0x02, 0x00, 0x01, 0x04, 0x80

Table = tuple[tuple[int, int], ...]
"""Flags and rows of each block."""

SEEN: Table = ((2, 72), (0, 1), (2, 49), (1, 1), (0, 1), (2, 49), (0, 1), (2, 116))
"""Of a real picture."""


class Wrong(StrEnum):
    """How one picture goes wrong."""

    LINES = "lines"
    """It says to have 290 lines and so many more."""
    TABLE = "table"
    """Its table counts so many rows too many."""
    CUT = "cut"
    """It ends after so many packets."""
    SPLIT = "split"
    """A short packet after so many packets ends the transfer; the rest follows as another one."""
    EMPTY = "empty"
    """So many transfers of no bytes come before it."""
    WRONG_KEY = "wrong-key"
    """It says the number of another key."""
    BARE = "bare"
    """Not scrambled, although its table says so: no fault."""
    ENDLESS = "endless"
    """Nothing marks its end: no fault, but the host waits."""
    LONG = "long"
    """So many packets too many follow it."""
    TWICE = "twice"
    """The same comes once more, a moment later."""
    STALE = "stale"
    """An older one comes before it."""
    HEADLESS = "headless"
    """Its first so many packets are lost."""
    STALL = "stall"
    """The endpoint refuses after so many packets, until the halt is cleared."""
    UNPLUGGED = "unplugged"
    """The plug is pulled after so many packets."""
    LATE = "late"
    """It takes so many tenths of a second longer."""
    HANG = "hang"
    """Neither events nor pictures come any more, until the port is reset."""


@dataclass(frozen=True)
class Fault:
    """One picture's."""

    wrong: Wrong
    count: int = 0
    """As its kind says."""


@dataclass(frozen=True)
class Script:
    """What goes wrong from one plugging-in to the next."""

    status: int = 0x01
    """The register as it is found; 0x85 and the like are a confused sensor."""
    dumb_power_ups: int = 0
    """So many times it does not say that it is powered."""
    slow_rounds: int = 0
    """So many more writes until it is awake; that it is powered it says at the first."""
    challenges: int = 0
    """So many answers until it wakes."""
    stale_packets: int = 0
    """What a host that died left in the picture queue."""
    failing: frozenset[int] = frozenset()
    """Before which touches it announces that the next picture will fail."""
    deaf_lifts: int = 0
    """So many times it does not tell of a finger that was lifted."""
    echo: bool = False
    """After a finger was lifted it says once more that one is there."""
    chatter: bool = False
    """Events that nobody knows come with the known ones."""
    reset_refused: bool = False
    tables: tuple[Table, ...] = (SEEN,)
    """Of the pictures, in turn."""
    frames: Mapping[int, Fault] = field(default_factory=dict)
    """By the picture's number since it was plugged in."""


NOTHING_WRONG = Script()


@dataclass
class Uareu:
    """The model. :ivar exposures: the latest pictures as an observer before the plate sees them, with their numbers."""

    pictures: Pictures
    script: Script = NOTHING_WRONG
    shape: Shape = UAREU_4500
    finger: bool = False
    stays: bool = False
    """Whether the person never lifts it."""
    land_s: float = LAND_S
    """How long the person takes to lay it down."""
    first: int = 0
    """The number of the first picture."""
    exposures: deque[tuple[int, bytes]] = field(default_factory=lambda: deque(maxlen=8))
    mode: int = 0
    frames: int = 0
    """How many pictures were asked for."""
    bare: int = 0
    """How many of them showed no finger."""
    modes: list[int] = field(default_factory=list)
    """Every mode that was set."""
    _registers: dict[int, int] = field(default_factory=dict)
    _status: int = 0
    _answered: int = 0
    _writes: int = 0
    _power_ups: int = 0
    _lifts: int = 0
    _waits: int = 0
    _revival: int = 0
    _hung: bool = False
    _told: bool = False
    _turn: tuple[float, bool] | None = None
    _events: Fifo = field(default_factory=lambda: Fifo(PACKET_BYTES))
    _sent: Fifo = field(default_factory=lambda: Fifo(PACKET_BYTES))
    _coming: list[tuple[float, Fifo, tuple[bytes | Exception, ...]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._status = self.script.status
        if self.script.stale_packets:
            old, _ = self._built(self.pictures.pressed[0], number=0)
            self._sent.push((old * 4)[-self.script.stale_packets * PACKET_BYTES :])

    def control(self, setup: Setup, data: bytes, *, now_s: float) -> bytes:
        """A register is read or written, or what every device answers."""
        self._arrive(now_s)
        match setup.request_type, setup.request:
            case 0xC0, 0x04:
                return self._read(setup.value, setup.size_bytes)
            case 0x40, 0x04:
                self._write(setup.value, data, now_s=now_s)
                return b""
            case _:
                return self.shape.answer(setup)

    def _read(self, register: int, size_bytes: int) -> bytes:
        match register:
            case 0x07:
                self._revive()
                return bytes([self._status])
            case 0x34:
                seed = bytes(self._registers.get(0x34 + at, 0) for at in range(4))
                key = _KEYS[self._registers.get(0x33, 0) % len(_KEYS)].to_bytes(4, "little")
                found = _xor(key, seed)
            case 0xF0:
                found = INFORMATION
            case 0x2010:
                found = CHALLENGE
            case _:
                raise Stall
        return found[:size_bytes]

    def _revive(self) -> None:
        """A confused sensor that was told to come to its senses takes a few looks."""
        if self._revival:
            self._revival -= 1
            self._status = 0x00 if self._revival else 0x01

    def _write(self, register: int, data: bytes, *, now_s: float) -> None:
        for at, value in enumerate(data):
            self._registers[register + at] = value
        match register:
            case 0x07:
                self._power(data[0], now_s=now_s)
            case 0x4E:
                self._set(data[0], now_s=now_s)
            case 0x2000 if data == ANSWER:
                self._answered += 1
            case _:
                pass

    def _power(self, status: int, *, now_s: float) -> None:
        if status & 0x80:
            self._status, self.mode = status | 0x01, 0
            self._forget()
            return
        if self._status & 0x84 == 0x84:
            self._revival = 3
            return
        if not self._status & 0x80:
            return
        if self._writes == 0:
            self._say_powered(now_s)
        self._writes += 1
        if self._writes > self.script.slow_rounds and self._answered >= self.script.challenges:
            self._status = status | 0x01

    def _forget(self) -> None:
        self._writes = self._answered = 0
        self._coming.clear()
        self._sent.clear()
        self._events.clear()

    def _say_powered(self, now_s: float) -> None:
        number, self._power_ups = self._power_ups, self._power_ups + 1
        if number >= self.script.dumb_power_ups and not self._hung:
            for after_s in POWERED_S:
                self._come(self._events, _packet("56aa"), at_s=now_s + after_s)

    def _set(self, mode: int, *, now_s: float) -> None:
        self.modes.append(mode)
        if self._status & 0x80:
            return
        self.mode, self._told = mode, False
        match mode:
            case 0x10:
                if not self.finger:
                    self._turn = (now_s + self.land_s, True)
            case 0x12 | 0x70:
                if self.finger and not self.stays:
                    self._turn = (now_s + LIFT_S, False)
                if mode == 0x12:
                    self._lifts += 1
            case 0x20:
                self._capture(now_s)
            case _:
                pass
        self._tell()

    def _tell(self) -> None:
        """Say it when what is waited for is so."""
        if self._told or self._hung:
            return
        if self.mode == 0x10 and self.finger:
            number, self._waits = self._waits, self._waits + 1
            self._say("0800" if number in self.script.failing else "0101")
        elif self.mode == 0x12 and not self.finger and self._lifts > self.script.deaf_lifts:
            self._say("0200")
            if self.script.echo:
                self._events.push(_packet("0101"))

    def _say(self, event: str) -> None:
        self._told = True
        if self.script.chatter:
            self._events.push(_packet("2000"), _packet("56aa"))
        self._events.push(_packet(event))

    def _capture(self, now_s: float) -> None:
        number, self.frames = self.frames, self.frames + 1
        self.bare += not self.finger
        shown = self.pictures.pressed if self.finger else self.pictures.bare
        picture = numbered(shown[number % len(shown)], self.first + number)
        fault = self.script.frames.get(number)
        data, delivered = self._built(picture, number=number, fault=fault)
        self.exposures.append((number, delivered))
        runs = _spoilt(data, fault, older=self._built(self.pictures.pressed[-1], number=number + 1)[0])
        self._hung = self._hung or (fault is not None and fault.wrong is Wrong.HANG)
        late_s = fault.count / 10 if fault is not None and fault.wrong is Wrong.LATE else 0
        if not self._hung:
            self._come(self._sent, *runs, at_s=now_s + FRAME_S + late_s)
        if fault is not None and fault.wrong is Wrong.TWICE:
            self._come(self._sent, data, b"", at_s=now_s + FRAME_S + PAUSE_S)

    def _built(self, picture: bytes, *, number: int, fault: Fault | None = None) -> tuple[bytes, bytes]:
        """A picture as it is sent, and as it can be had from that."""
        wire = picture.translate(_INVERTED)
        if self.shape is UAREU_4500:
            wire = wire[::-1]
        table = self.script.tables[number % len(self.script.tables)]
        wrong = fault.wrong if fault is not None else None
        key = number * 3 & 0xFF
        body, had = _scrambled(wire, table, key=key, plainly=wrong is Wrong.BARE)
        lines, said = len(body) // WIDTH_PX, [list(pair) for pair in table]
        if fault is not None and wrong is Wrong.LINES:
            lines = HEIGHT_PX + fault.count
        if fault is not None and wrong is Wrong.TABLE:
            said[-1][1] += 1 + fault.count % 100
        key += int(wrong is Wrong.WRONG_KEY)
        head = struct.pack("<2sHHB9x", b"\x10\x40", WIDTH_PX, lines, key & 0xFF)
        head += bytes(value for pair in said for value in pair).ljust(30, b"\0")[:30]
        if self.shape is UAREU_4500:
            had = had[::-1]
        return head.ljust(64, b"\x5a") + body, had.translate(_INVERTED)

    def _come(self, queue: Fifo, *runs: bytes | Exception, at_s: float) -> None:
        self._coming.append((at_s, queue, runs))
        self._coming.sort(key=lambda coming: coming[0])

    def out(self, endpoint: int, data: bytes, *, now_s: float) -> bool:
        """There is no such endpoint."""
        raise Stall

    def take(self, endpoint: int, size_bytes: int, *, now_s: float) -> Taken:
        self._arrive(now_s)
        match endpoint:
            case 0x81:
                return self._events.take(size_bytes)
            case 0x82:
                return self._sent.take(size_bytes)
            case _:
                raise Stall

    def _arrive(self, now_s: float) -> None:
        while self._coming and self._coming[0][0] <= now_s:
            _, queue, runs = self._coming.pop(0)
            queue.push(*runs)
        if self._turn is not None and self._turn[0] <= now_s:
            _, self.finger = self._turn
            self._turn = None
            self._tell()

    def next_s(self) -> float | None:
        times = [coming[0] for coming in self._coming] + ([self._turn[0]] if self._turn else [])
        return min(times, default=None)

    def clear_halt(self, endpoint: int) -> None:
        if endpoint == 0x82:
            self._sent.unhalt()

    def reset(self) -> None:
        if self.script.reset_refused:
            raise Refused
        self._forget()
        self._hung, self.mode, self._status = False, 0, 0x01


_INVERTED = bytes(range(255, -1, -1))


def _packet(start: str) -> bytes:
    return (bytes.fromhex(start) + _REST).ljust(PACKET_BYTES, b"\0")


def _xor(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).to_bytes(len(one), "big")


@cache
def key_bytes(key: int) -> bytes:
    """What every pixel of a whole picture is added to, bit by bit as the facts say it."""
    stream = bytearray()
    for _ in range(WIDTH_PX * HEIGHT_PX):
        stream.append(sum((key >> bit & 1) << place for place, bit in enumerate((4, 8, 11, 14, 18, 21, 24, 29))))
        key = ((key & 0x9248144D).bit_count() & 1) << 31 | key >> 1
    return bytes(stream)


def _scrambled(wire: bytes, table: Table, *, key: int, plainly: bool) -> tuple[bytes, bytes]:
    """The lines that are sent, and the picture that can be had from them: pixels are lost, and rows repeated."""
    body, had, step, top = bytearray(), bytearray(), 0, 0
    for flags, rows in table:
        if flags & NEXT_KEY:
            key, step = key + 1, 0
        size = rows * WIDTH_PX
        part = wire[top : top + size]
        if flags & ABSENT:
            # a row that is not sent is a copy of the next one's
            part = b"\0" * size
        elif flags & (SCRAMBLED | KEY_STAYS) == SCRAMBLED and not plainly:
            stream = key_bytes(_KEYS[key % len(_KEYS)])[step : step + size - 1]
            body += b"\xa5" + _xor(part[:-1], stream)
            part = part[:-1] + b"\0"
        else:
            body += part
        had += part
        top += size
        step += 0 if flags & KEY_STAYS else size
    return bytes(body), _filled(had, table)


def _filled(had: bytearray, table: Table) -> bytes:
    top = sum(rows for _, rows in table) * WIDTH_PX
    for flags, rows in reversed(table):
        top -= rows * WIDTH_PX
        if flags & ABSENT:
            below = top + rows * WIDTH_PX
            had[top:below] = had[below : below + WIDTH_PX] * rows
    return bytes(had)


def _some(data: bytes) -> tuple[bytes, ...]:
    """No transfer at all where there are no bytes."""
    return (data,) if data else ()


def _spoilt(data: bytes, fault: Fault | None, *, older: bytes) -> tuple[bytes | Exception, ...]:
    """What comes: transfers, each ended by an empty packet as a whole number of packets needs it."""
    if fault is None:
        return data, b""
    cut = fault.count * PACKET_BYTES % len(data)
    match fault.wrong:
        case Wrong.CUT:
            return data[:cut], b""
        case Wrong.SPLIT:
            return data[: cut + 10], data[cut + 10 :]
        case Wrong.EMPTY:
            return *([b""] * (1 + fault.count % 2)), data, b""
        case Wrong.ENDLESS:
            return (data,)
        case Wrong.LONG:
            return data + data[:cut], b""
        case Wrong.STALE:
            return older, b"", data, b""
        case Wrong.HEADLESS:
            return data[cut:], b""
        case Wrong.STALL:
            return *_some(data[:cut]), Stall()
        case Wrong.UNPLUGGED:
            return *_some(data[:cut]), Unplugged()
        case _:
            return data, b""
