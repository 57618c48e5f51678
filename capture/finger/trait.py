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


# From these on more says nothing: a finger's mean grey level is right where half of it is dark ridge and half bright
# plate, and a print whose levels deviate so far has all the contrast that its measures need.
_RIGHT_LEVEL, _RIGHT_CONTRAST = 150.0, 60.0

_clear_squares, _unclear_squares = _count("LCS", 4, 5, 6, 7, 8, 9), _count("LCS", 1, 2)
_clear_frequency = _share("FDA", 6, 7, 8)
_plausible_widths, _near_even_widths = _count("RVUP", *range(1, 7)), _share("RVUP", 3, 4, 5)
_coherence_sum = _native("OrientationMap_ROIFilter_CoherenceSum")

# But for the purest squares, none counts what more skin, dirt or noise brings more of without setting it against how
# good the rest is: by bare counts a squeezed finger, or one on the residue of another, is the better print.
TRAITS = (
    Trait("squares_with_a_pure_frequency", rises=True, of=_count("FDA", 8)),
    Trait("unevenness_of_frequency", rises=False, of=_native("FDA_Bin10_StdDev")),
    Trait(
        "clear_squares_less_unclear_ones",
        rises=True,
        of=lambda values: _clear_squares(values) - _unclear_squares(values),
    ),
    Trait(
        "root_of_widths_times_even_share",
        rises=True,
        of=lambda values: sqrt(_plausible_widths(values)) * _near_even_widths(values),
    ),
    Trait("coherence", rises=True, of=_native("OrientationMap_ROIFilter_CoherenceRel")),
    Trait(
        "coherent_area_times_clear_frequency",
        rises=True,
        of=lambda values: _coherence_sum(values) * _clear_frequency(values),
    ),
    # Only darkness takes away: a pale print is no better than a right one, whatever the table's inked prints suggest.
    Trait("lightness_up_to_right", rises=True, of=lambda values: min(values["ImgProcROIArea_Mean"], _RIGHT_LEVEL)),
    Trait("contrast_up_to_right", rises=True, of=lambda values: min(values["UniformImage"], _RIGHT_CONTRAST)),
)
"""What version 0.3 looks at, and no measure that this project does not reproduce itself."""

AREA_PX = "SufficientFingerprintForeground"
"""The measure of how large a print is: its foreground in pixels."""


def traits_of(values: Values) -> dict[str, float]:
    """Every trait of one print. :param values: all native measures, as `measure` gives them where nothing failed."""
    return {trait.name: trait.of(values) for trait in TRAITS}
