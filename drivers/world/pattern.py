"""The classes of prints, how common they are on each finger, and where their cores and deltas lie.

Nouns: a *core* is where ridges turn back, a *delta* is where three flows part; both are *singular points*. Points are
complex numbers in pixels at 500 ppi from the pad's middle: real to the right in the print, imaginary to the tip.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import numpy as np

from drivers.contract import Digit, Finger, Hand


class Pattern(StrEnum):
    """The class of a print. Left and right say to which side a loop opens in the print, as the plate shows it."""

    ARCH = "arch"
    TENTED_ARCH = "tented-arch"
    LEFT_LOOP = "left-loop"
    RIGHT_LOOP = "right-loop"
    WHORL = "whorl"

    @property
    def mirrored(self) -> "Pattern":
        """The same pattern on the other hand."""
        return {Pattern.LEFT_LOOP: Pattern.RIGHT_LOOP, Pattern.RIGHT_LOOP: Pattern.LEFT_LOOP}.get(self, self)


_SHARES: dict[Digit, tuple[float, ...]] = {
    Digit.THUMB: (0.025, 0.005, 0.005, 0.595, 0.37),
    Digit.INDEX: (0.07, 0.05, 0.19, 0.36, 0.33),
    Digit.MIDDLE: (0.06, 0.02, 0.02, 0.73, 0.17),
    Digit.RING: (0.015, 0.005, 0.01, 0.53, 0.44),
    Digit.LITTLE: (0.01, 0.005, 0.005, 0.86, 0.12),
}
"""Shares of the patterns in their order above on a right hand, where a loop that opens to the little finger is a right
one. Rounded from what textbooks agree on: plausible, not a census."""


@dataclass(frozen=True, slots=True)
class SingularPoints:
    """As many cores as deltas: far away the ridges know nothing of them."""

    cores: tuple[complex, ...]
    """Where ridges turn back, the upper one first."""
    deltas: tuple[complex, ...]
    """Where flows part, from left to right."""

    def mirrored(self) -> Self:
        """The same on the other hand."""
        return type(self)(_mirrored(self.cores), _mirrored(self.deltas)[::-1])

    def without(self, core: complex) -> Self:
        """All but one core: what that core feels of the others."""
        return type(self)(tuple(other for other in self.cores if other != core), self.deltas)


def _mirrored(points: tuple[complex, ...]) -> tuple[complex, ...]:
    return tuple(complex(-point.real, point.imag) for point in points)


def draw_pattern(finger: Finger, rng: np.random.Generator) -> Pattern:
    """A pattern, as often as people have it on that finger."""
    pattern = list(Pattern)[int(rng.choice(len(Pattern), p=_SHARES[finger.digit]))]
    return pattern if finger.hand is Hand.RIGHT else pattern.mirrored


def draw_singular_points(pattern: Pattern, rng: np.random.Generator) -> SingularPoints:
    """Cores and deltas where the pattern has them, no two fingers alike."""
    core = complex(rng.normal(0, 9), rng.normal(24, 14))
    beside, below = rng.uniform(82, 116), rng.uniform(80, 122)
    match pattern:
        case Pattern.ARCH:
            return SingularPoints((), ())
        case Pattern.TENTED_ARCH:
            return SingularPoints((core,), (core + complex(rng.normal(0, 5), -below / 1.7),))
        case Pattern.RIGHT_LOOP:
            return SingularPoints((core,), (core + complex(-beside, -below),))
        case Pattern.LEFT_LOOP:
            return SingularPoints((core,), (core + complex(beside, -below),))
        case Pattern.WHORL:
            lower = core + complex(rng.normal(0, 18), -rng.uniform(20, 66))
            left, right = core + complex(-beside, -below), core + complex(rng.uniform(82, 116), -rng.uniform(80, 122))
            return SingularPoints((core, lower), (left, right))
