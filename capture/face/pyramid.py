"""The frame and its halvings, so that networks and crops read few pixels and none of them aliases."""

import cv2
import numpy as np
from numpy.typing import NDArray

from capture.errors import FrameUnusable
from drivers.contract import Frame, RgbPixels

Affine = NDArray[np.float64]
"""Shape (2, 3): maps (x, y) of pixel centres, as `cv2.warpAffine` does."""

SMALLEST_PX = 128
"""No copy has a shorter long side: the smallest network input needs no fewer."""


def scale_of(affine: Affine) -> float:
    """How much a similarity enlarges."""
    return float(np.hypot(affine[0, 0], affine[1, 0]))


def moved(points: NDArray[np.float64], affine: Affine) -> NDArray[np.float64]:
    """Points of shape (n, 2) or (n, 3) after a similarity; a third coordinate is scaled along.

    :param affine: shape (2, 3).
    """
    flat = points[:, :2] @ affine[:, :2].T + affine[:, 2]
    return np.hstack([flat, points[:, 2:] * scale_of(affine)])


def after(affine: Affine, first: Affine) -> Affine:
    """The map that does `first` and then `affine`."""
    linear = affine[:, :2] @ first[:, :2]
    return np.hstack([linear, (affine[:, :2] @ first[:, 2] + affine[:, 2])[:, None]])


def inverse(affine: Affine) -> Affine:
    """The way back."""
    return np.asarray(cv2.invertAffineTransform(affine), np.float64)


def turn(across: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rotation, shape (2, 2), that makes a direction horizontal."""
    cosine, sine = across / np.hypot(across[0], across[1])
    return np.array([[cosine, sine], [-sine, cosine]])


def upright(centre: NDArray[np.float64], *, across: NDArray[np.float64], scale: float, side_px: int) -> Affine:
    """From frame to a square crop: the centre into its middle, `across` horizontal.

    :param scale: crop pixels a frame pixel.
    """
    linear = turn(across) * scale
    return np.hstack([linear, ((side_px - 1) / 2 - linear @ centre)[:, None]])


def resized(scale_x: float, scale_y: float) -> Affine:
    """Where `cv2.resize` by these factors puts pixel centres."""
    return np.array([[scale_x, 0.0, scale_x / 2 - 0.5], [0.0, scale_y, scale_y / 2 - 0.5]])


class Pyramid:
    """A frame with copies of half, a quarter, ... of its size."""

    def __init__(self, pixels: RgbPixels) -> None:
        """:param pixels: shape (height_px, width_px, 3), RGB; never written to."""
        self._copies = [pixels]
        while max(self._copies[-1].shape[:2]) >= 2 * SMALLEST_PX and min(self._copies[-1].shape[:2]) >= 2:
            self._copies.append(_halved(self._copies[-1]))

    @classmethod
    def of(cls, frame: Frame) -> "Pyramid":
        """A camera's frame. :raises: FrameUnusable when it is not 8-bit colour."""
        pixels = frame.pixels
        if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8 or 0 in pixels.shape:
            raise FrameUnusable("The camera does not deliver 8-bit colour pictures: a portrait needs colour.")
        return cls(pixels)

    @property
    def height_px(self) -> int:
        """Rows of the frame."""
        return int(self._copies[0].shape[0])

    @property
    def width_px(self) -> int:
        """Columns of the frame."""
        return int(self._copies[0].shape[1])

    @property
    def long_px(self) -> int:
        """The frame's longer side."""
        return max(self.height_px, self.width_px)

    def fitted(self, long_px: int) -> RgbPixels:
        """The whole frame, its longer side resized to `long_px`."""
        scale = long_px / self.long_px
        size = (max(1, round(self.width_px * scale)), max(1, round(self.height_px * scale)))
        copy, _ = self.reaching(scale)
        return _pixels(cv2.resize(copy, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR))

    def crop(self, affine: Affine, *, size_px: tuple[int, int]) -> RgbPixels:
        """A part cut out by a similarity from frame to crop; beyond the frame its edge is repeated.

        :param size_px: the crop's width and height.
        """
        copy, factor = self.reaching(scale_of(affine))
        return _pixels(
            cv2.warpAffine(
                copy,
                after(affine, resized(1 / factor, 1 / factor)),
                size_px,
                flags=cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REPLICATE,
            )
        )

    def reaching(self, scale: float) -> tuple[RgbPixels, float]:
        """The smallest copy that still has to be reduced, or is just right, for `scale`; with its own scale."""
        index = 0
        while index + 1 < len(self._copies) and 0.5 ** (index + 1) >= scale:
            index += 1
        return self._copies[index], 0.5**index


def _halved(pixels: RgbPixels) -> RgbPixels:
    # An odd last row or column is left out, so that every copy is exactly half of the one before.
    height, width = (side // 2 * 2 for side in pixels.shape[:2])
    return _pixels(cv2.resize(pixels[:height, :width], (width // 2, height // 2), interpolation=cv2.INTER_AREA))


def _pixels(picture: cv2.typing.MatLike) -> RgbPixels:
    return np.asarray(picture, dtype=np.uint8)
