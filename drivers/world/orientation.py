"""Which way the ridges run: the smoothest flow that has a pattern's singular points.

Nouns: the *flow* is the ridge's angle at each pixel. It is half a turn around each core, half a turn back around each
delta, and a *background*: a harmonic function, chosen so that on the *outline* the flow follows the fingertip, arched
over the top and level at the base. A harmonic function has neither seam nor summit, so nothing but the singular points
ever shows. Corrections near the middle make it natural: a *swirl* sets loops upright and winds whorls, a *hump* raises
the plain arch, and a *bow* turns the innermost ridges round with level legs, where a bare core would be a parabola.

Source: the half turns are the zero-pole model (B. G. Sherlock, D. M. Monro, "A model for interpreting fingerprint
topology", Pattern Recognition 26, 1993); outline and corrections are this project's.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.world.field import Field, Shape, enlarged, places
from drivers.world.pattern import SingularPoints

Angles = Field
"""Shape (height_px, width_px): radians, counter-clockwise from the row; half a turn more is the same angle."""

OUTLINE_PX = (235.0, 330.0)
"""Half axes of the oval on which the flow follows the fingertip; all singular points lie inside it."""

_Points = NDArray[np.complexfloating]
_Reals = NDArray[np.float64]

_OUTLINE_SAMPLES = 180
_DEGREE = 9
_SWIRL_RADIUS_PX = 75.0
_HUMP_PX = (65.0, 95.0)
_BOW_RADIUS_PX = 45.0
_STEP_PX = 8


@dataclass(frozen=True, slots=True)
class _Background:
    """What is left of the flow when the half turns are taken out: smooth, so it may be sampled coarsely."""

    weights: _Reals
    middle: complex
    swirl_rad: float
    hump_rad: float

    def at(self, where: _Points) -> _Reals:
        off = where - self.middle
        swirl = self.swirl_rad * np.exp(-(np.abs(off) ** 2) / (2 * _SWIRL_RADIUS_PX**2))
        beside, above = off.real / _HUMP_PX[0], off.imag / _HUMP_PX[1]
        hump = self.hump_rad * beside * np.exp(-(beside**2 + above**2) / 2)
        return np.asarray(_harmonics(where) @ self.weights + swirl - hump, dtype=np.float64)


def flow(points: SingularPoints, shape: Shape, *, rng: np.random.Generator) -> Angles:
    """The ridges' angle at each pixel of a field around the pad's middle.

    :param shape: height and width in pixels, multiples of 8.
    :param rng: draws how steep the flanks are, how far the finger leans, and the corrections.
    """
    background = _draw_background(points, rng)
    x, y = places((shape[0] // _STEP_PX, shape[1] // _STEP_PX), step_px=_STEP_PX)
    angle = enlarged(background.at(x - 1j * y).astype(np.float32), shape)
    x, y = places(shape)
    where = x - 1j * y
    angle += _half_turns(where, points).astype(np.float32)
    bow = rng.uniform(0.45, 0.75)
    for core in points.cores:
        angle += bow * _bow(where, core, axis_rad=_axis(core, points, background=background))
    return angle


def _draw_background(points: SingularPoints, rng: np.random.Generator) -> _Background:
    turn = np.linspace(0, 2 * np.pi, _OUTLINE_SAMPLES, endpoint=False)
    outline = OUTLINE_PX[0] * np.cos(turn) + 1j * OUTLINE_PX[1] * np.sin(turn)
    wanted = _fingertip_angle(turn, rng) - np.unwrap(_half_turns(outline, points), period=np.pi)
    weights = np.linalg.lstsq(_harmonics(outline), wanted, rcond=None)[0].astype(np.float64)
    if not points.cores:
        middle = complex(rng.normal(0, 8), rng.uniform(-50, 0))
        return _Background(weights, middle, swirl_rad=0.0, hump_rad=rng.uniform(0.5, 0.85))
    middle = sum(points.cores) / len(points.cores)
    return _Background(weights, middle, swirl_rad=_draw_swirl(points, rng), hump_rad=0.0)


def _fingertip_angle(turn: _Reals, rng: np.random.Generator) -> _Reals:
    """The angle on the outline, `turn` radians counter-clockwise from its right end."""
    lean, steep, taper = np.deg2rad(rng.normal((0, 58, 24), (3, 4, 4)))
    return np.asarray(lean - np.cos(turn) * (steep + taper * np.sin(turn)), dtype=np.float64)


def _draw_swirl(points: SingularPoints, rng: np.random.Generator) -> float:
    if len(points.cores) > 1:
        return float(np.deg2rad(rng.normal(0, 9)))
    # A loop is set upright, away from its delta; a tented arch has its delta below and stands already.
    side = np.clip((points.deltas[0] - points.cores[0]).real / 60, -1, 1)
    return float(np.deg2rad(side * rng.normal(11, 3)))


def _half_turns(where: _Points, points: SingularPoints) -> NDArray[np.floating]:
    angle = np.zeros(where.shape, where.real.dtype)
    for core in points.cores:
        angle += np.angle(where - core)
    for delta in points.deltas:
        angle -= np.angle(where - delta)
    return angle / 2


def _harmonics(where: _Points) -> _Reals:
    """The harmonic polynomials at each place; shape (*where.shape, 2 * degree + 1)."""
    powers = (where / OUTLINE_PX[1])[..., None] ** np.arange(1, _DEGREE + 1)
    return np.concatenate([np.ones((*where.shape, 1)), powers.real, powers.imag], axis=-1)


def _axis(core: complex, points: SingularPoints, *, background: _Background) -> float:
    """The direction to which the core opens: there the ridge points away from it."""
    here = np.array([core])
    return float(2 * (_half_turns(here, points.without(core)) + background.at(here))[0])


def _bow(where: _Points, core: complex, *, axis_rad: float) -> Field:
    """Turns faster in front of the core and slower behind it; nothing far away."""
    off = (where - core) * np.exp(-1j * axis_rad)
    distance = np.abs(off)
    sine = off.imag / np.maximum(distance, 1e-6)
    return np.asarray(-0.5 * sine * np.exp(-(distance**2) / (2 * _BOW_RADIUS_PX**2)), dtype=np.float32)
