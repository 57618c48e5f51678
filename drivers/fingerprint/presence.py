"""Whether a finger is on the plate, and which way round its greys are, for sensors that do not say so themselves.

Both look at the grey levels of squares of 8 x 8 pixels: ridges make them uneven, bare glass does not.

Source: facts/fingerprint-sensors.md, 4.3 and 4.4 (on one FS81: an empty plate about 48, a finger about 2100).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.contract import GreyPixels

SQUARE_PX: Final = 8
PRESENT: Final = 300.0
"""A finger is there above this mean variance of the squares, in square grey levels."""
CLEARED: Final = 150.0
"""And has left below this."""

_SHARE_MIN = 0.03
_LEVELS_MIN = 12.0


class Polarity(StrEnum):
    """Which way round a sensor's greys are."""

    DARK_RIDGES = "dark-ridges"
    LIGHT_RIDGES = "light-ridges"


@dataclass(frozen=True, slots=True)
class Squares:
    """Mean and variance of each whole square of a picture."""

    level: NDArray[np.float32]
    """Mean grey level."""
    variance: NDArray[np.float32]
    """In square grey levels."""

    @property
    def activity(self) -> float:
        """The mean of the variances: what presence is judged by."""
        return float(self.variance.mean())


def squares(pixels: GreyPixels) -> Squares:
    """The squares of a picture of shape (height_px, width_px); what is left at its ends is not looked at."""
    rows, columns = pixels.shape[0] // SQUARE_PX, pixels.shape[1] // SQUARE_PX
    whole = pixels[: rows * SQUARE_PX, : columns * SQUARE_PX].astype(np.float32)
    # resampled by area, each square becomes its own mean
    level = np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA), dtype=np.float32)
    # in place: memory for another picture costs more than the arithmetic
    np.multiply(whole, whole, out=whole)
    square = cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA)
    return Squares(level, np.maximum(np.asarray(square, dtype=np.float32) - level * level, 0))


class Presence:
    """Remembers whether a finger is there: two pictures must say so, and one that it has left."""

    def __init__(self) -> None:
        self._seen = 0

    def look(self, activity: float) -> bool:
        """Whether a finger is there, as of this picture too."""
        if activity < CLEARED or (self._seen < 2 and activity <= PRESENT):
            self._seen = 0
        else:
            self._seen = min(2, self._seen + 1)
        return self._seen == 2


def polarity_of(seen: Squares, *, bare_level: float | None) -> Polarity | None:
    """Which way round the greys of a finger's picture are, or None where it does not show.

    :param bare_level: the empty plate's mean grey level where it was seen before; else the bare squares beside the
        finger must do.
    """
    ridged, bare = seen.variance > PRESENT, seen.variance < CLEARED
    if bare_level is None:
        if bare.mean() < _SHARE_MIN:
            return None
        bare_level = float(np.median(seen.level[bare]))
    if ridged.mean() < _SHARE_MIN:
        return None
    darker = bare_level - float(np.median(seen.level[ridged]))
    if abs(darker) < _LEVELS_MIN:
        return None
    return Polarity.DARK_RIDGES if darker > 0 else Polarity.LIGHT_RIDGES
