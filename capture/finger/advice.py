"""What the person can do better with the next print: hints that follow from the measures, by one table.

A print is taken, measured, and poor, or could be better: the operator is told why in words that the client understands.
A measure that was not made says nothing. The table is printed in docs/fingers.md.

The limits are ours, set on the simulated finger (image-build/finger_sheet.py shows it) and on NFIQ 2's published
examples; no standard names them, but for the area: NFIQ 2 warns below 50,000 pixels, which are 129 mm2.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from drivers.contract import Hint

AREA = "SmiliusFingerArea_mm2"
"""Our own measure beside NFIQ 2's: ridged area of the finger in the whole frame, in square millimetres."""

RESIDUE = "SmiliusPlateResidue_mm2"
"""Our own: what lies on the plate beside the finger, in square millimetres."""

LEVEL = "ImgProcROIArea_Mean"
"""NFIQ 2's mean grey level of the finger, 0 = ridge."""

_WAYS: dict[str, Callable[[float, float], bool]] = {"<": operator.lt, ">": operator.gt, ">=": operator.ge}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison of a measure."""

    measure: str
    """The measure's identifier."""
    way: str
    """`<`, `>` or `>=`."""
    limit: float
    """What it is compared with."""

    def fits(self, values: Mapping[str, float]) -> bool:
        """Whether the measure was made and is so."""
        return self.measure in values and _WAYS[self.way](values[self.measure], self.limit)

    def __str__(self) -> str:
        return f"{self.measure} {self.way} {self.limit:g}"


@dataclass(frozen=True, slots=True)
class Advice:
    """One line of the table: all tests fit, so this is what to do."""

    hint: Hint
    """What the person should do."""
    tests: tuple[Comparison, ...]
    """What has to be so."""
    reason: str
    """What the measures mean."""


TABLE = (
    Advice(Hint.CENTRE_FINGER, (Comparison(AREA, "<", 129.0),), "little of the finger is on the plate"),
    Advice(Hint.CLEAN_PLATE, (Comparison(RESIDUE, ">", 12.0),), "something lies beside the finger"),
    Advice(
        Hint.PRESS_LIGHTER,
        (Comparison(LEVEL, "<", 128.0), Comparison(AREA, ">=", 265.0)),
        "dark, and spread out over the plate: furrows are squeezed shut",
    ),
    Advice(
        Hint.DRY_FINGER,
        (Comparison(LEVEL, "<", 128.0), Comparison(AREA, "<", 265.0)),
        "dark without being spread out: sweat fills the furrows",
    ),
    Advice(Hint.PRESS_HARDER, (Comparison(LEVEL, ">", 168.0),), "pale: light or dry skin hardly touches"),
)
"""Most urgent first: what spoils the whole print before what spoils its tone."""


def hints_of(values: Mapping[str, float]) -> tuple[Hint, ...]:
    """What the person can do better, most urgent first; nothing where every measure is as it should be.

    :param values: measures by their identifiers, as many as there are.
    """
    return tuple(advice.hint for advice in TABLE if all(test.fits(values) for test in advice.tests))
