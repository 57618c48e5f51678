"""How alike two prints are, by the ridges themselves: far simpler than a matcher, and enough to tell fingers apart."""

import cv2
import numpy as np

from drivers.contract import GreyPixels
from drivers.world.press import Press

BLOCK_PX = 56
REACH_PX = 8
INK_LEVEL = 215


def undone(print_: GreyPixels, press: Press) -> GreyPixels:
    """The print as it would lie if the finger had been laid straight on the plate's middle."""
    height, width = print_.shape
    move = cv2.getRotationMatrix2D((width / 2, height / 2), press.rotation_deg, 1)
    move[:, 2] -= move[:, :2] @ np.array(press.shift_px)
    return np.asarray(cv2.warpAffine(print_, move, (width, height), borderValue=(250,)), dtype=np.uint8)


def touched(print_: GreyPixels) -> np.ndarray:
    """Where there is a print at all; boolean, the print's shape."""
    return np.asarray(cv2.GaussianBlur(print_, (0, 0), 8) < INK_LEVEL)


def likeness(one: GreyPixels, other: GreyPixels) -> float:
    """Mean correlation of the blocks in which both have a print, each at its best place nearby: 1 is the same."""
    both = touched(one) & touched(other)
    best = [_best(one, other, row, column) for row, column in _blocks(both)]
    assert len(best) >= 6, "too little in common to say anything"
    return float(np.mean(best))


def _blocks(both: np.ndarray) -> list[tuple[int, int]]:
    height, width = both.shape
    corners = [
        (row, column)
        for row in range(REACH_PX, height - BLOCK_PX - REACH_PX, BLOCK_PX)
        for column in range(REACH_PX, width - BLOCK_PX - REACH_PX, BLOCK_PX // 2)
    ]
    return [(r, c) for r, c in corners if both[r : r + BLOCK_PX, c : c + BLOCK_PX].mean() > 0.95]


def _best(one: GreyPixels, other: GreyPixels, row: int, column: int) -> float:
    block = one[row : row + BLOCK_PX, column : column + BLOCK_PX]
    near = other[
        row - REACH_PX : row + BLOCK_PX + REACH_PX,
        column - REACH_PX : column + BLOCK_PX + REACH_PX,
    ]
    return float(cv2.matchTemplate(near, block, cv2.TM_CCOEFF_NORMED).max())
