"""What is on the plate, by one word, and what the person should do about it.

A plate that shows no finger is not a failure and not a bad print: it is a value with a hint, so that a trace of the
finger before, dirt, sunlight or nothing can neither be captured nor be mistaken for each other. All limits are in
`LIMITS`, which docs/fingers.md prints.
"""

from dataclasses import dataclass
from enum import StrEnum

from capture.finger.segment import RIDGED_RATIO_MIN, Contact
from drivers.contract import Hint

MM_PER_INCH = 25.4

FINGER_MIN_MM2 = 90.0
"""Less of a finger than this is not worth a print: about a third of a pad."""

WHOLE_MIN_MM2 = 129.0
"""A finger that is cut off by the sensor's edge and smaller than this lies off the plate; a small finger may lie on it
whole. Source: NFIQ 2's own warning at 50,000 pixels, facts/standards.md section 5.5."""

SPECK_MAX_MM2 = 12.0
"""What is not larger than this is no part of a finger."""

BESIDE_MIN_MM2 = 30.0
"""A second ridged place beside the finger of this size is another finger."""

LIGHT_MIN_LEVELS = 45.0
"""A plate whose levels differ by more than this has light or shadow on it; a dirty one stays below."""

SOILED_MIN_MM2 = 12.0
"""An empty plate with more residue than this wants wiping."""


class Found(StrEnum):
    """What is on the plate."""

    FINGER = "finger"
    """A finger, and enough of it."""
    SEVERAL = "several-fingers"
    """Two fingertips side by side."""
    SMEAR = "smear"
    """Dark without ridges: squeezed or wet skin."""
    FAINT = "faint-finger"
    """A whole finger that hardly touches."""
    PART = "part-of-a-finger"
    """Too little of a finger, or one that lies half off the plate."""
    LIT = "lit-plate"
    """Sunlight or a shadow, and no finger."""
    SOILED = "soiled-plate"
    """Dirt, or the print that the finger before has left."""
    BARE = "bare-plate"
    """Nothing."""

    @property
    def hint(self) -> Hint | None:
        """What the person should do, None for a finger."""
        return _HINTS[self]


_HINTS = {
    Found.FINGER: None,
    Found.SEVERAL: Hint.ONE_FINGER,
    Found.SMEAR: Hint.PRESS_LIGHTER,
    Found.FAINT: Hint.PRESS_HARDER,
    Found.PART: Hint.CENTRE_FINGER,
    Found.LIT: Hint.SHADE_PLATE,
    Found.SOILED: Hint.CLEAN_PLATE,
    Found.BARE: Hint.NO_FINGER,
}


@dataclass(frozen=True, slots=True)
class Limit:
    """One line of the table: what has to be measured for a word, looked at from above; the first that fits is it."""

    found: Found
    """The word."""
    measure: str
    """What is measured, in words."""
    limit: str
    """How much of it there has to be."""


LIMITS = (
    Limit(Found.SEVERAL, "ridged area beside the largest one", f">= {BESIDE_MIN_MM2:g} mm2"),
    Limit(Found.PART, "ridged area that the sensor's edge cuts off", f"< {WHOLE_MIN_MM2:g} mm2"),
    Limit(
        Found.FINGER,
        "ridged area, and share of all contrast that is ridged",
        f">= {FINGER_MIN_MM2:g} mm2 and >= {RIDGED_RATIO_MIN:g}",
    ),
    Limit(Found.SMEAR, "dark area without ridges that ends on the plate", f">= {FINGER_MIN_MM2:g} mm2"),
    Limit(
        Found.FAINT,
        "pale ridged area that fills its outline",
        f">= {FINGER_MIN_MM2:g} mm2 and >= 2 x the ridged area",
    ),
    Limit(Found.PART, "ridged area", f"> {SPECK_MAX_MM2:g} mm2"),
    Limit(Found.LIT, "range of the plate's grey levels", f"> {LIGHT_MIN_LEVELS:g} of 255"),
    Limit(Found.SOILED, "area that is neither bare nor finger", f"> {SOILED_MIN_MM2:g} mm2"),
    Limit(Found.BARE, "anything else", "-"),
)
"""How a plate gets its word, from above."""


def square_mm(area_px: int, *, ppi: int) -> float:
    """Pixels as square millimetres."""
    return area_px * (MM_PER_INCH / ppi) ** 2


def name_plate(contact: Contact, *, shape_px: tuple[int, int], ppi: int) -> Found:
    """The word for what was measured on a plate.

    :param shape_px: height and width of the picture that was looked at.
    :param ppi: its resolution.
    """
    finger_mm2 = square_mm(contact.finger_px, ppi=ppi)
    if contact.is_finger and finger_mm2 > SPECK_MAX_MM2 and square_mm(contact.beside_px, ppi=ppi) >= BESIDE_MIN_MM2:
        return Found.SEVERAL
    if contact.is_finger and finger_mm2 >= FINGER_MIN_MM2:
        off_plate = finger_mm2 < WHOLE_MIN_MM2 and contact.is_cut_off(shape_px)
        return Found.PART if off_plate else Found.FINGER
    return _no_finger(contact, finger_mm2=finger_mm2, ppi=ppi)


def _no_finger(contact: Contact, *, finger_mm2: float, ppi: int) -> Found:
    if square_mm(contact.smear_px, ppi=ppi) >= FINGER_MIN_MM2:
        return Found.SMEAR
    # Pale ridges around a small dark part are a finger that hardly touches; around a large part they are its rim.
    if square_mm(contact.trace_px, ppi=ppi) >= max(FINGER_MIN_MM2, 2 * finger_mm2):
        return Found.FAINT
    if contact.is_finger and finger_mm2 > SPECK_MAX_MM2:
        return Found.PART
    if contact.light_levels > LIGHT_MIN_LEVELS:
        return Found.LIT
    return Found.SOILED if square_mm(contact.residue_px, ppi=ppi) > SOILED_MIN_MM2 else Found.BARE
