"""The machine's own monotonic clock, for drivers whose waiting is of real time."""

import time


class RealClock:
    """What the agent's clock is for drivers."""

    def monotonic_ns(self) -> int:
        return time.monotonic_ns()
