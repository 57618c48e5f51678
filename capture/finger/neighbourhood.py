"""What lies around a minutia, as numbers that do not change when the finger is turned or shifted.

Each minutia looks at its neighbours in its own frame, its direction upwards. A neighbour is a soft spot in a cube of
8 x 8 places and 6 directions; the cube, read as one row of length 1, is the minutia's *neighbourhood*. Where hardly
anything is seen the row is shorter. Two neighbourhoods are compared by their product: 1 is the same, 0 has nothing in
common.

Source: describing a minutia by a cube of soft spots is the idea of R. Cappelli, M. Ferrara and D. Maltoni, "Minutia
Cylinder-Code", IEEE Transactions on Pattern Analysis and Machine Intelligence 32, 2010; sizes and weights are ours.
"""

import numpy as np
from numpy.typing import NDArray

from capture.finger.minutiae import Minutiae

RADIUS_PX = 80.0
"""How far a minutia looks, at 500 ppi."""

EDGE_PX = 12.0
"""Over so much a neighbour fades at the radius, so that one near it does not come and go."""

NEIGHBOURS_MAX = 20
"""Of more neighbours, the nearest are looked at."""

PLACES, DIRECTIONS = 8, 6
"""Places along each axis, and directions in a whole turn."""

SPREAD_PX, SPREAD_RAD = 11.0, 0.5
"""Standard deviations of a spot."""

_ONE_NEIGHBOUR = np.float32(1.0)
_Rows = NDArray[np.float32]
_Complex = NDArray[np.complex64]


def neighbourhoods(minutiae: Minutiae) -> _Rows:
    """The neighbourhood of each minutia, shape (count, 384); zeros where it has no neighbours."""
    place = (minutiae.x_px - 1j * minutiae.y_px).astype(np.complex64)
    heading = np.exp(1j * minutiae.angle_rad).astype(np.complex64)
    near, weight = _nearest(place)
    weight *= minutiae.quality.astype(np.float32)[near] / 100
    seen = (place[near] - place[:, None]) * heading.conj()[:, None]
    places = (weight[..., None] * _spots(seen.real))[..., :, None] * _spots(seen.imag)[..., None, :]
    turns = _directions(heading[near] * heading.conj()[:, None])
    cubes = places.reshape(*near.shape, PLACES**2).transpose(0, 2, 1) @ turns
    rows = cubes.reshape(len(place), PLACES**2 * DIRECTIONS)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), _ONE_NEIGHBOUR), dtype=np.float32)


def _nearest(place: _Complex) -> tuple[NDArray[np.intp], _Rows]:
    """The nearest others of each minutia, and how well it sees them, 0 to 1: shape (count, at most 20)."""
    away = np.abs(place[None] - place[:, None])
    np.fill_diagonal(away, np.inf)
    count = min(NEIGHBOURS_MAX, len(place))
    near = np.argpartition(away, count - 1, axis=1)[:, :count] if count else np.zeros((0, 0), np.intp)
    seen = np.clip((RADIUS_PX - np.take_along_axis(away, near, axis=1)) / EDGE_PX, 0, 1)
    return near, np.asarray(seen, dtype=np.float32)


def _spots(along: _Rows) -> _Rows:
    """How much each place along an axis sees of something, one axis more."""
    step = 2 * RADIUS_PX / PLACES
    middles = (np.arange(PLACES, dtype=np.float32) - (PLACES - 1) / 2) * np.float32(step)
    return np.asarray(np.exp(-((along[..., None] - middles) ** 2) / np.float32(2 * SPREAD_PX**2)), dtype=np.float32)


def _directions(turn: _Complex) -> _Rows:
    """How much each direction sees of a turn, given as a number of length 1, one axis more."""
    middles = np.exp(2j * np.pi / DIRECTIONS * np.arange(DIRECTIONS)).astype(np.complex64)
    likeness = (turn[..., None] * middles.conj()).real
    return np.asarray(np.exp((likeness - 1) / np.float32(SPREAD_RAD**2)), dtype=np.float32)
