"""Picture files for the replay drivers, made from formulas: nobody is on them."""

from pathlib import Path

import numpy as np
from PIL import Image

from drivers.contract import GreyPixels, RgbPixels


def colours(height_px: int = 40, width_px: int = 30) -> RgbPixels:
    """No two rows, columns or channels are the same."""
    rows, columns = np.mgrid[:height_px, :width_px]
    return np.stack([rows * 5 + 10, columns * 7 + 5, (rows + columns) * 3 + 1], axis=-1).astype(np.uint8)


def greys(height_px: int = 48, width_px: int = 32) -> GreyPixels:
    return np.ascontiguousarray(colours(height_px, width_px)[..., 2])


def write(path: Path, pixels: GreyPixels) -> Path:
    """In the format that the name's ending says; use one that loses nothing."""
    Image.fromarray(pixels).save(path)
    return path
