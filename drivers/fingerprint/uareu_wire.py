"""The bytes that a U.are.U 4000 speaks: registers, events, and a picture's head with its table of blocks.

A picture is a head of 64 bytes and lines of 384. The head's table cuts the lines into blocks, and says of each whether
it was sent, whether it is scrambled and whether the key runs on through it (`uareu_scramble`).

Source: facts/fingerprint-sensors.md sections 5.2, 5.3 and 5.6. How strictly the table is read is ours.
"""

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from itertools import takewhile
from typing import Final

from drivers.contract import ProtocolFault

EVENTS: Final = 0x81
PICTURES: Final = 0x82
PACKET_BYTES: Final = 64

WRITE: Final = 0x40
READ: Final = 0xC0
REGISTER: Final = 0x04
"""The one vendor request, to the device; wValue is the register, and what follows goes into the next ones."""

STATUS: Final = 0x07
KEY_SEED: Final = 0x33
"""Takes the key's number and a seed of four bytes."""
KEY_OUT: Final = 0x34
"""Gives four bytes: the key, changed by the seed."""
MODE: Final = 0x4E
INFORMATION: Final = 0xF0
INFORMATION_BYTES: Final = 16
ANSWER: Final = 0x2000
CHALLENGE: Final = 0x2010
CHALLENGE_BYTES: Final = 16

SLEEPS: Final = 0x80
"""In STATUS: low power."""
WRONG: Final = 0x04
"""In STATUS: something went wrong."""
ALIVE: Final = 0x01
"""In STATUS."""
LOW_BITS: Final = 0x0F
"""Of STATUS: what is written back to wake the sensor."""

WIDTH_PX: Final = 384
HEIGHT_PX: Final = 290
HEAD_BYTES: Final = 64
READ_BYTES: Final = HEAD_BYTES + WIDTH_PX * HEIGHT_PX
"""What is asked for; 289 lines are seen to come."""
ABSENT_ROWS_MAX: Final = 4
"""Rows that were not sent repeat the next one; a picture with more of them than this is none. Seen: 1."""

_MAGIC: Final = bytes.fromhex("10408001")
_TABLE = slice(16, 46)


class Mode(IntEnum):
    """What the sensor is told to do."""

    AWAIT_FINGER = 0x10
    AWAIT_NO_FINGER = 0x12
    CAPTURE = 0x20
    OFF = 0x70


class Event(IntEnum):
    """What the sensor says by itself."""

    POWERED = 0x56AA
    FINGER_ON = 0x0101
    FINGER_OFF = 0x0200
    FAILING = 0x0800
    """It announces that its next picture will fail."""


class _Flag(IntFlag):
    ABSENT = 0x01
    SCRAMBLED = 0x02
    KEY_STAYS = 0x04
    NEXT_KEY = 0x80


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of a picture."""

    flags: int
    """As in the head."""
    rows: int
    """How many."""

    @property
    def sent(self) -> bool:
        """Whether their bytes follow."""
        return not self.flags & _Flag.ABSENT

    @property
    def scrambled(self) -> bool:
        """Whether their bytes are scrambled, in a picture that is."""
        return self.sent and bool(self.flags & _Flag.SCRAMBLED) and not self.flags & _Flag.KEY_STAYS

    @property
    def runs(self) -> bool:
        """Whether the key makes a step for each of their pixels."""
        return not self.flags & _Flag.KEY_STAYS

    @property
    def next_key(self) -> bool:
        """Whether another key begins with them."""
        return bool(self.flags & _Flag.NEXT_KEY)


@dataclass(frozen=True, slots=True)
class Head:
    """What a picture says of itself, checked."""

    lines: int
    """How many were sent."""
    key: int
    """The number of the first key."""
    blocks: tuple[Block, ...]
    """Together `HEIGHT_PX` rows, of which `lines` were sent."""

    @property
    def keys(self) -> tuple[int, ...]:
        """The numbers of the keys that its blocks need, in order."""
        changes = sum(block.next_key for block in self.blocks)
        return tuple((self.key + number) & 0xFF for number in range(changes + 1))


def event(packet: bytes | memoryview) -> Event | None:
    """What an interrupt packet says; None for anything that has no meaning here. Only its first two bytes count."""
    number = int.from_bytes(packet[:2], "big") if len(packet) >= 2 else -1
    return Event(number) if number in set(Event) else None


def head(data: bytes | memoryview) -> Head:
    """The head of a whole picture. :raises: ProtocolFault for what is not one."""
    if len(data) < HEAD_BYTES or bytes(data[:4]) != _MAGIC:
        raise ProtocolFault("The fingerprint sensor sent something that is no picture.")
    lines = int.from_bytes(data[4:6], "little")
    if lines >= HEIGHT_PX:
        raise ProtocolFault("The fingerprint sensor's picture is larger than it should be.")
    if len(data) < HEAD_BYTES + WIDTH_PX * lines:
        raise ProtocolFault("The fingerprint sensor gave a part of a picture.")
    table = bytes(data[_TABLE])
    counted = takewhile(lambda pair: pair[1] > 0, zip(table[::2], table[1::2], strict=True))
    blocks = tuple(Block(flags, rows) for flags, rows in counted)
    sent = sum(block.rows for block in blocks if block.sent)
    absent = sum(block.rows for block in blocks) - sent
    if sent != lines or sent + absent != HEIGHT_PX or absent > ABSENT_ROWS_MAX or not blocks[-1].sent:
        raise ProtocolFault("The fingerprint sensor's picture is not cut as it says.")
    return Head(lines, data[6], blocks)


def seeded(number: int, seed: int) -> bytes:
    """What goes into KEY_SEED. :param seed: any 32 bits."""
    return bytes([number]) + seed.to_bytes(4, "little")


def key_of(answer: bytes, *, seed: int) -> int:
    """The key out of what KEY_OUT gave. :raises: ProtocolFault when it is too short."""
    if len(answer) != 4:
        raise ProtocolFault("The fingerprint sensor gave a part of a key.")
    return int.from_bytes(answer, "little") ^ seed
