"""Slanted windows: a square's ridges turned upright or level, as NFIQ 2.3 turns them, for all squares at once.

The turning is nearest-neighbour in steps of 1/1024 px, because that is what its OpenCV did when the published values
were made; a smoother turning gives nicer pictures and other measures. A window looks at its square and two pixels
around. *Wide* windows are turned about a point two pixels off their middle and see two pixels more: the reference pads
them there, and its padding is taken from the print itself. Source: facts/standards.md section 5.2, the published source
of NFIQ 2.3, and the five published examples, which only this reading reproduces.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from capture.finger.grid import BLOCK_PX, BORDER_PX, InnerGrid
from drivers.contract import GreyPixels

Windows = NDArray[np.uint8]
"""Shape (squares, rows, columns)."""

_LONG_PX, _SHORT_PX = 32, 16
_MIDDLE_PX = BLOCK_PX // 2 + BORDER_PX
_STEPS_PER_PX = 1024
_HALF_STEP = _STEPS_PER_PX // 2
_Whole = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class WindowCutter:
    """Cuts windows out of the solid squares of one print."""

    padded: GreyPixels
    """The print with two pixels of black around, shape (height_px + 4, width_px + 4)."""
    corners: NDArray[np.intp]
    """Shape (squares,): where in the padded print, read as one row, each square's wide window begins."""
    normal_rad: NDArray[np.float64]
    """Shape (squares,): the direction across the ridges."""

    @classmethod
    def of(cls, pixels: GreyPixels, *, grid: InnerGrid) -> Self:
        """A cutter for the grid's solid squares."""
        padded = np.pad(pixels, BORDER_PX)
        rows, columns = np.nonzero(grid.solid)
        corners = (rows * padded.shape[1] + columns) * BLOCK_PX
        return cls(padded=padded, corners=corners, normal_rad=grid.normal_rad[grid.solid])

    def upright(self, *, wide: bool) -> Windows:
        """Ridges run down the window: shape (squares, 16, 32). :param wide: see the module."""
        return self._cut(self.normal_rad, shape=(_SHORT_PX, _LONG_PX), wide=wide)

    def level(self) -> Windows:
        """Ridges run along the rows: shape (squares, 32, 16), wide."""
        return self._cut(self.normal_rad + np.pi / 2, shape=(_LONG_PX, _SHORT_PX), wide=True)

    def _cut(self, turn_rad: NDArray[np.float64], *, shape: tuple[int, int], wide: bool) -> Windows:
        inset = 0 if wide else BORDER_PX
        side = BLOCK_PX + 4 * BORDER_PX - 2 * inset
        x, y = _turned(turn_rad, shape=shape, middle_px=side // 2)
        outside = (x < 0) | (x >= side) | (y < 0) | (y >= side)
        places = (y + inset) * self.padded.shape[1] + (x + inset) + self.corners[:, None, None]
        places[outside] = 0  # the padding's first pixel, which is black
        return np.asarray(self.padded.ravel()[places])


def _turned(turn_rad: NDArray[np.float64], *, shape: tuple[int, int], middle_px: int) -> tuple[_Whole, _Whole]:
    """Where in its square each pixel of each window is read: x and y, both of shape (squares, rows, columns)."""
    cos, sin = np.cos(turn_rad)[:, None], np.sin(turn_rad)[:, None]
    rows, columns = (np.arange(_MIDDLE_PX - side // 2, _MIDDLE_PX + side // 2) for side in shape)
    x_0, y_0 = (1 - cos + sin) * middle_px, (1 - cos - sin) * middle_px
    x = _steps(-sin * rows + x_0)[:, :, None] + _steps(cos * columns)[:, None, :]
    y = _steps(cos * rows + y_0)[:, :, None] + _steps(sin * columns)[:, None, :]
    return (x + _HALF_STEP) // _STEPS_PER_PX, (y + _HALF_STEP) // _STEPS_PER_PX


def _steps(px: NDArray[np.float64]) -> _Whole:
    return np.rint(px * _STEPS_PER_PX).astype(np.int32)
