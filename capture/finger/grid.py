"""A print cut into squares of 32 px, and what most measures need to know of each square.

Two grids lie over a print. The *plain* grid starts at the corner, and its last row and column may be narrower. The
*inner* grid starts two pixels inside, so that a slanted window of 36 px fits around each of its squares; it has whole
squares only.
"""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.contract import GreyPixels

BLOCK_PX = 32
"""Side of a square at 500 ppi."""

BORDER_PX = 2
"""How far inside the inner grid starts: half of what a 32 x 16 window's diagonal is longer than a square's side."""

FOREGROUND_DEVIATION = 0.1
"""A square is foreground when its deviation is more than this share of the whole print's."""

Map = NDArray[np.float64]
Mask = NDArray[np.bool_]


def block_sums(values: NDArray[np.integer]) -> NDArray[np.integer]:
    """The sum over each square of the plain grid, narrow ones included, in the values' own type.

    :param values: shape (height_px, width_px), integers whose sums over 1,024 fit their type.
    """
    height_px, width_px = values.shape
    whole_px = height_px - height_px % BLOCK_PX
    # Whole rows of squares in one go: `reduceat` down the columns takes five times as long.
    sums = values[:whole_px].reshape(-1, BLOCK_PX, width_px).sum(axis=1, dtype=values.dtype)
    if whole_px < height_px:
        sums = np.vstack([sums, values[whole_px:].sum(axis=0, dtype=values.dtype)])
    return np.add.reduceat(sums, np.arange(0, width_px, BLOCK_PX), axis=1)


def block_counts(shape: tuple[int, ...]) -> NDArray[np.int64]:
    """How many pixels each square of the plain grid has."""
    rows, columns = (np.diff(np.append(np.arange(0, side, BLOCK_PX), side)) for side in shape)
    return np.outer(rows, columns)


def level_and_deviation(pixels: GreyPixels) -> tuple[float, float]:
    """Mean and population standard deviation of the grey levels."""
    level, deviation = cv2.meanStdDev(pixels)
    return float(level[0, 0]), float(deviation[0, 0])


@dataclass(frozen=True, slots=True)
class Moments:
    """The covariance of the grey levels' gradient in each square: [[xx, xy], [xy, yy]]."""

    xx: Map
    """Mean of the squared gradient along the rows."""
    yy: Map
    """Mean of the squared gradient down the columns."""
    xy: Map
    """Mean of the two gradients' product."""

    @classmethod
    def of(cls, pixels: GreyPixels) -> Self:
        """The moments of every square of the plain grid, narrow ones included.

        Gradients are centred differences, one-sided at a square's edges: no square sees its neighbour. They are kept
        doubled and whole, so that every sum is exact and no order of summation can change a measure.
        """
        across, down = _doubled_gradient(pixels), _doubled_gradient(pixels.T).T
        quadrupled = 4.0 * block_counts(pixels.shape)
        xx, yy, xy = (block_sums(product) for product in (across * across, down * down, across * down))
        return cls(xx=xx / quadrupled, yy=yy / quadrupled, xy=xy / quadrupled)

    @property
    def anisotropy(self) -> Map:
        """Difference of the covariance's two eigenvalues: how much more happens one way than the other."""
        return np.sqrt((self.xx - self.yy) ** 2 + 4 * self.xy**2)

    @property
    def energy(self) -> Map:
        """Sum of the two eigenvalues: how much happens at all."""
        return self.xx + self.yy

    @property
    def normal_rad(self) -> Map:
        """The direction across the ridges as NFIQ 2 has it, -pi/2 to pi/2.

        It is not the textbook's half angle, which has 2 * xy: the measures are defined with this one.
        """
        difference = self.xx - self.yy
        scale = self.xy**2 + difference**2 + np.finfo(np.float64).eps
        return np.arctan2(self.xy / scale, difference / scale) / 2


def _doubled_gradient(pixels: GreyPixels) -> NDArray[np.int32]:
    """Twice the gradient along the rows; a square of one column has none."""
    wide = pixels.astype(np.int32)
    steps = np.zeros((wide.shape[0], wide.shape[1] + 1), np.int32)
    np.subtract(wide[:, 1:], wide[:, :-1], out=steps[:, 1:-1])
    steps[:, ::BLOCK_PX] = 0
    doubled = steps[:, :-1] + steps[:, 1:]
    doubled[:, ::BLOCK_PX] *= 2
    doubled[:, BLOCK_PX - 1 :: BLOCK_PX] *= 2
    if wide.shape[1] % BLOCK_PX:
        doubled[:, -1] *= 2
    return doubled


def foreground(pixels: GreyPixels) -> Mask:
    """Which squares of the plain grid have contrast, narrow ones included."""
    wide = pixels.astype(np.int32)
    count = block_counts(pixels.shape)
    mean = block_sums(wide) / count
    variance = np.maximum(block_sums(wide * wide) / count - mean**2, 0)
    _, deviation = level_and_deviation(pixels)
    return np.asarray(np.sqrt(variance) > FOREGROUND_DEVIATION * deviation)


@dataclass(frozen=True, slots=True)
class InnerGrid:
    """The inner grid of one print. All maps have shape (rows, columns) of whole squares."""

    normal_rad: Map
    """Direction across the ridges."""
    solid: Mask
    """Squares all of whose pixels are foreground."""

    @classmethod
    def of(cls, pixels: GreyPixels) -> Self:
        """Lay the grid. :param pixels: at least 36 px wide and high."""
        rows, columns = ((side - 2 * BORDER_PX) // BLOCK_PX for side in pixels.shape)
        within = pixels[BORDER_PX : BORDER_PX + rows * BLOCK_PX, BORDER_PX : BORDER_PX + columns * BLOCK_PX]
        plain = foreground(pixels)
        # A square of the inner grid lies on four of the plain one.
        solid = plain[:-1, :-1] & plain[1:, :-1] & plain[:-1, 1:] & plain[1:, 1:]
        return cls(normal_rad=Moments.of(within).normal_rad, solid=solid[:rows, :columns])
