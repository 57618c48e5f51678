"""Memory for payloads."""

import ctypes
import re
from pathlib import Path

from drivers.transport.tap.memory import PayloadMemory


def test_it_keeps_copies_until_it_is_full_and_forgets_all() -> None:
    memory = PayloadMemory(8_192)
    data = bytearray(b"one")
    first = memory.keep(data)
    second = memory.keep(memoryview(b"two"))
    data[:] = b"xxx"
    assert first is not None
    assert second is not None
    assert (memory.read(first), memory.read(second)) == (b"one", b"two")
    assert memory.keep(bytes(8_192)) is None
    memory.zero()
    assert memory.read(slice(0, 6)) == bytes(6)
    assert memory.keep(bytes(8_192)) == slice(0, 8_192)


def test_it_is_in_no_core_dump() -> None:
    memory = PayloadMemory(8_192)
    flags = _flags(ctypes.addressof(ctypes.c_char.from_buffer(memory._memory)))
    assert "dd" in flags
    assert ("lo" in flags) == memory.locked


def _flags(address: int) -> list[str]:
    """Of the mapping that has it. Source: proc(5), VmFlags: dd is left out of dumps, lo is locked."""
    there = False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if found := re.match(r"([0-9a-f]+)-([0-9a-f]+) ", line):
            there = int(found[1], 16) <= address < int(found[2], 16)
        if there and line.startswith("VmFlags:"):
            return line.split()[1:]
    raise AssertionError("it is mapped nowhere")
