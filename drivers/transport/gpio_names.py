"""What the lines of a GPIO chip are called and who holds them: read from the kernel, no line is taken from anybody.

Apart from `gpio_chip`, so that who only asks for names has no use for gpiozero. Source: libgpiod's Python bindings, 2.
"""

from dataclasses import dataclass
from typing import Final

from drivers.transport.udev import printable

LINES_MAX: Final = 256
"""Of one chip."""


@dataclass(frozen=True, slots=True)
class ChipLines:
    """A chip as far as it says."""

    label: str = ""
    """What its kernel driver calls it; empty where it could not be asked."""
    count: int = 0
    """How many lines it has."""
    names: tuple[str, ...] = ()
    """Lines that have a name, each with its holder's name in brackets if it is held."""


def read_lines(node: str) -> ChipLines:
    """What the chip says; nothing where it cannot be asked."""
    import gpiod  # only where there is a chip

    try:
        with gpiod.Chip(node) as chip:
            info = chip.get_info()
            lines = [chip.get_line_info(offset) for offset in range(min(info.num_lines, LINES_MAX))]
    except (OSError, ValueError):
        return ChipLines()
    shown = (_shown(line.name, line.consumer if line.used else "") for line in lines if line.name)
    return ChipLines(_text(info.label), info.num_lines, tuple(shown))


def _shown(name: str, holder: str | None) -> str:
    return f"{_text(name)} ({_text(holder)})" if holder else _text(name)


def _text(text: str) -> str:
    return printable(text.encode("utf-8", errors="replace"))
