import numpy as np
import pytest

from drivers.world.field import Field
from drivers.world.ridges import OrientedFilter, grow

SHAPE = (128, 128)


def _waves(angle_deg: float, period_px: float) -> Field:
    """Straight ridges in one direction, counter-clockwise from the row."""
    rows, columns = np.indices(SHAPE, dtype=np.float32)
    across = columns * np.sin(np.deg2rad(angle_deg)) + rows * np.cos(np.deg2rad(angle_deg))
    return np.asarray(np.cos(2 * np.pi * across / period_px), dtype=np.float32)


def _filter(angle_deg: float, period_px: float) -> OrientedFilter:
    angle = np.full(SHAPE, np.deg2rad(angle_deg), np.float32)
    return OrientedFilter.of(angle, np.full(SHAPE, period_px, np.float32))


def _passed(waves: Field, oriented: OrientedFilter) -> float:
    middle = (slice(40, 88), slice(40, 88))
    return float(oriented(waves)[middle].std() / waves[middle].std())


@pytest.mark.parametrize("angle_deg", [0, 33, 90, 141])
def test_the_filter_keeps_its_own_ridges_and_nothing_else(angle_deg: float) -> None:
    oriented = _filter(angle_deg, 9)
    own = _passed(_waves(angle_deg, 9), oriented)
    assert _passed(_waves(angle_deg + 90, 9), oriented) < 0.05 * own
    assert _passed(_waves(angle_deg + 40, 9), oriented) < 0.25 * own
    assert _passed(_waves(angle_deg, 27), oriented) < 0.4 * own
    assert _passed(_waves(angle_deg, 4.5), oriented) < 0.4 * own


def test_the_filter_knows_no_preferred_direction() -> None:
    passed = [_passed(_waves(angle, 9), _filter(angle, 9)) for angle in range(0, 180, 15)]
    assert max(passed) < 1.1 * min(passed)


def test_ridges_grow_along_the_flow_at_the_period() -> None:
    angle = np.full(SHAPE, np.deg2rad(30), np.float32)
    grown = grow(angle, np.full(SHAPE, 9.0, np.float32), rng=np.random.default_rng(1))
    spectrum = np.abs(np.fft.fft2(grown - grown.mean()))
    row, column = np.unravel_index(int(spectrum.argmax()), spectrum.shape)
    waves_down, waves_right = np.fft.fftfreq(SHAPE[0])[row], np.fft.fftfreq(SHAPE[1])[column]
    assert np.hypot(waves_down, waves_right) == pytest.approx(1 / 9, rel=0.1)
    assert np.rad2deg(np.arctan(waves_right / waves_down)) == pytest.approx(30, abs=5)


def test_ridges_are_as_wide_as_furrows_and_all_as_high() -> None:
    angle = np.zeros(SHAPE, np.float32)
    grown = grow(angle, np.full(SHAPE, 9.0, np.float32), rng=np.random.default_rng(2))
    assert (grown > 0).mean() == pytest.approx(0.5, abs=0.05)
    crests = grown.reshape(16, 8, 8, 16).max(axis=(1, 3))
    assert np.quantile(crests, 0.05) > 0.75
