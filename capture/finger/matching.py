"""Whether two prints are of the same finger: their minutiae are laid over each other and counted.

A *seed* is a minutia of each print whose neighbourhoods are alike. Each of the best seeds is tried: one print is turned
and shifted so that the seed's two minutiae coincide, minutiae that then fall together are *pairs*, and the pairs move
the print once more. What counts is the share of pairs among the minutiae of what both prints show.

It answers one question, whether a visit has the same finger twice, and is no means to identify a person: measured on
simulated fingers only, docs/matching.md.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from capture.finger.minutiae import Minutiae
from capture.finger.neighbourhood import neighbourhoods

THRESHOLD = 0.25
"""Similarity from which on two prints are of the same finger. Set by image-build/measure_matching.py."""

MINUTIAE_MAX = 80
"""Of more, the clearest are compared."""

MINUTIAE_MIN = 4
"""With fewer in either print there is nothing to compare."""

SEEDS = 24
"""So many seeds are tried."""

TURN_MAX_RAD = np.deg2rad(60.0)
"""Two presses on a plate are not turned further against each other."""

NEAR_PX, NEAR_RAD = 14.0, np.deg2rad(28.0)
"""Minutiae further apart than this in place or direction are no pair."""

_REFINED = 6
_ROUNDS = 2
_OVERLAP_PX = 45.0
_SHRINK = 5.0

_Reals = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Spots:
    """Minutiae in the mathematician's plane: x to the right, y up."""

    place: NDArray[np.complex64]
    angle: _Reals

    @classmethod
    def of(cls, minutiae: Minutiae) -> Self:
        place = minutiae.x_px - 1j * minutiae.y_px
        return cls(place=place.astype(np.complex64), angle=minutiae.angle_rad.astype(np.float32))


@dataclass(frozen=True, slots=True)
class _Moves:
    """Ways to lay the first print over the second: turn by the factor, then shift. Shape (moves,)."""

    factor: NDArray[np.complex64]
    shift: NDArray[np.complex64]


def similarity(one: Minutiae, other: Minutiae) -> float:
    """How far two prints share their minutiae, 0 to 1: the same whichever comes first, up to rounding.

    Both prints upright as a sensor gives them, at 500 ppi.
    """
    one, other = sorted((_clearest(one), _clearest(other)), key=len)
    if len(one) < MINUTIAE_MIN:
        return 0.0
    alike = neighbourhoods(one) @ neighbourhoods(other).T
    a, b = _Spots.of(one), _Spots.of(other)
    moves = _seeds(a, b, alike=alike)
    best = np.argsort(-_weights(a, b, moves=moves).max(axis=2).sum(axis=1))[:_REFINED]
    moves = _Moves(moves.factor[best], moves.shift[best])
    for _ in range(_ROUNDS):
        moves = _refined(a, b, moves=moves)
    return float(_scores(a, b, moves=moves, alike=alike).max())


def same_finger(one: Minutiae, other: Minutiae) -> bool:
    """Whether two prints are of the same finger. Duty: R-FINGER-6."""
    return similarity(one, other) >= THRESHOLD


def _clearest(minutiae: Minutiae) -> Minutiae:
    if len(minutiae) <= MINUTIAE_MAX:
        return minutiae
    chosen = np.zeros(len(minutiae), np.bool_)
    chosen[np.argsort(-minutiae.quality.astype(np.int64), kind="stable")[:MINUTIAE_MAX]] = True
    return minutiae.where(chosen)


def _turned(angle: _Reals) -> _Reals:
    """Angles folded to -pi to pi."""
    return np.asarray((angle + np.pi) % (2 * np.pi) - np.pi, dtype=np.float32)


def _seeds(a: _Spots, b: _Spots, *, alike: _Reals) -> _Moves:
    turn = _turned(b.angle[None] - a.angle[:, None])
    likely = np.where(np.abs(turn) <= TURN_MAX_RAD, alike, -1).ravel()
    chosen = np.argpartition(-likely, min(SEEDS, len(likely) - 1))[:SEEDS]
    first, second = np.divmod(chosen, len(b.place))
    factor = np.exp(1j * turn.ravel()[chosen]).astype(np.complex64)
    return _Moves(factor=factor, shift=b.place[second] - factor * a.place[first])


def _weights(a: _Spots, b: _Spots, *, moves: _Moves) -> _Reals:
    """How well each minutia falls on each, 0 to 1, shape (moves, first, second)."""
    placed = moves.factor[:, None] * a.place + moves.shift[:, None]
    away = np.abs(placed[:, :, None] - b.place)
    angle = a.angle + np.angle(moves.factor)[:, None]
    turned = np.abs(_turned(angle[:, :, None] - b.angle))
    place, direction = np.maximum(1 - (away / NEAR_PX) ** 2, 0), np.maximum(1 - (turned / NEAR_RAD) ** 2, 0)
    return np.asarray(place * direction, dtype=np.float32)


def _pairs(weights: _Reals) -> _Reals:
    """The weights of those that are each other's best, 0 elsewhere."""
    best = (weights == weights.max(axis=2, keepdims=True)) & (weights == weights.max(axis=1, keepdims=True))
    return np.where(best, weights, 0)


def _refined(a: _Spots, b: _Spots, *, moves: _Moves) -> _Moves:
    """The rigid moves that bring the pairs together best, by least squares."""
    pairs = _pairs(_weights(a, b, moves=moves)) + np.float32(1e-9)
    total = pairs.sum(axis=(1, 2))
    from_, to = pairs.sum(axis=2) @ a.place / total, pairs.sum(axis=1) @ b.place / total
    twist = np.einsum("mij,i,j->m", pairs, a.place.conj(), b.place, optimize=True) - total * from_.conj() * to
    factor = (twist / np.maximum(np.abs(twist), 1e-6)).astype(np.complex64)
    return _Moves(factor=factor, shift=to - factor * from_)


def _scores(a: _Spots, b: _Spots, *, moves: _Moves, alike: _Reals) -> _Reals:
    pairs = _pairs(_weights(a, b, moves=moves))
    score = (pairs * np.sqrt(np.maximum(alike, 0))).sum(axis=(1, 2))
    placed = moves.factor[:, None] * a.place + moves.shift[:, None]
    near = np.abs(placed[:, :, None] - b.place) < _OVERLAP_PX
    shared = np.sqrt(near.any(axis=2).sum(axis=1) * near.any(axis=1).sum(axis=1))
    turn = np.abs(np.angle(moves.factor)) <= TURN_MAX_RAD
    return np.asarray(np.where(turn, score / (shared + _SHRINK), 0), dtype=np.float32)
