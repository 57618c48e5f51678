"""The kernel's video calls on a tape. Scrubbed: the serial number, which sysfs tells and a node's path may have in it.

A frame comes in memory that is shared with the kernel: what a filled buffer holds is kept when the buffer is taken, as
an event of its own, and put there again by a replay.
"""

import errno
import mmap
import os
from typing import Final

from drivers.contract import FullFault, UnreadableFault
from drivers.transport import v4l2_wire as wire
from drivers.transport.tap.tape import Answer, Call, Tape, needed
from drivers.transport.v4l2 import Syscalls

MAP_BYTES_MAX: Final = 64 * 1024 * 1024
"""More than a frame of any camera here needs."""
_SERIAL: Final = "serial"


class TappedSyscalls:
    """Video calls of one opening after the other, on a tape."""

    def __init__(self, tape: Tape, real: Syscalls | None) -> None:
        """:param real: None for a replay."""
        self._tape, self._real = tape, real
        self._numbers: dict[int, int] = {}
        """Which buffer is at which offset."""
        self._maps: dict[int, mmap.mmap] = {}

    def open(self, path: str) -> int:
        """As the kernel; a replay's number is no file."""
        self._numbers.clear()
        self._maps.clear()
        opened: list[int] = []

        def real() -> Answer:
            opened.append(needed(self._real).open(path))
            return Answer(opened[0])

        try:
            return self._tape.ask(Call("open", {"path": path}), real).number()
        except FullFault:
            # open, and not recorded: nobody else would give it back
            for fd in opened:
                needed(self._real).close(fd)
            raise

    def ioctl(self, fd: int, request: int, *, data: bytearray) -> None:
        """As the kernel."""
        asked = bytes(data)

        def real() -> Answer:
            needed(self._real).ioctl(fd, request, data=data)
            return Answer(data=bytes(data))

        answer = self._tape.ask(Call("ioctl", {"fd": fd, "request": request}, asked), real)
        if len(answer.data) != len(data):
            raise UnreadableFault("The recording has an answer of another size than its request has.")
        data[:] = answer.data
        if request == wire.QUERYCAP:
            told = wire.capability_of(data)
            self._tape.met(f"{told.driver} {told.card}", serial="")
        elif request == wire.QUERYBUF:
            self._numbers[wire.place_of(data)[0]] = wire.filled_of(data).number
        elif request == wire.DQBUF:
            self._filled(wire.filled_of(data))

    def _filled(self, filled: wire.Filled) -> None:
        memory = self._maps.get(filled.number)
        if memory is None or filled.used_bytes > len(memory):
            # for the driver to refuse
            return
        place = slice(0, filled.used_bytes)
        answer = self._tape.ask(Call("frame", {"number": filled.number}), lambda: Answer(data=memory[place]))
        if len(answer.data) != filled.used_bytes:
            raise UnreadableFault("The recording has a frame of another size than its buffer says.")
        if self._real is None:
            memory[place] = answer.data

    def wait(self, fd: int, limit_ms: int) -> bool:
        """As the kernel."""
        call = Call("wait", {"fd": fd, "limit_ms": limit_ms})
        return bool(self._tape.ask(call, lambda: Answer(needed(self._real).wait(fd, limit_ms))).number())

    def map(self, fd: int, size_bytes: int, *, offset: int) -> mmap.mmap:
        """As the kernel; a replay's memory is nobody else's."""
        mapped: list[mmap.mmap] = []

        def real() -> Answer:
            mapped.append(needed(self._real).map(fd, size_bytes, offset=offset))
            return Answer()

        self._tape.ask(Call("map", {"fd": fd, "size_bytes": size_bytes, "offset": offset}), real)
        memory = mapped[0] if mapped else _own_memory(size_bytes)
        self._maps[self._numbers.get(offset, len(self._maps))] = memory
        return memory

    def close(self, fd: int) -> None:
        """As the kernel."""

        def real() -> Answer:
            needed(self._real).close(fd)
            return Answer()

        self._tape.ask(Call("close", {"fd": fd}), real, always=True)

    def attribute(self, fd: int, name: str) -> str:
        """As the kernel."""
        call = Call("attribute", {"fd": fd, "name": name})
        text = self._tape.ask(call, lambda: Answer(needed(self._real).attribute(fd, name))).text()
        if name == _SERIAL:
            self._tape.met("", serial=text.strip())
        return text


def _own_memory(size_bytes: int) -> mmap.mmap:
    if not 0 < size_bytes <= MAP_BYTES_MAX:
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
    return mmap.mmap(-1, size_bytes)
