"""One picture of a print, as it is: checked, measured, scored. Nothing is cropped, scaled or repaired here."""

from dataclasses import dataclass, replace

import numpy as np

from capture.finger.actionable import ActionableValue, actionable_values
from capture.finger.errors import PrintFrameUnusable, PrintResolutionUnfit
from capture.finger.measures import MEASURES_PPI, Measures, measure
from capture.finger.minutiae import Minutiae, find_minutiae
from capture.finger.minutiae_measures import minutiae_measures
from capture.finger.score import BUILT_IN, Scorer
from capture.sample import Quality
from drivers.contract import GreyPixels


@dataclass(frozen=True, slots=True)
class Examination:
    """All that a picture of a print says about its quality."""

    quality: Quality
    """The score, or why there is none."""
    measures: Measures
    """What was measured, minutiae included."""
    minutiae: Minutiae
    """What was found, in the picture's pixels; none where nothing could be measured."""
    actionable: tuple[ActionableValue, ...]
    """NFIQ 2's four actionable values, as far as they could be measured."""


def examine(pixels: object, *, ppi: float, scorer: Scorer = BUILT_IN) -> Examination:
    """Check, measure and score a picture.

    :param pixels: shape (height_px, width_px), uint8, 0 = ridge; of any size.
    :raises: PrintFrameUnusable for anything else, PrintResolutionUnfit unless it is 500 ppi, ScoreModelUnreadable.
    """
    print_ = checked(pixels, ppi=ppi)
    measures, minutiae = measure(print_), Minutiae.none()
    if measures.failure is None:
        minutiae = find_minutiae(print_)
        measures = replace(measures, values=measures.values | minutiae_measures(print_, minutiae))
    return Examination(
        quality=scorer.score(print_, measures=measures),
        measures=measures,
        minutiae=minutiae,
        actionable=actionable_values(measures),
    )


def checked(pixels: object, *, ppi: float) -> GreyPixels:
    """The pixels, if measures are defined for them. :raises: PrintFrameUnusable, PrintResolutionUnfit."""
    if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8:
        raise PrintFrameUnusable("A print's pixels are 8-bit grey levels.")
    if pixels.ndim != 2:
        raise PrintFrameUnusable("A print has rows and columns and nothing else.")
    if ppi != MEASURES_PPI:
        raise PrintResolutionUnfit(f"A print is measured at {MEASURES_PPI} ppi and at no other resolution.")
    return pixels
