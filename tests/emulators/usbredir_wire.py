"""usbredir's packets as bytes, as the side that has the device reads and writes them.

A packet is a type, the length of what follows the head, an id, and that. All numbers are little-endian.

Source: facts/fingerprint-sensors.md section 16.B (protocol 0.7).
"""

import struct
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from tests.emulators.usb import Shape


class Kind(IntEnum):
    """Of a packet."""

    HELLO = 0
    DEVICE_CONNECT = 1
    DEVICE_DISCONNECT = 2
    RESET = 3
    INTERFACE_INFO = 4
    EP_INFO = 5
    SET_CONFIGURATION = 6
    GET_CONFIGURATION = 7
    CONFIGURATION_STATUS = 8
    SET_ALT = 9
    GET_ALT = 10
    ALT_STATUS = 11
    START_INTERRUPTS = 15
    STOP_INTERRUPTS = 16
    INTERRUPTS_STATUS = 17
    CANCEL = 21
    CONTROL = 100
    BULK = 101
    INTERRUPT = 103


class Cap(IntEnum):
    """What a side says it can, as the number of a bit; it counts where both sides say so."""

    CONNECT_RELEASE = 1
    """The connection tells the device's release number."""
    EP_PACKET_SIZE = 4
    """The endpoints' packet sizes are told."""
    LONG_IDS = 5
    LONG_BULKS = 6
    """A bulk transfer's length has 32 bits."""


class Status(IntEnum):
    """How a transfer ended."""

    OK = 0
    CANCELLED = 1
    INVALID = 2
    STALL = 4
    BABBLE = 6


VERSION = b"smilius emulators"

_TYPE_NONE = 0xFF
_LENGTH_MAX = 1 << 27
"""The protocol's own limit for a transfer, with much room."""


class Packet(NamedTuple):
    """One that has come."""

    kind: int
    id: int
    body: bytes


class Endpoint(NamedTuple):
    """As its descriptor says."""

    address: int
    type: int
    packet_bytes: int
    interval: int
    interface: int


class Bulk(NamedTuple):
    """The head of a bulk packet."""

    endpoint: int
    status: int
    size_bytes: int
    stream: int


class Wire:
    """How the two sides understand each other: what both can is known when the other has said hello."""

    def __init__(self) -> None:
        self.caps: frozenset[Cap] | None = None
        """What both can, or None before the hello."""
        self._came = bytearray()

    def hello(self) -> bytes:
        """The first packet; its id has always 32 bits."""
        body = VERSION.ljust(64, b"\0") + struct.pack("<I", sum(1 << cap for cap in Cap))
        return struct.pack("<III", Kind.HELLO, len(body), 0) + body

    def can(self, cap: Cap) -> bool:
        return self.caps is not None and cap in self.caps

    def packet(self, kind: Kind, number: int, body: bytes) -> bytes:
        return struct.pack("<IIQ" if self.can(Cap.LONG_IDS) else "<III", kind, len(body), number) + body

    def split(self, data: bytes) -> Iterator[Packet]:
        """What has come whole by now. :raises: ConnectionError for what is not usbredir."""
        self._came += data
        while len(self._came) >= 8:
            kind, size_bytes = struct.unpack_from("<II", self._came)
            head = "<IIQ" if self.can(Cap.LONG_IDS) else "<III"
            if size_bytes > _LENGTH_MAX or (kind == Kind.HELLO) is (self.caps is not None):
                raise ConnectionError("The peer does not speak usbredir.")
            start = struct.calcsize(head)
            if len(self._came) < start + size_bytes:
                return
            number = struct.unpack_from(head, self._came)[2]
            body = bytes(self._came[start : start + size_bytes])
            del self._came[: start + size_bytes]
            if kind == Kind.HELLO:
                self._greeted(body)
            yield Packet(kind, number, body)

    def _greeted(self, body: bytes) -> None:
        # the version and any number of words with bits; a peer of the first days says none
        bits = int.from_bytes(body[64:], "little")
        self.caps = frozenset(cap for cap in Cap if bits >> cap & 1)

    def ep_info(self, shape: Shape) -> bytes:
        """Which endpoints there are: OUT at their numbers, IN at 16 more."""
        types, intervals, interfaces = bytearray([_TYPE_NONE] * 32), bytearray(32), bytearray(32)
        sizes = [0] * 32
        for at in (0, 16):
            types[at], sizes[at] = 0, shape.device[7]
        for one in endpoints(shape):
            at = (one.address & 0x80) >> 3 | one.address & 0x0F
            types[at], intervals[at], interfaces[at], sizes[at] = (
                one.type,
                one.interval,
                one.interface,
                one.packet_bytes,
            )
        told = bytes(types + intervals + interfaces)
        return told + (struct.pack("<32H", *sizes) if self.can(Cap.EP_PACKET_SIZE) else b"")

    def connect(self, shape: Shape) -> bytes:
        """The device: a bulk endpoint of 512 bytes is one of high speed, any other of full speed."""
        high = any(one.type == 2 and one.packet_bytes == 512 for one in endpoints(shape))
        told = bytes((2 if high else 1,)) + shape.device[4:7] + shape.device[8:12]
        return told + (shape.device[12:14] if self.can(Cap.CONNECT_RELEASE) else b"")

    def read_bulk(self, body: bytes) -> tuple[Bulk, bytes]:
        """Head and data."""
        if self.can(Cap.LONG_BULKS):
            endpoint, status, low, stream, high = struct.unpack_from("<BBHIH", body)
            return Bulk(endpoint, status, high << 16 | low, stream), body[10:]
        return Bulk(*struct.unpack_from("<BBHI", body)), body[8:]

    def bulk(self, head: Bulk) -> bytes:
        low, high = head.size_bytes & 0xFFFF, head.size_bytes >> 16
        told = struct.pack("<BBHI", head.endpoint, head.status, low, head.stream)
        return told + (struct.pack("<H", high) if self.can(Cap.LONG_BULKS) else b"")


def interface_info(shape: Shape) -> bytes:
    """How many interfaces; then their numbers, classes, subclasses and protocols."""
    found = [one for one in _descriptors(shape) if one[1] == 4]
    columns = [bytes(one[at] for one in found).ljust(32, b"\0") for at in (2, 5, 6, 7)]
    return struct.pack("<I", len(found)) + b"".join(columns)


def endpoints(shape: Shape) -> list[Endpoint]:
    """Those of the configuration, in its order."""
    found, interface = [], 0
    for one in _descriptors(shape):
        if one[1] == 4:
            interface = one[2]
        elif one[1] == 5:
            size_bytes = int.from_bytes(one[4:6], "little")
            found.append(Endpoint(one[2], one[3] & 3, size_bytes, one[6], interface))
    return found


def _descriptors(shape: Shape) -> Iterator[bytes]:
    data = shape.configuration
    while data:
        yield data[: data[0]]
        data = data[data[0] :]
