"""What a USB device is to whoever carries its packets."""

import struct
from collections import deque
from dataclasses import dataclass
from typing import NamedTuple, Protocol

PACKET_BYTES = 512
"""Of a bulk endpoint at high speed."""


class Stall(Exception):
    """The endpoint refuses."""


class Babble(Exception):
    """The host asked for less than the packet that the device sends."""


class Unplugged(Exception):
    """The device is gone in the middle of what was asked."""


class Refused(Exception):
    """The port's reset is refused."""


@dataclass(frozen=True)
class Setup:
    """A control transfer's head."""

    request_type: int
    request: int
    value: int
    index: int
    size_bytes: int


class Taken(NamedTuple):
    """What an IN endpoint gave by now."""

    data: bytes
    ended: bool
    """A short packet ended the transfer."""


@dataclass(frozen=True)
class Shape:
    """The descriptors, as the device's bytes."""

    device: bytes
    configuration: bytes
    """With all that follows it: interfaces and endpoints."""
    strings: tuple[str, ...] = ()
    """From index 1 on."""

    def answer(self, setup: Setup) -> bytes:
        """What the device says to GET_DESCRIPTOR, at most as long as asked. :raises: Stall for any other request."""
        if (setup.request_type, setup.request) != (0x80, 6):
            raise Stall
        match divmod(setup.value, 256):
            case 1, 0:
                found = self.device
            case 2, 0:
                found = self.configuration
            case 3, 0 if self.strings:
                found = struct.pack("<BBH", 4, 3, 0x0409)
            case 3, index if 0 < index <= len(self.strings):
                text = self.strings[index - 1].encode("utf-16-le")
                found = bytes((2 + len(text), 3)) + text
            case _:
                raise Stall
        return found[: setup.size_bytes]


class Model(Protocol):
    """A device without a transport. Times are in seconds of the adapter's clock."""

    @property
    def shape(self) -> Shape: ...

    def control(self, setup: Setup, data: bytes, *, now_s: float) -> bytes:
        """The answer to a control transfer. :raises: Stall."""
        ...

    def out(self, endpoint: int, data: bytes, *, now_s: float) -> bool:
        """Take a transfer, or say that the endpoint does not take any now. :raises: Stall, Unplugged."""
        ...

    def take(self, endpoint: int, size_bytes: int, *, now_s: float) -> Taken:
        """What the endpoint has by now, at most as much as asked. :raises: Stall, Babble, Unplugged."""
        ...

    def next_s(self) -> float | None:
        """When the device will have more by itself."""
        ...

    def clear_halt(self, endpoint: int) -> None: ...

    def reset(self) -> None:
        """:raises: Refused."""
        ...


class Fifo:
    """What an IN endpoint has queued: transfers in packets, each ended by a short one if it has one."""

    def __init__(self, packet_bytes: int = PACKET_BYTES) -> None:
        self._packet_bytes = packet_bytes
        self._runs: deque[bytes | Exception] = deque()

    def __len__(self) -> int:
        return sum(len(run) for run in self._runs if isinstance(run, bytes))

    def push(self, *runs: bytes | Exception) -> None:
        """Queue transfers; whole packets are not followed by an empty one. An error stays until it is taken off."""
        self._runs.extend(runs)

    def unhalt(self) -> None:
        """Take off the stall that everything behind it waits for."""
        if self._runs and isinstance(self._runs[0], Stall):
            self._runs.popleft()

    def clear(self) -> None:
        self._runs.clear()

    def take(self, size_bytes: int) -> Taken:
        """Whole packets, until the size, a short packet or the queue's end."""
        parts, left = [], size_bytes
        while self._runs and left > 0:
            run = self._runs[0]
            if isinstance(run, Exception):
                raise run
            self._runs.popleft()
            if len(run) > left:
                whole = left // self._packet_bytes * self._packet_bytes
                self._runs.appendleft(run[whole:])
                if whole < left:
                    raise Babble
                run = run[:whole]
            parts.append(run)
            left -= len(run)
            if len(run) % self._packet_bytes or not run:
                return Taken(b"".join(parts), ended=True)
        return Taken(b"".join(parts), ended=False)
