"""What lies around a minutia, as numbers that do not change when the finger is turned or shifted.

Each minutia looks at its neighbours in its own frame, its direction upwards. A neighbour is a soft spot in a cube of
8 x 8 places and 6 directions; the cube, read as one row of length 1, is the minutia's *neighbourhood*. Two
neighbourhoods are compared by their product: 1 is the same, 0 has nothing in common.

Source: describing a minutia by a cube of soft spots is the idea of R. Cappelli, M. Ferrara and D. Maltoni, "Minutia
Cylinder-Code", IEEE Transactions on Pattern Analysis and Machine Intelligence 32, 2010; sizes and weights are ours.
"""

import numpy as np
from numpy.typing import NDArray

from capture.finger.minutiae import Minutiae

RADIUS_PX = 80.0
"""How far a minutia looks, at 500 ppi."""

PLACES, DIRECTIONS = 8, 6
"""Places along each axis, and directions in a whole turn."""

SPREAD_PX, SPREAD_RAD = 11.0, 0.5
"""Standard deviations of a spot."""

_Rows = NDArray[np.float32]


def neighbourhoods(minutiae: Minutiae) -> _Rows:
    """The neighbourhood of each minutia, shape (count, 384); zeros where it has no neighbours."""
    x, y = minutiae.x_px.astype(np.float32), -minutiae.y_px.astype(np.float32)
    angle = minutiae.angle_rad.astype(np.float32)
    right, up = x[None] - x[:, None], y[None] - y[:, None]
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    near = (right**2 + up**2 < RADIUS_PX**2) & ~np.eye(len(x), dtype=np.bool_)
    weight = near * (minutiae.quality.astype(np.float32) / 100)[None]
    ahead, aside = _spots(right * cos + up * sin), _spots(up * cos - right * sin)
    places = (weight[..., None] * ahead)[..., :, None] * aside[..., None, :]
    cubes = places.reshape(*near.shape, PLACES**2).transpose(0, 2, 1) @ _directions(angle[None] - angle[:, None])
    rows = cubes.reshape(len(x), PLACES**2 * DIRECTIONS)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6), dtype=np.float32)


def _spots(along: _Rows) -> _Rows:
    """How much each place along an axis sees of something, one axis more."""
    step = 2 * RADIUS_PX / PLACES
    middles = (np.arange(PLACES, dtype=np.float32) - (PLACES - 1) / 2) * np.float32(step)
    return np.asarray(np.exp(-((along[..., None] - middles) ** 2) / np.float32(2 * SPREAD_PX**2)), dtype=np.float32)


def _directions(turn: _Rows) -> _Rows:
    """How much each direction sees of something, one axis more; around the circle."""
    middles = np.arange(DIRECTIONS, dtype=np.float32) * np.float32(2 * np.pi / DIRECTIONS)
    return np.asarray(np.exp((np.cos(turn[..., None] - middles) - 1) / np.float32(SPREAD_RAD**2)), dtype=np.float32)
