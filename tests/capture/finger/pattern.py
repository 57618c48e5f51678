"""Pictures for the tests: simple ridge patterns made here, and NFIQ 2's five example prints where there are any."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.contract import Frame, GreyPixels

DATA = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "nfiq2"
NAMES = [f"SFinGe_Test0{number}" for number in range(1, 6)]
TABLE = DATA / "conformance_expected_output-v2.3.0.csv"

needs_examples = pytest.mark.skipif(
    not DATA.is_dir(), reason="NFIQ 2's published examples are not beside the repository"
)


def example(name: str) -> GreyPixels:
    """One of the five prints, shape (560, 416)."""
    return np.asarray(cv2.imread(str(DATA / f"{name}.pgm"), cv2.IMREAD_GRAYSCALE), dtype=np.uint8)


def expected(name: str) -> dict[str, float]:
    """What NFIQ 2.3 says about it, by its own identifiers."""
    lines = (DATA / f"{name}_output.txt").read_text().splitlines()
    found = [re.search(r"(\w+): ([-\d.e+]+)$", line) for line in lines]
    return {match[1]: float(match[2]) for match in found if match}


def places(height_px: int, width_px: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Each pixel's distance from the middle, to the right and down."""
    rows, columns = np.indices((height_px, width_px), dtype=np.float64)
    return columns - width_px / 2 + 0.5, rows - height_px / 2 + 0.5


def finger(
    height_px: int = 480,
    width_px: int = 320,
    *,
    middle_px: tuple[float, float] = (0.0, 0.0),
    half_axes_px: tuple[float, float] = (110.0, 170.0),
    period_px: float = 9.0,
    depth: float = 1.0,
) -> GreyPixels:
    """Round ridges within an oval on a bare plate, with a sensor's noise; the middle is given from the picture's."""
    x, y = places(height_px, width_px)
    x, y = x - middle_px[0], y - middle_px[1]
    inside = (x / half_axes_px[0]) ** 2 + (y / half_axes_px[1]) ** 2 < 1
    ridges = 140 + 100 * np.sin(2 * np.pi * np.hypot(x, y * 0.8 + 30) / period_px)
    picture = np.where(inside, 250 - depth * (250 - ridges), 250)
    noise = np.random.default_rng(5).normal(0, 1.5, picture.shape)
    return np.asarray(np.clip(picture + noise, 0, 255), dtype=np.uint8)


def stripes(height_px: int, width_px: int, *, period_px: float, turn_deg: float = 0.0) -> GreyPixels:
    """Straight ridges everywhere; at 0 degrees they run down the picture."""
    x, y = places(height_px, width_px)
    turn = np.deg2rad(turn_deg)
    wave = np.sin(2 * np.pi * (x * np.cos(turn) + y * np.sin(turn)) / period_px)
    return np.asarray(np.round(127 + 100 * wave), dtype=np.uint8)


def frame(pixels: GreyPixels, *, ppi: float | None = 500.0) -> Frame:
    """As a sensor gives it."""
    return Frame(pixels=pixels, taken_ns=7, ppi=ppi)
