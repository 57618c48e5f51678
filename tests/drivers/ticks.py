"""A clock for drivers under test."""


class Ticks:
    """Counts how often it was read, so that no two readings are the same."""

    def __init__(self) -> None:
        self._now_ns = 0

    def monotonic_ns(self) -> int:
        self._now_ns += 1
        return self._now_ns
