"""A cut across the pad: the place is the finger's own, the depth is the press's."""

from dataclasses import dataclass
from math import cos, sin

import numpy as np

from drivers.world.field import Field, Places, logistic
from drivers.world.noise import smooth

_HALF_WIDTH_PX = 5.0
_PULL_PX = 5.0
_PULL_REACH_PX = 16.0


@dataclass(frozen=True, slots=True)
class Cut:
    """A bent line on the skin."""

    middle_px: tuple[float, float]
    """Place of its middle on the skin, to the right of and below the pad's middle."""
    angle_rad: float
    """Its direction, clockwise from the row."""
    bend_per_px: float
    """How much it is bent."""
    half_length_px: float
    """From its middle to its end."""

    def opened(self, where: Places, *, ratio: float, rng: np.random.Generator) -> tuple[Places, Field]:
        """The skin when the cut is open.

        :param where: which place of the whole skin lies at each pixel.
        :param ratio: 0 is whole skin, 1 a deep cut.
        :returns: which place lies there now, as the edges are pulled along, and how far the skin is out of reach.
        """
        along, off = self._seen_from(where)
        off += 0.8 * smooth(rng, off.shape, scale_px=11) + 0.5 * smooth(rng, off.shape, scale_px=4)
        taper = np.sqrt(np.clip(1 - (along / self.half_length_px) ** 2, 0, None))
        beyond = np.abs(off) - _HALF_WIDTH_PX * ratio * taper
        pull = _PULL_PX * ratio * taper * np.sign(off) * np.exp(-np.abs(off) / _PULL_REACH_PX)
        gap = 4 * logistic(-beyond / 0.6) * (taper > 0)
        swelling = 0.35 * taper * np.exp(-(((beyond - 4) / 3) ** 2))
        pulled = where[0] + pull * cos(self.angle_rad), where[1] + pull * sin(self.angle_rad)
        return pulled, gap - swelling

    def _seen_from(self, where: Places) -> tuple[Field, Field]:
        """How far along the cut each place lies, and how far beside it."""
        x, y = where[0] - self.middle_px[0], where[1] - self.middle_px[1]
        along = cos(self.angle_rad) * x + sin(self.angle_rad) * y
        off = cos(self.angle_rad) * y - sin(self.angle_rad) * x - self.bend_per_px * along**2
        return along, np.asarray(off, dtype=np.float32)


def draw_cut(rng: np.random.Generator) -> Cut:
    """A cut somewhere across the middle of the pad."""
    return Cut(
        middle_px=(float(rng.normal(0, 22)), float(rng.normal(-10, 40))),
        angle_rad=rng.uniform(-0.9, 0.9),
        bend_per_px=float(rng.normal(0, 0.0014)),
        half_length_px=rng.uniform(65, 110),
    )
