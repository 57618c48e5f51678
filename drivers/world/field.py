"""A field is a quantity with a value at each pixel: shape (height_px, width_px), float32.

Places are measured in pixels at 500 ppi from the middle of the field, x to the right and y down.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
"""Shape (height_px, width_px)."""

Shape = tuple[int, int]
"""Height and width in pixels."""

Places = tuple[Field, Field]
"""A place at each pixel: x to the right and y down."""


def places(shape: Shape, *, step_px: int = 1) -> Places:
    """The place of every pixel.

    :param step_px: how many pixels of a finer field each pixel stands for; the places are those of their middles.
    """
    rows, columns = np.indices(shape, dtype=np.float32)
    return (columns - (shape[1] - 1) / 2) * step_px, (rows - (shape[0] - 1) / 2) * step_px


def sampled(field: Field, where: Places, *, sharp: bool = False) -> Field:
    """What the field has at other places, mirrored beyond its rim; `sharp` interpolates cubically."""
    method = cv2.INTER_CUBIC if sharp else cv2.INTER_LINEAR
    columns, rows = where[0] + (field.shape[1] - 1) / 2, where[1] + (field.shape[0] - 1) / 2
    return np.asarray(cv2.remap(field, columns, rows, method, borderMode=cv2.BORDER_REFLECT_101), dtype=np.float32)


def enlarged(field: Field, shape: Shape) -> Field:
    """The field on a finer grid over the same area, without steps."""
    return np.asarray(cv2.resize(field, shape[::-1], interpolation=cv2.INTER_CUBIC), dtype=np.float32)


def blurred(field: Field, *, sigma_px: float) -> Field:
    """The field through a Gaussian."""
    return np.asarray(cv2.GaussianBlur(field, (0, 0), sigma_px), dtype=np.float32)


def logistic(field: Field) -> Field:
    """From 0 far below nought to 1 far above, without overflow."""
    return np.asarray(0.5 + np.tanh(field / 2) / 2, dtype=np.float32)
