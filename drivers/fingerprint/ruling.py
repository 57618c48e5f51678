"""Measures a sensor's pixels with pictures of a ruling: equal bars of a known period, laid on the plate.

The ruling covers the whole plate: dark bars and gaps of equal width, wetted (water, or an oil with the glass's index)
so that its dark bars touch the glass optically. It is laid anew for each picture, five times with the bars upright and
five times with them across, roughly: a turn of the ruling does no harm. For a ruling of K cycles an inch, bars of any
direction have frequencies with

    (fx * ppi_x)^2 + (fy * ppi_y)^2 = K^2        fx, fy in cycles a pixel

which is linear in the squares of both resolutions. The frequencies come from the phase of the bars' first harmonic, so
neither the bars' edges nor their contrast matter. Nine zones of the plate measured each by itself say how uneven the
field is: a lens that looks at the plate from the side makes it a trapezium.

Nothing published says how this sensor takes a ruling, and it was not tried on one.

Source: our own; facts/fingerprint-sensors.md section 5.8 says why it is needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.contract import GreyPixels, UncalibratedFault

MM_PER_INCH: Final = 25.4
PICTURES_MIN: Final = 5
"""In each of both directions."""

_PERIOD_MIN_PX, _PERIOD_MAX_PX = 8.0, 40.0
_AMPLITUDE_MIN = 8.0
"""Of the first harmonic in grey levels: what is weaker is no bar."""
_ZONES = 3
_STEP_PX = 4
_COARSE_PX = 1024
_TURN_MAX = 0.3
"""How far a ruling may be turned, as the tangent."""

_Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ruling:
    """The target, as its certificate says."""

    period_mm: float
    """From one dark bar to the next."""
    uncertainty_ratio: float
    """Of the period, expanded (k = 2)."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What was measured."""

    ppi_x: float
    """Along a row, pixels an inch."""
    ppi_y: float
    """Along a column."""
    uncertainty_ratio: float
    """Of both, expanded (k = 2): the ruling's, and how far the pictures differ."""
    unevenness_ratio: float
    """How far the zone that differs most is from them."""


def measure(pictures: Sequence[GreyPixels], *, ruling: Ruling) -> Scale:
    """The resolution of the sensor that took these pictures.

    :param pictures: shape (height_px, width_px), all of one sensor, in any order.
    :raises: UncalibratedFault when they are too few, show no ruling all over, or do not agree.
    """
    seen = np.array([_frequencies(picture) for picture in pictures]).reshape(len(pictures), -1, 2)
    upright = np.abs(seen[:, 0, 1]) < _TURN_MAX * np.abs(seen[:, 0, 0])
    across = np.abs(seen[:, 0, 0]) < _TURN_MAX * np.abs(seen[:, 0, 1])
    if min(upright.sum(), across.sum()) < PICTURES_MIN or not (upright | across).all():
        raise UncalibratedFault(
            f"The ruling must be seen {PICTURES_MIN} times upright and {PICTURES_MIN} times across, and never aslant."
        )
    wanted = MM_PER_INCH / ruling.period_mm
    whole = seen[:, 0] ** 2
    squares = np.linalg.lstsq(whole, np.full(len(whole), wanted**2), rcond=None)[0]
    if squares.min() <= 0:
        raise UncalibratedFault("The pictures of the ruling do not agree.")
    errors = np.sqrt(seen**2 @ squares) / wanted - 1
    ways = [errors[upright], errors[across]]
    differ = max(float(way[:, 0].std(ddof=1)) / len(way) ** 0.5 for way in ways)
    return Scale(
        ppi_x=float(squares[0] ** 0.5),
        ppi_y=float(squares[1] ** 0.5),
        uncertainty_ratio=float(np.hypot(2 * differ, ruling.uncertainty_ratio)),
        unevenness_ratio=max(float(np.abs(way[:, 1:].mean(axis=0)).max()) for way in ways),
    )


def _frequencies(pixels: GreyPixels) -> _Vector:
    """Cycles a pixel as (fx, fy): of the whole picture, then of its zones, row by row."""
    bars = pixels.astype(np.float64) - pixels.mean()
    coarse = _coarse(bars)
    period_px = 1 / float(np.hypot(*coarse))
    rows, columns = np.mgrid[: bars.shape[0], : bars.shape[1]]
    turned = bars * np.exp(-2j * np.pi * (coarse[0] * columns + coarse[1] * rows))
    # as wide as a period, so that neither the light's gradient nor the other harmonics pass
    slow = cv2.GaussianBlur(turned.real, (0, 0), period_px) + 1j * cv2.GaussianBlur(turned.imag, (0, 0), period_px)
    edge = int(2 * period_px)
    inner = slow[edge:-edge:_STEP_PX, edge:-edge:_STEP_PX]
    if min(inner.shape) < 4 * _ZONES or 2 * float(np.abs(inner).min()) < _AMPLITUDE_MIN:
        raise UncalibratedFault("A picture does not show the ruling all over.")
    phase = np.unwrap(np.unwrap(np.angle(inner), axis=0), axis=1)
    zones = [part for band in np.array_split(phase, _ZONES) for part in np.array_split(band, _ZONES, axis=1)]
    return coarse + np.array([_slope(part) for part in (phase, *zones)]) / (2 * np.pi * _STEP_PX)


def _coarse(bars: _Vector) -> _Vector:
    """Where the spectrum is highest."""
    window = np.outer(np.hanning(bars.shape[0]), np.hanning(bars.shape[1]))
    spectrum = np.abs(np.fft.rfft2(bars * window, (_COARSE_PX, _COARSE_PX)))
    fy, fx = np.fft.fftfreq(_COARSE_PX)[:, None], np.fft.rfftfreq(_COARSE_PX)[None, :]
    period = np.hypot(fx, fy)
    spectrum[(period < 1 / _PERIOD_MAX_PX) | (period > 1 / _PERIOD_MIN_PX)] = 0
    row, column = np.unravel_index(int(spectrum.argmax()), spectrum.shape)
    return np.array([fx[0, column], fy[row, 0]])


def _slope(phase: _Vector) -> tuple[float, float]:
    """Of the plane nearest to it, in radians a sample, along a row and along a column."""
    rows, columns = np.mgrid[: phase.shape[0], : phase.shape[1]]
    design = np.stack([columns.ravel(), rows.ravel(), np.ones(phase.size)], axis=1)
    x, y, _ = np.linalg.lstsq(design, phase.ravel(), rcond=None)[0]
    return float(x), float(y)
