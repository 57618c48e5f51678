"""Traits: what the score looks at, each a plain function of the native measures, with the way it may push the score.

The fitting and the scoring share this file, so that a model can never meet traits that it was not fitted on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sqrt

Values = Mapping[str, float]
"""Native measures by NFIQ 2's identifiers."""


@dataclass(frozen=True, slots=True)
class Trait:
    """One thing that a print has more or less of."""

    name: str
    """Under which the model names it."""
    rises: bool
    """Whether more of it may only raise the score; otherwise it may only lower it."""
    of: Callable[[Values], float]
    """Reads it off the native measures."""


def _count(prefix: str, *bins: int) -> Callable[[Values], float]:
    return lambda values: sum(values[f"{prefix}_Bin10_{place}"] for place in bins)


def _share(prefix: str, *bins: int) -> Callable[[Values], float]:
    wanted, whole = _count(prefix, *bins), _count(prefix, *range(10))
    return lambda values: wanted(values) / whole(values)


def _native(name: str) -> Callable[[Values], float]:
    return lambda values: values[name]


# The mean grey level from which on a finger is not too dark: half dark ridges, half bright valleys, and a little more.
_RIGHT_LEVEL = 165.0

TRAITS = (
    Trait("squares_with_a_clear_frequency", rises=True, of=_count("FDA", 6, 7, 8)),
    Trait("squares_with_a_pure_frequency", rises=True, of=_count("FDA", 8)),
    Trait("share_with_a_clear_frequency", rises=True, of=_share("FDA", 7, 8)),
    Trait("squares_without_a_frequency", rises=False, of=_count("FDA", 0, 9)),
    Trait("unevenness_of_frequency", rises=False, of=_native("FDA_Bin10_StdDev")),
    Trait("squares_with_clear_ridges", rises=True, of=_count("LCS", 4, 5, 6, 7, 8, 9)),
    Trait("share_with_very_clear_ridges", rises=True, of=_share("LCS", 6, 7, 8, 9)),
    Trait("root_of_plausible_width_ratios", rises=True, of=lambda values: sqrt(_count("RVUP", *range(1, 7))(values))),
    Trait("share_of_even_widths", rises=True, of=_share("RVUP", 3, 4)),
    Trait("unevenness_of_widths", rises=False, of=_native("RVUP_Bin10_StdDev")),
    Trait("coherence", rises=True, of=_native("OrientationMap_ROIFilter_CoherenceRel")),
    # Only darkness takes away: a pale print is no better than a right one, whatever the table's inked prints suggest.
    Trait("lightness_up_to_right", rises=True, of=lambda values: min(values["ImgProcROIArea_Mean"], _RIGHT_LEVEL)),
)
"""What version 0.1 looks at, and no measure that this project does not reproduce itself."""


def traits_of(values: Values) -> dict[str, float]:
    """Every trait of one print. :param values: all native measures, as `measure` gives them where nothing failed."""
    return {trait.name: trait.of(values) for trait in TRAITS}
