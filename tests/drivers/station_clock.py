"""The machine's own clocks, for drivers that compare a device's clock with the station's."""

import time
from datetime import UTC, datetime


class MachineClock:
    """What the agent's clock is for drivers."""

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251 (a test's own clock)

    def monotonic_ns(self) -> int:
        return time.monotonic_ns()
