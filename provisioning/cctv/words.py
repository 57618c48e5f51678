"""How measurements and times are told to people. Pure."""

from datetime import datetime
from typing import Final

WIDTH: Final = 80
"""Columns of a terminal over SSH."""

_STEPS: Final = ((2 * 86_400_000.0, "days", 86_400_000.0), (10_000.0, "s", 1000.0), (0.0, "ms", 1.0))
"""From how many milliseconds on in which unit."""


def amount(ms: float) -> str:
    """An amount of time, such as `12.5 ms`; seconds to the millisecond; days to a tenth."""
    unit, one_ms = next((unit, one_ms) for least_ms, unit, one_ms in _STEPS if abs(ms) >= least_ms)
    return f"{ms / one_ms:.{3 if unit == 's' else 1}f} {unit}"


def apart(difference_ms: float) -> str:
    """How a clock stands to another one, such as `3.5 ms ahead of`."""
    return f"{amount(abs(difference_ms))} {'behind' if difference_ms < 0 else 'ahead of'}"


def counted(number: int, noun: str) -> str:
    """A number of things, such as `2 spans`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def moment(when: datetime) -> str:
    """A time in UTC, to the second."""
    return when.strftime("%Y-%m-%d %H:%M:%S")


def fit(text: str) -> str:
    """What a device says, without what could move the cursor of who reads it."""
    return "".join(letter for letter in text if letter.isprintable())[:100]
