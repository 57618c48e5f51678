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

THRESHOLD = 0.33
"""Similarity from which on two prints are of the same finger. Between what image-build/measure_matching.py prints."""

MINUTIAE_MAX = 64
"""Of more, the clearest are compared."""

MINUTIAE_MIN = 4
"""With fewer in either print there is nothing to compare."""

SEEDS = 16
"""So many seeds are tried."""

TURN_MAX_RAD = np.deg2rad(60.0)
"""Two presses on a plate are not turned further against each other."""

NEAR_PX, NEAR_RAD = 14.0, np.deg2rad(28.0)
"""Minutiae further apart than this in place or direction are no pair."""

OVERLAP_PX = 45.0
"""A minutia that has one of the other print so near lies in what both prints show."""

DOUBT = 5.0
"""So many shared minutiae count as unpaired beforehand: a few that fit prove little."""

_REFINED, _ROUNDS = 4, 2
_LITTLE = np.float32(1e-6)

_Reals = NDArray[np.float32]
_Complex = NDArray[np.complex64]


@dataclass(frozen=True, slots=True)
class _Spots:
    """Minutiae in the plane of complex numbers, x to the right and y up, in pixels from a middle."""

    place: _Complex
    """Shape (count,)."""
    heading: _Complex
    """Shape (count,): directions, as numbers of length 1."""

    @classmethod
    def of(cls, minutiae: Minutiae) -> Self:
        place = minutiae.x_px - 1j * minutiae.y_px
        return cls((place - place.mean()).astype(np.complex64), np.exp(1j * minutiae.angle_rad).astype(np.complex64))


@dataclass(frozen=True, slots=True)
class _Moves:
    """Ways to lay the first print over the second: turn by the factor, then shift. Shape (moves,)."""

    factor: _Complex
    shift: _Complex

    def where(self, chosen: NDArray[np.intp]) -> Self:
        return type(self)(self.factor[chosen], self.shift[chosen])


@dataclass(frozen=True, slots=True)
class _Laid:
    """The first print laid over the second in several ways."""

    away_px2: _Reals
    """Shape (moves, first, second): squared distance of each minutia from each."""
    fit: _Reals
    """How well each minutia falls on each, 0 to 1."""

    @classmethod
    def over(cls, a: _Spots, b: _Spots, *, moves: _Moves) -> Self:
        placed = moves.factor[:, None] * a.place + moves.shift[:, None]
        near = (np.abs(placed) ** 2)[:, :, None] + np.abs(b.place) ** 2
        near -= 2 * _products(placed, b.place)
        same = _products(moves.factor[:, None] * a.heading, b.heading)
        place = np.maximum(1 - near * np.float32(NEAR_PX**-2), 0)
        turned_max = np.float32(1 - np.cos(NEAR_RAD))
        return cls(away_px2=near, fit=place * np.maximum(1 - (1 - same) / turned_max, 0))

    @property
    def pairs(self) -> _Reals:
        """The fit of those that are each other's best, 0 elsewhere."""
        best = (self.fit == self.fit.max(axis=2, keepdims=True)) & (self.fit == self.fit.max(axis=1, keepdims=True))
        return np.asarray(self.fit * best, dtype=np.float32)


def similarity(one: Minutiae, other: Minutiae) -> float:
    """How far two prints share their minutiae, 0 to 1, whichever comes first.

    Both prints upright as a sensor gives them, at 500 ppi.
    """
    one, other = sorted(
        (one.clearest(MINUTIAE_MAX), other.clearest(MINUTIAE_MAX)), key=lambda print_: (len(print_), print_.x_px.sum())
    )
    if len(one) < MINUTIAE_MIN:
        return 0.0
    alike = neighbourhoods(one) @ neighbourhoods(other).T
    a, b = _Spots.of(one), _Spots.of(other)
    moves = _seeds(a, b, alike=alike)
    laid = _Laid.over(a, b, moves=moves)
    moves = moves.where(np.argsort(-laid.fit.max(axis=2).sum(axis=1))[:_REFINED])
    for _ in range(_ROUNDS):
        moves = _refined(a, b, moves=moves)
    return float(_scores(_Laid.over(a, b, moves=moves), moves=moves, alike=alike).max())


def same_finger(one: Minutiae, other: Minutiae) -> bool:
    """Whether two prints are of the same finger."""
    return similarity(one, other) >= THRESHOLD


def _products(one: _Complex, other: _Complex) -> _Reals:
    """The scalar products of each of one with each of the other, one axis more."""
    pairs = np.stack([one.real, one.imag], axis=-1) @ np.stack([other.real, other.imag])
    return np.asarray(pairs, dtype=np.float32)


def _seeds(a: _Spots, b: _Spots, *, alike: _Reals) -> _Moves:
    factor = b.heading * a.heading.conj()[:, None]
    likely = np.where(factor.real >= np.cos(TURN_MAX_RAD), alike, -1).ravel()
    chosen = np.argpartition(-likely, min(SEEDS, len(likely) - 1))[:SEEDS]
    first, second = np.divmod(chosen, len(b.place))
    return _Moves(factor.ravel()[chosen], b.place[second] - factor.ravel()[chosen] * a.place[first])


def _refined(a: _Spots, b: _Spots, *, moves: _Moves) -> _Moves:
    """The rigid moves that bring the pairs together best, by least squares."""
    pairs = _Laid.over(a, b, moves=moves).pairs + _LITTLE
    total = pairs.sum(axis=(1, 2))
    drawn = pairs @ np.stack([b.place.real, b.place.imag], axis=-1)
    to_each = drawn[..., 0] + 1j * drawn[..., 1]
    of, to = pairs.sum(axis=2) @ a.place / total, to_each.sum(axis=1) / total
    twist = to_each @ a.place.conj() - total * of.conj() * to
    factor = (twist / np.maximum(np.abs(twist), _LITTLE)).astype(np.complex64)
    return _Moves(factor=factor, shift=(to - factor * of).astype(np.complex64))


def _scores(laid: _Laid, *, moves: _Moves, alike: _Reals) -> _Reals:
    """The pairs' fits, each as far as its neighbourhoods are alike too, among what both prints show."""
    paired = (laid.pairs * np.sqrt(np.maximum(alike, 0))).sum(axis=(1, 2))
    near = laid.away_px2 < OVERLAP_PX**2
    shared = np.sqrt(near.any(axis=2).sum(axis=1) * near.any(axis=1).sum(axis=1))
    allowed = moves.factor.real >= np.cos(TURN_MAX_RAD)
    return np.asarray(np.where(allowed, paired / (shared + DOUBT), 0), dtype=np.float32)
