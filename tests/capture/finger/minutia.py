"""Ridges with one known minutia, made as a wave whose phase turns once around a point."""

import numpy as np
from hypothesis import settings

from capture.finger.minutiae import Kind, Minutiae
from drivers.contract import GreyPixels
from tests.capture.finger.pattern import places

UNTIMED = settings(deadline=None, max_examples=60)
"""For property tests whose single example takes milliseconds, and more on a busy machine."""


def one_minutia(
    kind: Kind, *, turn_deg: float = 0.0, period_px: float = 9.0, shape: tuple[int, int] = (200, 200)
) -> GreyPixels:
    """Parallel ridges with one minutia in the middle, its direction `turn_deg` counter-clockwise from the right."""
    x, y = places(*shape)
    turn = np.deg2rad(turn_deg)
    ahead, aside = x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)
    # Ahead of the middle there is one ridge more than behind it; the offset says whether it ends there or forks off.
    offset = np.pi / 2 if kind is Kind.ENDING else -np.pi / 2
    phase = 2 * np.pi * aside / period_px - np.arctan2(ahead, aside) + offset
    noise = np.random.default_rng(3).normal(0, 4, shape)
    return np.asarray(np.clip(128 - 90 * np.cos(phase) + noise, 0, 255), dtype=np.uint8)


def off_rad(angle: float, other: float) -> float:
    """How far two directions are apart."""
    return float(abs((angle - other + np.pi) % (2 * np.pi) - np.pi))


def moved(minutiae: Minutiae, *, turn_deg: float = 0.0, shift_px: tuple[float, float] = (0.0, 0.0)) -> Minutiae:
    """The minutiae after the finger was turned counter-clockwise about (160, 240) and then shifted."""
    turn = np.deg2rad(turn_deg)
    x, y = minutiae.x_px - 160, minutiae.y_px - 240
    return Minutiae(
        x_px=x * np.cos(turn) + y * np.sin(turn) + 160 + shift_px[0],
        y_px=y * np.cos(turn) - x * np.sin(turn) + 240 + shift_px[1],
        angle_rad=(minutiae.angle_rad + turn) % (2 * np.pi),
        kind=minutiae.kind,
        quality=minutiae.quality,
    )


def some_minutiae(count: int, *, seed: int = 0) -> Minutiae:
    """Minutiae of no finger, spread over a print of 320 x 480."""
    rng = np.random.default_rng(seed)
    return Minutiae(
        x_px=rng.uniform(30, 290, count),
        y_px=rng.uniform(30, 450, count),
        angle_rad=rng.uniform(0, 2 * np.pi, count),
        kind=rng.integers(1, 3, count).astype(np.uint8),
        quality=rng.integers(50, 101, count).astype(np.uint8),
    )
