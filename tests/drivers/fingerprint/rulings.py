"""Pictures of a ruling, as a sensor of a known geometry takes them."""

import numpy as np

from drivers.contract import GreyPixels

WIDTH_PX, HEIGHT_PX = 384, 290


def ruled(
    angle_deg: float, *, ppi: tuple[float, float], trapezium: float = 0.0, seed: int = 0, period_mm: float = 1.0
) -> GreyPixels:
    """One picture: square bars, uneven light, noise.

    :param angle_deg: 0 is upright bars, 90 bars across.
    :param trapezium: how much larger the scale along a row is at the bottom than at the top.
    """
    rng = np.random.default_rng([7, seed])
    y, x = np.mgrid[:HEIGHT_PX, :WIDTH_PX].astype(float)
    wide = 1 + trapezium * (y / HEIGHT_PX - 0.5)
    x_mm = (x - WIDTH_PX / 2) / wide * 25.4 / ppi[0]
    y_mm = (y - HEIGHT_PX / 2) * 25.4 / ppi[1]
    turn = np.radians(angle_deg)
    waves = np.sin(2 * np.pi * ((x_mm * np.cos(turn) + y_mm * np.sin(turn)) / period_mm + rng.random()))
    # the optics blur the bars' edges over a pixel or so
    bars = 130 + 80 * np.tanh(4 * waves) + 30 * (x / WIDTH_PX - 0.5) + rng.normal(0, 5, x.shape)
    return np.asarray(np.clip(bars, 0, 255), dtype=np.uint8)


def rulings(*, ppi: tuple[float, float], trapezium: float = 0.0, turn_deg: float = 4.0) -> list[GreyPixels]:
    """Five of each direction, each laid a little differently."""
    turns = np.linspace(-turn_deg, turn_deg, 5)
    angles = [*turns, *(90 + turns)]
    return [ruled(float(angle), ppi=ppi, trapezium=trapezium, seed=number) for number, angle in enumerate(angles)]
