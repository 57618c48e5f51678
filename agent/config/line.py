"""GPIO lines as a configuration names them: which are claimed, and by whom twice. Pure; no driver is imported.

The names of options are the drivers' own (`drivers/safe/wiring.py`, `drivers/relay/gpio.py`); a test compares.
"""

from collections.abc import Mapping
from typing import NamedTuple, Protocol


class Line(NamedTuple):
    """One line."""

    chip: str
    """As the configuration has it; empty for any."""
    name: str
    """Its name, or its number on the chip."""

    def __str__(self) -> str:
        return f"{self.chip}/{self.name}" if self.chip else self.name


class Choice(Protocol):
    """What is used of a device in the configuration."""

    @property
    def driver(self) -> str:
        """The driver's name."""
        ...

    @property
    def options(self) -> dict[str, object]:
        """Its options."""
        ...


def lines_of(choice: Choice) -> tuple[Line, ...]:
    """The lines that a device on GPIO claims; none of any other. What is no line is left to the driver to refuse."""
    if choice.driver != "gpio":
        return ()
    chip = _text(_table(choice.options.get("pins")), "chip")
    contacts = [_table(one) for one in _table(choice.options.get("contacts")).values()]
    names = [_text(table, key) for table in (choice.options, *contacts) for key in ("line", "return_line")]
    return tuple(_line(name, chip) for name in names if name)


def claimed_twice(choices: Mapping[str, Choice]) -> tuple[str, str] | None:
    """The names of two that claim the same line, or twice the name of one that claims it twice; None of none."""
    holders: dict[Line, str] = {}
    for name, choice in choices.items():
        for line in lines_of(choice):
            if line in holders:
                return holders[line], name
            holders[line] = name
    return None


def _line(name: str, usual: str) -> Line:
    chip, _, line = name.rpartition("/")
    return Line(chip or usual, line)


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _text(table: Mapping[str, object], key: str) -> str:
    value = table.get(key)
    return value if isinstance(value, str) else ""
