"""The clock that simulators take their times from."""

from typing import Protocol


class MonotonicClock(Protocol):
    """What a driver asks of a clock; the agent's clock and a test's clock both are one."""

    def monotonic_ns(self) -> int:
        """Nanoseconds since some start, never less than before."""
        ...
