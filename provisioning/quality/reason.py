"""What stands out in a print's measures, in words.

The limits are the lowest (or highest) tenth of the 199 scored prints in the table that NIST publishes with NFIQ 2.3
(`conformance_expected_output-v2.3.0.csv`): a print beyond one is worse there than nine in ten of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """One measure that stands out."""

    measure: str
    """NFIQ 2's identifier."""
    least: float | None
    """Below it the sentence is said."""
    most: float | None
    """Above it the sentence is said."""
    sentence: str
    """One sentence for a person."""

    def holds(self, value: float) -> bool:
        """Whether this is to be said of a print with this value."""
        return (self.least is not None and value < self.least) or (self.most is not None and value > self.most)


REASONS = (
    Reason("SufficientFingerprintForeground", 55_370, None, "Little of the finger is in the picture."),
    Reason("Mu", 150.7, None, "The print is dark."),
    Reason("Mu", None, 206.4, "The print is pale."),
    Reason("UniformImage", 51.25, None, "The picture has little contrast."),
    Reason("OCL_Bin10_Mean", 0.515, None, "In many places the ridges run in no clear direction."),
    Reason("LCS_Bin10_Mean", 0.563, None, "Ridges and furrows are hard to tell apart."),
    Reason("OF_Bin10_Mean", None, 0.422, "The ridges' direction jumps from place to place."),
    Reason("FDA_Bin10_StdDev", None, 0.299, "The ridges stand at uneven distances."),
    Reason("RVUP_Bin10_StdDev", None, 1.190, "Ridges and furrows are of uneven width."),
)
"""In the order in which they are said."""


def reasons(values: Mapping[str, float]) -> list[Reason]:
    """What stands out; nothing where nothing was measured."""
    return [reason for reason in REASONS if reason.measure in values and reason.holds(values[reason.measure])]
