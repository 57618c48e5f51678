"""The native quality measures of ISO/IEC 29794-4, but for those that need minutiae, under NFIQ 2's identifiers.

Measured against the five examples that are published with NFIQ 2.3: every value here equals theirs to all printed
digits. That says nothing about other prints than those five, and nothing here is certified.
Source: facts/standards.md section 5.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from capture.finger.flow import orientation_flow
from capture.finger.frequency import frequency_dominance
from capture.finger.grid import BLOCK_PX, BORDER_PX, InnerGrid, Moments, block_counts, block_sums, level_and_deviation
from capture.finger.histogram import spread
from capture.finger.region import blocks_of, region_of_interest
from capture.finger.ridges import local_clarity, width_ratios
from capture.finger.window import WindowCutter
from drivers.contract import GreyPixels

MEASURES_PPI = 500
"""The measures are defined for this resolution and no other."""

WIDTH_MAX_PX, HEIGHT_MAX_PX = 800, 1000
"""What NFIQ 2 takes after the bare margin is cut off."""

UNIFORM_DEVIATION, EMPTY_MEAN = 1.0, 250.0
"""Below this deviation, or above this mean, there is nothing to measure."""

SQUARES_MIN = 10
"""Fewer solid squares than this say nothing."""

_OCL_LIMITS = (0.337, 0.479, 0.579, 0.655, 0.716, 0.766, 0.81, 0.852, 0.898)
_OF_LIMITS = (0.01715, 0.035, 0.0557, 0.081, 0.115, 0.1718, 0.2569, 0.4758, 0.748)
_LCS_LIMITS = (0.0, 0.70, 0.74, 0.77, 0.79, 0.81, 0.83, 0.85, 0.87)
_FDA_LIMITS = (0.268, 0.304, 0.33, 0.355, 0.38, 0.407, 0.44, 0.50, 1.0)
_RVU_LIMITS = (0.5, 0.667, 0.8, 1.0, 1.25, 1.5, 2.0, 24.0, 30.0)


class Unmeasurable(StrEnum):
    """Why a print has no measures: a value, for it is the picture that is so, not the machine."""

    EMPTY = "empty"
    UNIFORM = "uniform"
    TOO_SMALL = "too-small"
    TOO_LARGE = "too-large"
    NO_RIDGES = "no-ridges"

    @property
    def sentence(self) -> str:
        """One plain sentence."""
        return _SENTENCES[self]


_SENTENCES = {
    Unmeasurable.EMPTY: "The picture is bare plate.",
    Unmeasurable.UNIFORM: "The picture has one shade only.",
    Unmeasurable.TOO_SMALL: "The print is too small to be measured.",
    Unmeasurable.TOO_LARGE: f"The print is larger than {WIDTH_MAX_PX} x {HEIGHT_MAX_PX} pixels.",
    Unmeasurable.NO_RIDGES: "Too little of the picture has ridges.",
}


@dataclass(frozen=True, slots=True)
class Measures:
    """What was measured on one print."""

    values: dict[str, float]
    """By NFIQ 2's identifiers; only the contrast where the rest could not be measured, or nothing at all."""
    failure: Unmeasurable | None = None
    """Why the rest is missing."""


def measure(pixels: GreyPixels) -> Measures:
    """All measures of a print.

    :param pixels: shape (height_px, width_px), uint8, 0 = ridge, at 500 ppi; of any size.
    """
    print_ = without_bare_margin(pixels)
    if print_.size == 0:
        return Measures(_contrast(pixels) if pixels.size else {}, Unmeasurable.EMPTY)
    contrast = _contrast(print_)
    failure = _unmeasurable(print_, contrast=contrast)
    if failure is not None:
        return Measures(contrast, failure)
    return _with_blocks(print_, contrast=contrast)


def without_bare_margin(pixels: GreyPixels) -> GreyPixels:
    """The print without the rows and columns at its edges that are nearly white, as NFIQ 2 cuts them off.

    :param pixels: shape (height_px, width_px), uint8; empty comes back where all of it is nearly white.
    """
    if pixels.size == 0:
        return pixels
    rows = np.flatnonzero(pixels.mean(axis=1) <= EMPTY_MEAN)
    columns = np.flatnonzero(pixels.mean(axis=0) <= EMPTY_MEAN)
    if not len(rows) or not len(columns):
        return pixels[:0, :0]
    return np.ascontiguousarray(pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def _contrast(pixels: GreyPixels) -> dict[str, float]:
    mean, deviation = level_and_deviation(pixels)
    return {
        "UniformImage": deviation,
        "EmptyImageOrContrastTooLow": mean,
        "Mu": mean,
        "MMB": float((block_sums(pixels.astype(np.int32)) / block_counts(pixels.shape)).mean()),
    }


def _unmeasurable(pixels: GreyPixels, *, contrast: dict[str, float]) -> Unmeasurable | None:
    height_px, width_px = pixels.shape
    if contrast["UniformImage"] < UNIFORM_DEVIATION:
        return Unmeasurable.UNIFORM
    if contrast["Mu"] > EMPTY_MEAN:
        return Unmeasurable.EMPTY
    if min(height_px, width_px) < BLOCK_PX + 2 * BORDER_PX:
        return Unmeasurable.TOO_SMALL
    if width_px > WIDTH_MAX_PX or height_px > HEIGHT_MAX_PX:
        return Unmeasurable.TOO_LARGE
    return None


def _with_blocks(pixels: GreyPixels, *, contrast: dict[str, float]) -> Measures:
    grid = InnerGrid.of(pixels)
    moments = Moments.of(pixels)
    flow = orientation_flow(grid)
    windows = WindowCutter.of(pixels, grid=grid)
    ratios = width_ratios(windows.upright(wide=True))
    if grid.solid.sum() < SQUARES_MIN or not len(flow) or not len(ratios):
        return Measures(contrast, Unmeasurable.NO_RIDGES)
    return Measures(
        contrast
        | spread("FDA", frequency_dominance(windows.level()), limits=_FDA_LIMITS)
        | spread("LCS", local_clarity(windows.upright(wide=False)), limits=_LCS_LIMITS)
        | spread("OCL", _orientation_certainty(moments, shape=pixels.shape), limits=_OCL_LIMITS)
        | spread("OF", flow, limits=_OF_LIMITS)
        | spread("RVUP", ratios, limits=_RVU_LIMITS)
        | _region(pixels, moments=moments)
    )


def _orientation_certainty(moments: Moments, *, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """OCL of each whole square in which anything happens."""
    rows, columns = (side // BLOCK_PX for side in shape)
    energy, anisotropy = moments.energy[:rows, :columns], moments.anisotropy[:rows, :columns]
    largest, smallest = (energy + anisotropy) / 2, (energy - anisotropy) / 2
    lively = largest > 0
    return np.asarray(1 - smallest[lively] / largest[lively])


def _region(pixels: GreyPixels, *, moments: Moments) -> dict[str, float]:
    region = region_of_interest(pixels)
    blocks = blocks_of(region)
    coherence = moments.anisotropy[blocks] / np.maximum(moments.energy[blocks], np.finfo(np.float64).tiny)
    return {
        "SufficientFingerprintForeground": float(region.sum()),
        "ImgProcROIArea_Mean": float(pixels[region].mean()) if region.any() else 255.0,
        "OrientationMap_ROIFilter_CoherenceSum": float(coherence.sum()),
        "OrientationMap_ROIFilter_CoherenceRel": float(coherence.mean()) if len(coherence) else 0.0,
    }
