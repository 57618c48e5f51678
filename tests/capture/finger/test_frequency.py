"""How much of a square's ridge signal is one frequency."""

import numpy as np
import pytest

from capture.finger.frequency import frequency_dominance


def level_window(signal: np.ndarray) -> np.ndarray:
    return np.repeat(np.round(signal)[None, :, None], 16, axis=2).astype(np.uint8)


def test_a_pure_wave_is_all_one_frequency() -> None:
    rows = np.arange(32)
    assert frequency_dominance(level_window(127 + 100 * np.sin(2 * np.pi * rows / 8))) == pytest.approx([1.0], abs=0.02)


def test_noise_is_no_frequency() -> None:
    noise = np.random.default_rng(6).integers(0, 256, (50, 32, 16)).astype(np.uint8)
    assert np.median(frequency_dominance(noise)) < 0.45


def test_a_slope_has_only_the_lowest_frequency_and_says_exactly_1() -> None:
    assert frequency_dominance(level_window(np.linspace(0, 255, 32))) == [1.0]


def test_a_flat_window_says_1_and_does_not_divide_by_nothing() -> None:
    assert frequency_dominance(np.full((1, 32, 16), 9, np.uint8)) == [1.0]


def test_the_highest_frequency_has_a_right_neighbour() -> None:
    assert np.isfinite(frequency_dominance(level_window(127 + 100.0 * (-1) ** np.arange(32)))).all()
