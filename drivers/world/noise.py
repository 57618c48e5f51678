"""Unevenness: what skin, sweat and glass have everywhere. Fields of mean 0 and standard deviation about 1."""

from math import pi, sqrt

import cv2
import numpy as np

from drivers.world.field import Field, Shape, blurred


def smooth(rng: np.random.Generator, shape: Shape, *, scale_px: float) -> Field:
    """Hills about `scale_px` apart: white noise on a coarse grid, read with cubic interpolation."""
    rows, columns = (int(np.ceil(side / scale_px)) + 3 for side in shape)
    grid = rng.standard_normal((rows, columns), dtype=np.float32)
    # A drawn offset keeps the coarse grid's lines from lying at the same place in every picture.
    right, down = 1 + rng.random(2)
    inverse = np.array([[1 / scale_px, 0, right], [0, 1 / scale_px, down]])
    read = cv2.warpAffine(grid, inverse, shape[::-1], flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP)
    # The factor gives back what interpolation takes from the deviation.
    return np.asarray(read, dtype=np.float32) * 1.35


def grainy(rng: np.random.Generator, shape: Shape, *, sigma_px: float) -> Field:
    """Grains of a few pixels: white noise through a Gaussian."""
    white = rng.standard_normal(shape, dtype=np.float32)
    return blurred(white, sigma_px=sigma_px) * (2 * sqrt(pi) * sigma_px)
