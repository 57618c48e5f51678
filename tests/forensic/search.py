"""Looks for marks in everything that bytes can be left in: images of file systems, files, memory of processes.

Every offset is looked at: a table of the marks' first bytes says at which of them more is worth comparing.
"""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.forensic.watermark import Mark

_BLOCK_BYTES = 32 * 1024 * 1024
_TABLE_BITS = 22
_KERNELS_OWN = ("[vvar]", "[vsyscall]", "[vvar_vclock]")


@dataclass(frozen=True, slots=True, order=True)
class Find:
    """A mark that was found."""

    place: str
    """In what."""
    name: str
    """What it is a piece of."""


class Search:
    """For these marks."""

    def __init__(self, marks: Iterable[Mark]) -> None:
        self._by_head: dict[bytes, set[Mark]] = defaultdict(set)
        self._table = np.zeros(1 << _TABLE_BITS, dtype=bool)
        self._overlap = 0
        for mark in marks:
            assert len(mark.content) >= 8, f"{mark.name} is too short to be told from chance"
            head = mark.content[:4]
            self._by_head[head].add(mark)
            self._table[int.from_bytes(head, "little") >> (32 - _TABLE_BITS)] = True
            self._overlap = max(self._overlap, len(mark.content) - 1)
        assert self._by_head, "a search for nothing finds nothing"

    def content(self, content: bytes) -> set[Mark]:
        """Every mark that is in it, at whatever offset."""
        found: set[Mark] = set()
        for offset in range(4):
            words = np.frombuffer(
                content, "<u4", count=max(0, len(content) - offset) // 4, offset=min(offset, len(content))
            )
            for index in np.flatnonzero(self._table[words >> (32 - _TABLE_BITS)]):
                begin = int(index) * 4 + offset
                marks = self._by_head.get(content[begin : begin + 4], ())
                found |= {mark for mark in marks if content.startswith(mark.content, begin)}
        return found

    def file(self, path: Path, *, place: str = "") -> set[Find]:
        """What is in a file, or in the image of a file system: its free blocks and its journal too."""
        with path.open("rb") as file:
            return self._blocks(file.fileno(), [(0, os.fstat(file.fileno()).st_size)], place=place or path.name)

    def files(self, folder: Path, *, since_s: float = 0.0) -> set[Find]:
        """What is in every file below a folder that was written since a moment."""
        found: set[Find] = set()
        for path in _files(folder):
            try:
                if path.stat().st_mtime >= since_s:
                    found |= self.file(path)
            except OSError:
                # another program's file that went meanwhile
                continue
        return found

    def memory(self, process: int, *, place: str) -> set[Find]:
        """What is in the memory that a process can write or shares: heap, stacks, buffers."""
        memory = os.open(f"/proc/{process}/mem", os.O_RDONLY)
        try:
            return self._blocks(memory, list(_writable(process)), place=place)
        finally:
            os.close(memory)

    def _blocks(self, descriptor: int, ranges: list[tuple[int, int]], *, place: str) -> set[Find]:
        found: set[Find] = set()
        for begin, end in ranges:
            for start in range(begin, end, _BLOCK_BYTES):
                wanted = min(end, start + _BLOCK_BYTES + self._overlap) - start
                try:
                    content = os.pread(descriptor, wanted, start)
                except OSError:
                    # a range that was given back, or that the kernel shows nobody
                    continue
                found |= {Find(place, mark.name) for mark in self.content(content)}
        return found


def _writable(process: int) -> Iterator[tuple[int, int]]:
    for line in Path(f"/proc/{process}/maps").read_text().splitlines():
        addresses, mode, *rest = line.split(maxsplit=5)
        name = rest[-1] if len(rest) == 4 else ""
        if mode.startswith("rw") and name not in _KERNELS_OWN:
            begin, end = addresses.split("-")
            yield int(begin, 16), int(end, 16)


def _files(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        yield from [folder] if folder.is_file() and not folder.is_symlink() else []
        return
    for place, _, names in os.walk(folder):
        yield from (path for name in names if (path := Path(place, name)).is_file() and not path.is_symlink())
