"""OF: how smoothly the ridges' direction changes from square to square."""

import numpy as np
from numpy.typing import NDArray

from capture.finger.grid import InnerGrid, Map

LEAST_RAD = np.deg2rad(4.0)
"""Changes up to this are no change."""

_MOST_RAD = np.deg2rad(90.0)
_NEIGHBOURS = [(row, column) for row in range(3) for column in range(3) if (row, column) != (1, 1)]


def orientation_flow(grid: InnerGrid) -> NDArray[np.float64]:
    """OF of each square that counts, shape (squares,): 0 is smooth.

    A square counts when it and its eight neighbours are solid and the mean difference to them exceeds the least.
    Source: ISO/IEC 29794-4 as implemented by NFIQ 2.3, facts/standards.md section 5.3: a neighbour outside the print
    has the direction 0, and differences are folded at half a turn.
    """
    rows, columns = grid.normal_rad.shape
    around = np.pad(grid.normal_rad, 1)
    solid = np.pad(grid.solid, 1)
    inner = grid.solid.copy()
    change: Map = np.zeros((rows, columns))
    for row, column in _NEIGHBOURS:
        here = slice(row, row + rows), slice(column, column + columns)
        difference = np.abs(around[here] - grid.normal_rad)
        change += np.minimum(difference, 2 * np.pi - difference)
        inner &= solid[here]
    change /= len(_NEIGHBOURS)
    counted = change[inner & (change > LEAST_RAD)]
    return np.asarray((counted - LEAST_RAD) / (_MOST_RAD - LEAST_RAD))
