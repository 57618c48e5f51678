"""The picture that a live-scan sensor makes of a press: 0 is ridge, 255 is bare plate, the tip at row 0."""

import numpy as np

from drivers.contract import GreyPixels
from drivers.world.contact import COARSE, PLATE, STEP_PX, Contact, meet
from drivers.world.field import Field, blurred, enlarged, logistic, sampled
from drivers.world.noise import grainy, smooth
from drivers.world.plate import bare_plate, draw_dirt
from drivers.world.press import Press
from drivers.world.skin import Skin

_RIDGE_LEVEL = 52.0
_VALLEY_LEVELS = 16.0
_LENS_PX = 0.55
_SENSOR_LEVELS = 1.8
_RIM_PX = 9.0
_EDGE_RATIO = 0.24


def imprint(skin: Skin, press: Press, *, rng: np.random.Generator) -> GreyPixels:
    """The frame that the press gives, shape (480, 320)."""
    contact = meet(skin, press, rng=rng)
    above = _heights(skin, press, contact=contact, rng=rng) - _threshold(press, contact, rng=rng)
    ink = logistic(np.asarray(above / _EDGE_RATIO, dtype=np.float32))
    furrow = _plate(skin, press, rng=rng) - _veil(press, contact, rng=rng)
    picture = np.asarray(furrow + (_ridge_level(press, rng) - furrow) * ink, dtype=np.float32)
    return _exposed(picture, rng=rng, haze_px=0.25 * press.wetness_ratio)


def untouched(skin: Skin, press: Press, *, rng: np.random.Generator) -> GreyPixels:
    """The frame without a finger, shape (480, 320): the plate with the press's dirt on it."""
    return _exposed(_plate(skin, press, rng=rng), rng=rng, haze_px=0.0)


def _exposed(picture: Field, *, rng: np.random.Generator, haze_px: float) -> GreyPixels:
    """The picture through lens and sensor."""
    sharp = blurred(picture, sigma_px=_LENS_PX + haze_px)
    noisy = sharp + _SENSOR_LEVELS * rng.standard_normal(PLATE, dtype=np.float32)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def _plate(skin: Skin, press: Press, *, rng: np.random.Generator) -> Field:
    """Grey levels of the plate; the residue on a dirty one is this person's own."""
    if press.dirt_ratio == 0:
        return bare_plate()
    return bare_plate() - draw_dirt(skin.relief, ratio=press.dirt_ratio, rng=rng)


def _heights(skin: Skin, press: Press, *, contact: Contact, rng: np.random.Generator) -> Field:
    """How high the skin stands over each pixel of the plate; pores fill with sweat and close under pressure."""
    where, gap = contact.skin_px, np.zeros((), np.float32)
    if press.injury_ratio > 0:
        where, gap = skin.cut.opened(where, ratio=press.injury_ratio, rng=rng)
    heights = sampled(skin.relief, where, sharp=True) - gap
    open_ratio = (1 - press.wetness_ratio) * (1 - max(0.0, press.force_ratio))
    heights -= 1.15 * open_ratio * sampled(skin.pores, where)
    heights += (0.15 + 0.39 * press.dryness_ratio) * grainy(rng, PLATE, sigma_px=0.8)
    if press.dryness_ratio > 0:
        heights += 0.3 * press.dryness_ratio * smooth(rng, PLATE, scale_px=5)
    return heights


def _threshold(press: Press, contact: Contact, *, rng: np.random.Generator) -> Field:
    """How high skin must stand to touch: less under force or sweat, more towards the rim, nowhere beyond it."""
    middle = -0.03 - 1.1 * press.force_ratio + 0.28 * press.dryness_ratio
    rim = 1.15 * np.exp(-np.clip(contact.margin_px, -20, 99) / _RIM_PX)
    sweat = 0.75 * press.wetness_ratio * contact.sweat_ratio
    return enlarged(middle + rim - sweat + 0.13 * smooth(rng, COARSE, scale_px=65 / STEP_PX), PLATE)


def _veil(press: Press, contact: Contact, *, rng: np.random.Generator) -> Field:
    """Grey levels that furrows lose within the rim: light that ridges scatter, and sweat that lies in them."""
    inside = np.asarray((contact.margin_px - 2) / 7, dtype=np.float32)
    scattered = _VALLEY_LEVELS + 5 * smooth(rng, COARSE, scale_px=40 / STEP_PX)
    return enlarged(logistic(inside) * (scattered + 26 * press.wetness_ratio * contact.sweat_ratio), PLATE)


def _ridge_level(press: Press, rng: np.random.Generator) -> Field:
    """Grey level of full contact: paler where dry or hardly pressed."""
    paler = 34 * press.dryness_ratio - 18 * press.wetness_ratio + 52 * max(0.0, -press.force_ratio)
    return enlarged(_RIDGE_LEVEL + paler + 7 * smooth(rng, COARSE, scale_px=28 / STEP_PX), PLATE)
