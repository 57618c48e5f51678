"""The time, as something that is handed in: wall clock for records, monotonic clock for waiting."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """Both clocks."""

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        ...

    def monotonic_ns(self) -> int:
        """A clock that never steps, in nanoseconds; the same for all processes of one boot."""
        ...


def boot_id() -> str:
    """Which boot the monotonic clock counts from. Source: proc_sys_kernel(5), random/boot_id."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


class SystemClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 (the one place)

    def monotonic_ns(self) -> int:
        """CLOCK_MONOTONIC, which all processes of one boot share."""
        return time.monotonic_ns()
