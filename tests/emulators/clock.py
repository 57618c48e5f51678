"""The clocks that adapters wait by."""

import threading
import time
from typing import Protocol


class WaitingClock(Protocol):
    """A clock that can be waited by."""

    def now_s(self) -> float: ...

    def wait_until(self, then_s: float) -> None: ...


class LeapingClock:
    """Waiting moves it on at once: an hour of time limits is tested in no time."""

    def __init__(self) -> None:
        self._now_s = 0.0
        self._readings = 0

    def now_s(self) -> float:
        return self._now_s

    def monotonic_ns(self) -> int:
        """The same for a driver; no two readings are the same."""
        self._readings += 1
        return int(1e9 * self._now_s) + self._readings

    def pass_s(self, seconds: float) -> None:
        """So much time passes in which nobody waits for anything."""
        self.wait_until(self._now_s + seconds)

    def wait_until(self, then_s: float) -> None:
        self._now_s = max(self._now_s, then_s)


class WallClock:
    """Real time, for benchmarks."""

    def __init__(self) -> None:
        self._never = threading.Event()

    def now_s(self) -> float:
        return time.monotonic()

    def wait_until(self, then_s: float) -> None:
        self._never.wait(max(0.0, then_s - time.monotonic()))
