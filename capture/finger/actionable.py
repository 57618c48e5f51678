"""The four actionable values of NFIQ 2: what is so wrong with a picture that its measures say little.

Source: NFIQ 2.3, facts/standards.md section 5.5. In a uniform or empty picture the other two are not looked at. The
minutiae are our own detector's; where nobody looked for them, that value is missing and asks for nothing.
"""

from dataclasses import dataclass
from enum import StrEnum

from capture.finger.measures import EMPTY_MEAN, UNIFORM_DEVIATION, Measures

MINUTIAE_MIN = 5
"""Fewer say that it is hardly a finger."""

FOREGROUND_MIN_PX = 50_000
"""Less, 1.29 square centimetres at 500 ppi, is too small a part of a finger."""


class Actionable(StrEnum):
    """The four, under NFIQ 2's own identifiers."""

    UNIFORM = "UniformImage"
    EMPTY = "EmptyImageOrContrastTooLow"
    MINUTIAE = "FingerprintImageWithMinutiae"
    FOREGROUND = "SufficientFingerprintForeground"

    @property
    def sentence(self) -> str:
        """What is wrong when it asks for action, in one plain sentence."""
        return _SENTENCES[self]


_SENTENCES = {
    Actionable.UNIFORM: "The picture has one shade only.",
    Actionable.EMPTY: "The picture is empty, or its contrast is too low.",
    Actionable.MINUTIAE: f"Fewer than {MINUTIAE_MIN} minutiae were found.",
    Actionable.FOREGROUND: "Too little of the finger is on the plate.",
}


@dataclass(frozen=True, slots=True)
class ActionableValue:
    """One of the four."""

    kind: Actionable
    """Which."""
    value: float
    """What was measured: grey levels, a count, or pixels."""
    act: bool
    """Whether it asks for action."""


def actionable_values(measures: Measures) -> tuple[ActionableValue, ...]:
    """Those of the four that could be measured, in NFIQ 2's order."""
    found = [(kind, measures.values[kind]) for kind in Actionable if kind in measures.values]
    return tuple(ActionableValue(kind, value=value, act=_asks(kind, value)) for kind, value in found)


def _asks(kind: Actionable, value: float) -> bool:
    match kind:
        case Actionable.UNIFORM:
            return value < UNIFORM_DEVIATION
        case Actionable.EMPTY:
            return value > EMPTY_MEAN
        case Actionable.MINUTIAE:
            return value < MINUTIAE_MIN
        case Actionable.FOREGROUND:
            return value < FOREGROUND_MIN_PX
