"""How ridges grow: from noise, filtered along and across the flow until they stand.

The filter is sampled along the flow itself, curved as it curves, at any angle and any period; there is no bank of
kernels to choose from and so no step between two of them. Minutiae arise where growing patches meet out of step and
where the flow spreads, as they do in skin.

Source: growth by iterated oriented filtering is the idea of R. Cappelli, D. Maio and D. Maltoni, "Synthetic
fingerprint-image generation", ICPR 2000; sampling along the flow and the phase at the end are this project's.
"""

from collections.abc import Iterable
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.world.field import Field, blurred, enlarged
from drivers.world.orientation import Angles

Heights = Field
"""Shape (height_px, width_px): -1 is the floor of a furrow, 1 the crest of a ridge."""

_ROUNDS = 9
_BEND_MAX_PER_PX = 0.12
_MELT_PX = 1.2
_ALONG_TAPS, _ALONG_PERIODS = 9, 1.4
_ACROSS_TAPS, _ACROSS_PERIODS = 15, 1.25

_Map = tuple[NDArray[np.int16], NDArray[np.uint16]]


class OrientedFilter:
    """Lets pass what runs along the flow with the ridges' period, and nothing else."""

    def __init__(self, along: list[_Map], across: list[_Map]) -> None:
        """:param along: where each pixel looks along its ridge. :param across: and across it."""
        self._along, self._across = along, across
        reach = np.linspace(-_ALONG_PERIODS, _ALONG_PERIODS, _ALONG_TAPS)
        self._smooth = np.exp(-1.6 * reach**2)
        reach = np.linspace(-_ACROSS_PERIODS, _ACROSS_PERIODS, _ACROSS_TAPS)
        window = np.exp(-2 * reach**2)
        even, odd = np.cos(2 * np.pi * reach), np.sin(2 * np.pi * reach)
        self._even = window * (even - (window * even).sum() / window.sum())
        self._odd = window * odd * ((self._even * even).sum() / (window * odd**2).sum())

    @classmethod
    def of(cls, angle: Angles, period_px: Field) -> Self:
        """The filter for one flow.

        :param period_px: distance between two crests at each pixel, same shape as the flow.
        """
        cos, sin, bend = np.cos(angle), -np.sin(angle), _bend(angle)
        rows, columns = np.indices(angle.shape, dtype=np.float32)
        along, across = [], []
        for periods in np.linspace(-_ALONG_PERIODS, _ALONG_PERIODS, _ALONG_TAPS).tolist():
            reach = periods * period_px
            sag = bend * reach * reach / 2
            along.append(_map(columns + reach * cos + sag * sin, rows + reach * sin - sag * cos))
        for periods in np.linspace(-_ACROSS_PERIODS, _ACROSS_PERIODS, _ACROSS_TAPS).tolist():
            reach = periods * period_px
            across.append(_map(columns - reach * sin, rows + reach * cos))
        return cls(along, across)

    def __call__(self, heights: Heights) -> Heights:
        """The ridges in the heights."""
        return self._gathered_across(self._smoothed(heights), self._even)

    def phase_of(self, heights: Heights) -> Heights:
        """The ridges in the heights, all as high as each other: the cosine of their phase."""
        smoothed = self._smoothed(heights)
        crest, flank = (self._gathered_across(smoothed, wave) for wave in (self._even, self._odd))
        phase = crest / np.sqrt(crest**2 + flank**2 + 1e-3)
        # A phase jumps where a ridge ends: melting rounds the end, and the factor gives the crests their height back.
        return 1.45 * blurred(phase, sigma_px=_MELT_PX)

    def _smoothed(self, heights: Heights) -> Heights:
        return _gathered(heights, zip(self._along, self._smooth.tolist(), strict=True))

    def _gathered_across(self, heights: Heights, wave: NDArray[np.float64]) -> Heights:
        return _gathered(heights, zip(self._across, wave.tolist(), strict=True))


def grow(angle: Angles, period_px: Field, *, rng: np.random.Generator) -> Heights:
    """Ridges along the flow.

    Most of the growth is done at half the resolution, where a period still has four pixels; only the last round, which
    also levels all crests, is done at the full one.
    """
    coarse = np.ascontiguousarray(angle[::2, ::2])
    grown = OrientedFilter.of(coarse, np.asarray(period_px[::2, ::2] / 2, dtype=np.float32))
    heights = rng.standard_normal(coarse.shape, dtype=np.float32)
    for number in range(_ROUNDS):
        heights = grown(heights)
        # Steeper with each round: first all may still move, at the end ridges and furrows are told apart.
        heights = np.tanh(heights * ((1.2 + 0.15 * number) / heights.std()))
    return OrientedFilter.of(angle, period_px).phase_of(enlarged(heights, (angle.shape[0], angle.shape[1])))


def _map(columns: Field, rows: Field) -> _Map:
    whole, fraction = cv2.convertMaps(columns, rows, cv2.CV_16SC2)
    return np.asarray(whole, dtype=np.int16), np.asarray(fraction, dtype=np.uint16)


def _gathered(heights: Heights, taps: Iterable[tuple[_Map, float]]) -> Heights:
    total = np.zeros_like(heights)
    for where, weight in taps:
        seen = cv2.remap(heights, *where, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        cv2.scaleAdd(seen, weight, total, total)
    return total


def _bend(angle: Angles) -> Field:
    """How much the flow turns per pixel along itself, counter-clockwise; bounded near singular points."""
    cos2, sin2 = np.cos(2 * angle), np.sin(2 * angle)
    down_cos, right_cos = np.gradient(cos2)
    down_sin, right_sin = np.gradient(sin2)
    right, down = (cos2 * right_sin - sin2 * right_cos) / 2, (cos2 * down_sin - sin2 * down_cos) / 2
    bend = right * np.cos(angle) - down * np.sin(angle)
    return np.asarray(np.clip(bend, -_BEND_MAX_PER_PX, _BEND_MAX_PER_PX), dtype=np.float32)
