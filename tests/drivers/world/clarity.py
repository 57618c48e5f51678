"""The mean orientation certainty of a print. Source: ISO/IEC 29794-4, OCL; facts/standards.md section 5.3."""

import numpy as np

from drivers.contract import GreyPixels

BLOCK_PX = 32


def clarity(print_: GreyPixels) -> float:
    """Mean over the blocks that hold a print: 0 is no direction at all, 1 is a ruled page."""
    grey = print_.astype(np.float64)
    down, right = np.gradient(grey, axis=0), np.gradient(grey, axis=1)
    limit = 0.1 * grey.std()
    corners = [
        (slice(row, row + BLOCK_PX), slice(column, column + BLOCK_PX))
        for row in range(0, grey.shape[0] - BLOCK_PX + 1, BLOCK_PX)
        for column in range(0, grey.shape[1] - BLOCK_PX + 1, BLOCK_PX)
    ]
    return float(np.mean([_certainty(right[at], down[at]) for at in corners if grey[at].std() > limit]))


def _certainty(right: np.ndarray, down: np.ndarray) -> float:
    a, b, c = (right**2).mean(), (down**2).mean(), (right * down).mean()
    spread = np.sqrt((a - b) ** 2 + 4 * c**2)
    return float(1 - (a + b - spread) / (a + b + spread))
