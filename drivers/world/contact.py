"""Where the skin meets the plate: which place lies where, how far inside the rim, and how moist."""

from dataclasses import dataclass
from math import cos, radians, sin, tau

import numpy as np

from drivers.world.field import Field, Places, Shape, enlarged, logistic, places
from drivers.world.noise import smooth
from drivers.world.press import Press
from drivers.world.skin import Skin

PLATE: Shape = (480, 320)
"""Height and width of the plate in pixels at 500 ppi."""

STEP_PX = 4
"""What is smooth in a contact is given at every fourth pixel only."""

COARSE: Shape = (PLATE[0] // STEP_PX, PLATE[1] // STEP_PX)
"""Height and width of a contact's smooth fields."""

_STRETCH_PX = 2.4


@dataclass(frozen=True, slots=True)
class Contact:
    """One meeting of skin and plate. All fields cover the whole plate."""

    skin_px: Places
    """Which place of the skin lies here, from the pad's middle; shape (480, 320)."""
    margin_px: Field
    """How far inside the rim of the contact this is, negative outside; shape (120, 80)."""
    sweat_ratio: Field
    """Where what sweat there is collects, 0 to 1; shape (120, 80)."""


def meet(skin: Skin, press: Press, *, rng: np.random.Generator) -> Contact:
    """The contact that a press makes."""
    stretch = _stretch(rng), _stretch(rng)
    where = _placed(press, places(COARSE, step_px=STEP_PX), stretch=stretch)
    margin = _inside_px(where, half_axes_px=_half_axes_px(skin, press), rng=rng)
    if press.missing_ratio > 0:
        margin = np.minimum(margin, _touching_px(where, skin=skin, press=press, rng=rng))
    margin += 1.6 * smooth(rng, COARSE, scale_px=44 / STEP_PX) + 2.0 * smooth(rng, COARSE, scale_px=13 / STEP_PX)
    sweat = logistic(1.5 * smooth(rng, COARSE, scale_px=60 / STEP_PX))
    skin_px = _placed(press, places(PLATE), stretch=(enlarged(stretch[0], PLATE), enlarged(stretch[1], PLATE)))
    return Contact(skin_px=skin_px, margin_px=margin, sweat_ratio=sweat)


def _half_axes_px(skin: Skin, press: Press) -> tuple[float, float]:
    size = 1 + 0.24 * press.force_ratio
    return skin.pad_px[0] * size, skin.pad_px[1] * size


def _stretch(rng: np.random.Generator) -> Field:
    """How far the skin is dragged along one axis, differently each time."""
    return _STRETCH_PX * smooth(rng, COARSE, scale_px=130 / STEP_PX)


def _placed(press: Press, where: Places, *, stretch: Places) -> Places:
    """Which place of the skin lies at places of the plate: turned, shifted, flattened by the pressure, stretched."""
    along, aside = cos(radians(press.rotation_deg)), sin(radians(press.rotation_deg))
    flattened = 1 - 0.06 * press.force_ratio
    x, y = (where[0] - press.shift_px[0]) * flattened, (where[1] - press.shift_px[1]) * flattened
    return along * x + aside * y + stretch[0], along * y - aside * x + stretch[1]


def _inside_px(where: Places, *, half_axes_px: tuple[float, float], rng: np.random.Generator) -> Field:
    """Distance to the rim, seen from the middle: an oval, round at the tip, squarer and a little wider at the base."""
    x, y = where
    lean_x, lean_y = rng.normal(0, 0.03, 2).tolist()
    down = y / half_axes_px[1] - lean_y
    across = (x / half_axes_px[0] - lean_x) / (1 + 0.05 * np.clip(down, -1, 1))
    power = np.where(down < 0, np.float32(2.1), np.float32(2.9))
    share = (np.abs(across) ** power + np.abs(down) ** power) ** (1 / power)
    # Near the middle the share is too small to divide by, and any large distance will do.
    to_rim = np.where(share > 0.2, np.hypot(x, y) / np.maximum(share, 0.2), half_axes_px[0])
    return np.asarray((1 - share) * to_rim, dtype=np.float32)


def _touching_px(where: Places, *, skin: Skin, press: Press, rng: np.random.Generator) -> Field:
    """About the distance to the lifted part of the pad, which begins beyond a line across it, on a drawn side."""
    side, (half_width, half_height) = rng.uniform(0, tau), skin.pad_px
    along = cos(side) * where[0] / half_width + sin(side) * where[1] / half_height
    uneven = 0.035 * smooth(rng, COARSE, scale_px=50 / STEP_PX)
    return np.asarray((0.6 * (1 - 2.1 * press.missing_ratio - along) + uneven) * half_width, dtype=np.float32)
