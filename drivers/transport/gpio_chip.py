"""GPIO chips of this machine, and how a configuration names their lines.

A line is named as the installer knows it: `DOOR` (a name that one chip alone gives), `gpiochip1/17` or
`gpiochip1/DOOR`, where the part before the slash is the chip's file, its path or its label; a bare `17` where the chip
is given elsewhere or is the only one.

Source: docs.kernel.org/userspace-api/gpio/chardev.html; the Python bindings of libgpiod 2 (package `gpiod`).
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

import gpiod
from gpiod.line import Value
from gpiozero.exc import PinInvalidPin


class LineRequest(Protocol):
    """What is used of a `gpiod.LineRequest`."""

    @property
    def fd(self) -> int:
        """Readable when there are edges."""
        ...

    def get_value(self, line: int) -> Value:
        """The level. :raises: OSError."""
        ...

    def set_value(self, line: int, value: Value) -> None:
        """Drive the level. :raises: OSError."""
        ...

    def reconfigure_lines(self, config: dict[int, gpiod.LineSettings | None]) -> None:
        """Change direction, bias and edges. :raises: OSError."""
        ...

    def wait_edge_events(self, timeout: float) -> bool:
        """Whether there are edges."""
        ...

    def read_edge_events(self) -> list[gpiod.EdgeEvent]:
        """The edges that came. :raises: OSError."""
        ...

    def release(self) -> None:
        """Give the line back."""
        ...


class Chip(Protocol):
    """What is used of a `gpiod.Chip`."""

    def get_info(self) -> gpiod.ChipInfo:
        """Name, label and number of lines."""
        ...

    def get_line_info(self, line: int) -> gpiod.LineInfo:
        """What a line is called, among others."""
        ...

    def request_lines(self, config: dict[int, gpiod.LineSettings | None], consumer: str) -> LineRequest:
        """Hold lines alone; they stay when the chip is closed. :raises: OSError."""
        ...

    def close(self) -> None:
        """Close the chip's file."""
        ...


class Place(NamedTuple):
    """Where a line is."""

    path: str
    """The chip's file."""
    offset: int
    """The line's number on it."""


def chip_paths() -> list[str]:
    """The file of every GPIO chip of this machine."""
    return sorted(map(str, Path("/dev").glob("gpiochip*")))


def open_chip(path: str) -> Chip:
    """The kernel's own chip. :raises: OSError."""
    chip: Chip = gpiod.Chip(path)  # type: ignore[assignment]  # gpiod allows more than is asked for here
    return chip


class Chips:
    """Finds lines on all chips that there are."""

    def __init__(self, paths: Callable[[], list[str]], opener: Callable[[str], Chip], *, usual: str = "") -> None:
        """:param usual: the chip that is meant where a line names none; empty for any."""
        self._paths, self.open, self._usual = paths, opener, usual

    def find(self, name: str) -> Place:
        """The one line of that name. :raises: PinInvalidPin when there is none or several; OSError."""
        chip, _, line = name.rpartition("/")
        found = list(self._matches(chip or self._usual, line))
        if len(found) != 1:
            raise PinInvalidPin(f"{'no line is' if not found else 'several lines are'} called {name!r}")
        return found[0]

    def _matches(self, wanted: str, line: str) -> Iterator[Place]:
        for path in self._paths():
            chip = self.open(path)
            try:
                info = chip.get_info()
                if wanted in {"", path, info.name, info.label}:
                    yield from (Place(path, offset) for offset in _offsets(chip, line, count=info.num_lines))
            finally:
                chip.close()


def _offsets(chip: Chip, line: str, *, count: int) -> list[int]:
    if line.isascii() and line.isdigit():
        return [int(line)] if int(line) < count else []
    return [offset for offset in range(count) if line and chip.get_line_info(offset).name == line]
