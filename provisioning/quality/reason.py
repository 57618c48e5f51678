"""What stands out in a print's measures, in words.

The limits are the lowest (or highest) tenth of the 199 scored prints in the table that NIST publishes with NFIQ 2.3
(`conformance_expected_output-v2.3.0.csv`): a print beyond one is worse there than nine in ten of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from capture.finger.advice import Comparison


@dataclass(frozen=True, slots=True)
class Reason:
    """One measure that stands out."""

    test: Comparison
    """What has to be so."""
    sentence: str
    """One sentence for a person."""


REASONS = (
    Reason(Comparison("SufficientFingerprintForeground", "<", 55_370), "Little of the finger is in the picture."),
    Reason(Comparison("Mu", "<", 150.7), "The print is dark."),
    Reason(Comparison("Mu", ">", 206.4), "The print is pale."),
    Reason(Comparison("UniformImage", "<", 51.25), "The picture has little contrast."),
    Reason(Comparison("OCL_Bin10_Mean", "<", 0.515), "In many places the ridges run in no clear direction."),
    Reason(Comparison("LCS_Bin10_Mean", "<", 0.563), "Ridges and furrows are hard to tell apart."),
    Reason(Comparison("OF_Bin10_Mean", ">", 0.422), "The ridges' direction jumps from place to place."),
    Reason(Comparison("FDA_Bin10_StdDev", ">", 0.299), "The ridges stand at uneven distances."),
    Reason(Comparison("RVUP_Bin10_StdDev", ">", 1.190), "Ridges and furrows are of uneven width."),
)
"""In the order in which they are said."""


def reasons(values: Mapping[str, float]) -> list[Reason]:
    """What stands out; nothing where nothing was measured."""
    return [reason for reason in REASONS if reason.test.fits(values)]
