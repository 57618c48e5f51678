"""Minutiae: where ridges end and where they fork.

A minutia lies where a ridge ends (*ending*) or forks (*bifurcation*), on the ridge's middle line. Its direction points
along the gap between the two branches of the Y: at a bifurcation down the valley between the two ridges, at an ending
back along the ridge, which lies between two valleys that meet there. So an ending that touches its neighbour, and is a
bifurcation then, keeps its direction. Angles grow counter-clockwise from the picture's right.

Source: NIST, "Fundamental AFIS searching: marking minutiae" (public), which gives the definition of INCITS 378 and of
the Extended Feature Set; ISO/IEC 19794-2 was not read. The detector is this project's own.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray

from capture.finger.enhance import Enhanced
from capture.finger.prune import Candidates, real
from capture.finger.skeleton import filled, thinned
from drivers.contract import GreyPixels


class Kind(IntEnum):
    """What happens to the ridge."""

    ENDING = 1
    BIFURCATION = 2


@dataclass(frozen=True, slots=True)
class Minutiae:
    """The minutiae of one print, from top to bottom. All arrays have shape (count,)."""

    x_px: NDArray[np.float64]
    """Columns from the middle of the print's first pixel, to the right, at 500 ppi."""
    y_px: NDArray[np.float64]
    """Rows from the middle of the print's first pixel, down, at 500 ppi."""
    angle_rad: NDArray[np.float64]
    """Direction, 0 to 2 pi, counter-clockwise from the right."""
    kind: NDArray[np.uint8]
    """`Kind` of each."""
    quality: NDArray[np.uint8]
    """How clear the ridges around it are, 0 to 100."""

    def __len__(self) -> int:
        return len(self.x_px)

    @classmethod
    def none(cls) -> Self:
        """Of a print without any."""
        return cls(np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0, np.uint8), np.zeros(0, np.uint8))

    def zero(self) -> None:
        """Overwrite all of it."""
        for values in (self.x_px, self.y_px, self.angle_rad, self.kind, self.quality):
            values.fill(0)

    def where(self, chosen: NDArray[np.bool_]) -> Self:
        """Some of them. :param chosen: shape (count,)."""
        return type(self)(
            x_px=self.x_px[chosen],
            y_px=self.y_px[chosen],
            angle_rad=self.angle_rad[chosen],
            kind=self.kind[chosen],
            quality=self.quality[chosen],
        )

    def clearest(self, most: int) -> Self:
        """Those with the highest quality, in their order, at most so many."""
        chosen = np.zeros(len(self), np.bool_)
        chosen[np.argsort(-self.quality.astype(np.int64), kind="stable")[:most]] = True
        return self.where(chosen)


def find_minutiae(pixels: GreyPixels) -> Minutiae:
    """The minutiae of a print; none where it has no ridges.

    :param pixels: shape (height_px, width_px), uint8, 0 = ridge, at 500 ppi; of any size.
    """
    enhanced = Enhanced.of(pixels)
    if enhanced is None:
        return Minutiae.none()
    lines = thinned(filled(enhanced.ridge))
    found = real(Candidates.of(lines, inner=enhanced.inner))
    (top, left), (reduction_y, reduction_x) = enhanced.origin_px, enhanced.reduction
    return Minutiae(
        x_px=np.asarray((found.column + left + 0.5) / reduction_x - 0.5, dtype=np.float64),
        y_px=np.asarray((found.row + top + 0.5) / reduction_y - 0.5, dtype=np.float64),
        angle_rad=np.arctan2(-found.down, found.right) % (2 * np.pi),
        kind=np.where(found.fork, Kind.BIFURCATION, Kind.ENDING).astype(np.uint8),
        quality=np.rint(100 * enhanced.clarity_at(found.row, found.column)).astype(np.uint8),
    )
