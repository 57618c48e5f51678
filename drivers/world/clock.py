"""The clocks that drivers take their times from."""

from datetime import datetime
from typing import Protocol


class MonotonicClock(Protocol):
    """What a driver asks of a clock; the agent's clock and a test's clock both are one."""

    def monotonic_ns(self) -> int:
        """Nanoseconds since some start, never less than before."""
        ...


class StationClock(MonotonicClock, Protocol):
    """Both clocks of the station, for a driver that compares a device's clock with the station's."""

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        ...
