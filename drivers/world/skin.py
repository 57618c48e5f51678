"""The skin of one pad, flat and unpressed: what a finger keeps from press to press."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.contract import Digit, Finger
from drivers.world.cut import Cut, draw_cut
from drivers.world.field import Field, Shape, blurred, places, sampled
from drivers.world.noise import grainy, smooth
from drivers.world.orientation import flow
from drivers.world.pattern import Pattern, SingularPoints, draw_pattern, draw_singular_points
from drivers.world.pore import draw_pores
from drivers.world.ridges import Heights, grow

SHAPE: Shape = (512, 352)
"""Height and width of a skin in pixels at 500 ppi: more than any press can bring onto the plate."""

_PAD_PX = {
    Digit.THUMB: (132.0, 200.0),
    Digit.INDEX: (117.0, 192.0),
    Digit.MIDDLE: (119.0, 196.0),
    Digit.RING: (115.0, 190.0),
    Digit.LITTLE: (102.0, 172.0),
}
_PERIOD_PX = {Digit.THUMB: 9.7, Digit.INDEX: 9.2, Digit.MIDDLE: 9.2, Digit.RING: 9.1, Digit.LITTLE: 8.7}

# The first word of every seed says what is drawn, so that no two draws ever share a stream.
_BODY, _SKIN = 1, 2


@dataclass(frozen=True, slots=True)
class Skin:
    """One pad. Its fields are never written to."""

    pattern: Pattern
    """The class of its print."""
    points: SingularPoints
    """Its cores and deltas."""
    relief: Heights = field(repr=False)
    """Ridges with their roughness and creases."""
    pores: Field = field(repr=False)
    """How deep a sweat pore is at each pixel, 0 to about 1."""
    pad_px: tuple[float, float]
    """Half the width and half the height of what touches when the finger is pressed right."""
    cut: Cut
    """Where this finger would be injured, if it were."""


def grow_skin(person_seed: int, finger: Finger) -> Skin:
    """The skin of a person's finger: the same arguments give the same skin, byte for byte."""
    size, fineness = np.random.default_rng([_BODY, person_seed]).normal((1, 1), (0.035, 0.045)).tolist()
    rng = np.random.default_rng([_SKIN, person_seed, finger.code])
    pattern = draw_pattern(finger, rng)
    points = draw_singular_points(pattern, rng)
    period_px = fineness * _draw_period(finger, rng)
    ridges = _wobbled(grow(flow(points, SHAPE, rng=rng), period_px, rng=rng), rng)
    width, height = _PAD_PX[finger.digit]
    stout, tall = (size * rng.normal((1, 1), 0.02)).tolist()
    return Skin(
        pattern=pattern,
        points=points,
        relief=_roughened(ridges, rng) - _draw_creases(rng),
        pores=draw_pores(ridges, rng),
        pad_px=(width * stout, height * tall),
        cut=draw_cut(rng),
    )


def _draw_period(finger: Finger, rng: np.random.Generator) -> Field:
    """Distance between crests in pixels: wider towards the base, and uneven as skin is."""
    down = np.linspace(-0.03, 0.06, SHAPE[0], dtype=np.float32)[:, None]
    uneven = 1 + down + 0.035 * smooth(rng, SHAPE, scale_px=110)
    return np.asarray(_PERIOD_PX[finger.digit] * uneven, dtype=np.float32)


def _wobbled(ridges: Heights, rng: np.random.Generator) -> Heights:
    """Ridges that no longer follow a ruler."""
    x, y = places(SHAPE)
    for scale_px, reach_px in ((18, 0.55), (7, 0.18)):
        x += reach_px * smooth(rng, SHAPE, scale_px=scale_px)
        y += reach_px * smooth(rng, SHAPE, scale_px=scale_px)
    return sampled(ridges, (x, y), sharp=True)


def _roughened(ridges: Heights, rng: np.random.Generator) -> Heights:
    """Ridges whose width varies a little, with rough edges."""
    rough = 0.15 * grainy(rng, SHAPE, sigma_px=1.2) + 0.12 * smooth(rng, SHAPE, scale_px=9)
    return np.asarray(ridges + rough, dtype=np.float32)


def _draw_creases(rng: np.random.Generator) -> Field:
    """The depth of the few fine wrinkles that cross the ridges."""
    depth = np.zeros(SHAPE, np.float32)
    for _ in range(int(rng.poisson(1.8))):
        crease = np.zeros(SHAPE, np.float32)
        cv2.polylines(crease, [_crease_line(rng)], False, 1.0, 1, cv2.LINE_AA, 3)
        depth = np.maximum(depth, crease * np.float32(rng.uniform(0.5, 1.3)))
    patchy = np.clip(0.7 + 0.5 * smooth(rng, SHAPE, scale_px=8), 0, 1.4).astype(np.float32)
    return np.asarray(2 * blurred(depth, sigma_px=0.9) * patchy, dtype=np.float32)


def _crease_line(rng: np.random.Generator) -> NDArray[np.int32]:
    """Points of a wandering line, in eighths of a pixel."""
    steps = int(rng.uniform(18, 60))
    start = (rng.uniform(60, SHAPE[1] - 90), rng.uniform(90, SHAPE[0] - 60))
    turn = rng.normal(0, 0.35) + np.cumsum(rng.normal(0, 0.09, steps))
    line = np.stack([np.cos(turn), np.sin(turn)], axis=-1) * 1.6
    return np.round((np.cumsum(line, axis=0) + start) * 8).astype(np.int32)
