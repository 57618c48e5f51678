"""Sweat pores: a row of them along every ridge."""

from math import pi

import numpy as np

from drivers.world.field import Field, Places, Shape, blurred, places, sampled

_SPACING_PX = 7
_CLIMBS = 8
_STRIDE_PX = 1.6
_SIGMA_PX = 0.85


def draw_pores(ridges: Field, rng: np.random.Generator) -> Field:
    """How deep a pore is at each pixel, 0 to about 1.

    :param ridges: heights of the ridges, crests at 1, on which the pores are to lie.
    """
    where = _climbed(ridges, _scattered(ridges, rng))
    depth = rng.random(where[0].shape, dtype=np.float32)
    dots = _splashed((ridges.shape[0], ridges.shape[1]), where, depth=depth)
    return blurred(dots, sigma_px=_SIGMA_PX) * (2 * pi * _SIGMA_PX**2)


def _scattered(ridges: Field, rng: np.random.Generator) -> Places:
    """Points about evenly spread, shape (1, count), from the field's middle."""
    inner = (ridges.shape[0] // _SPACING_PX - 2, ridges.shape[1] // _SPACING_PX - 2)
    x, y = places(inner, step_px=_SPACING_PX)
    jitter = rng.uniform(-3, 3, (2, *inner)).astype(np.float32)
    return (x + jitter[0]).reshape(1, -1), (y + jitter[1]).reshape(1, -1)


def _climbed(ridges: Field, where: Places) -> Places:
    """The points after a few steps uphill: on the crests."""
    down, right = (np.asarray(slope, dtype=np.float32) for slope in np.gradient(blurred(ridges, sigma_px=1.0)))
    for _ in range(_CLIMBS):
        step = sampled(right, where), sampled(down, where)
        where = where[0] + _STRIDE_PX * step[0], where[1] + _STRIDE_PX * step[1]
    return where


def _splashed(shape: Shape, where: Places, *, depth: Field) -> Field:
    """A field of points, each shared among the four pixels around it."""
    columns = np.clip(where[0] + (shape[1] - 1) / 2, 0, shape[1] - 2)
    rows = np.clip(where[1] + (shape[0] - 1) / 2, 0, shape[0] - 2)
    left, top = np.floor(columns).astype(np.intp), np.floor(rows).astype(np.intp)
    right_share, bottom_share = columns - left, rows - top
    dots = np.zeros(shape, np.float32)
    for down, vertical in ((0, 1 - bottom_share), (1, bottom_share)):
        np.add.at(dots, (top + down, left), depth * vertical * (1 - right_share))
        np.add.at(dots, (top + down, left + 1), depth * vertical * right_share)
    return dots
