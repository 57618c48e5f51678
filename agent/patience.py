"""When to try again: pauses grow with every attempt, with full jitter, and fall back on confirmed progress. Pure.

Source: design.md section 6 (full jitter, 1 to 300 s, reset by confirmed progress).
"""

import random
from dataclasses import dataclass, field

FIRST_S = 1.0


@dataclass(slots=True)
class Patience:
    """One counterpart's or one parcel's pauses."""

    longest_s: float
    """The longest pause."""
    chance: random.Random
    """Where the jitter comes from."""
    attempts: int = field(default=0, init=False)
    """Attempts since the last progress."""

    def next_s(self) -> float:
        """The pause before the next attempt: uniform from 0.2 s up to a bound that doubles each time."""
        bound = min(self.longest_s, FIRST_S * 2.0**self.attempts)
        # past the longest pause the exponent says nothing more, and must not overflow
        self.attempts = min(self.attempts + 1, 32)
        return self.chance.uniform(min(0.2, bound), bound)

    def progressed(self) -> None:
        """Something was confirmed: begin again with short pauses."""
        self.attempts = 0
