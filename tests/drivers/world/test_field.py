import numpy as np
import pytest

from drivers.world.field import blurred, enlarged, logistic, places, sampled


def test_places_are_measured_from_the_middle() -> None:
    x, y = places((4, 6))
    assert x[0].tolist() == [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5]
    assert y[:, 0].tolist() == [-1.5, -0.5, 0.5, 1.5]


def test_a_coarse_place_is_the_middle_of_its_fine_ones() -> None:
    fine, _ = places((8, 12))
    coarse, _ = places((2, 3), step_px=4)
    assert coarse[0] == pytest.approx(fine[0].reshape(3, 4).mean(axis=1))


def test_a_field_sampled_at_its_own_places_is_itself() -> None:
    field = np.random.default_rng(1).standard_normal((9, 7), dtype=np.float32)
    assert sampled(field, places((9, 7))) == pytest.approx(field, abs=1e-6)
    assert sampled(field, places((9, 7)), sharp=True) == pytest.approx(field, abs=1e-6)


def test_a_slope_stays_a_slope_when_enlarged() -> None:
    x, _ = places((20, 20), step_px=4)
    fine, _ = places((80, 80))
    assert enlarged(x, (80, 80))[:, 8:-8] == pytest.approx(fine[:, 8:-8], abs=0.2)


def test_blurring_keeps_the_mean() -> None:
    field = np.zeros((41, 41), np.float32)
    field[20, 20] = 100
    assert blurred(field, sigma_px=2).sum() == pytest.approx(100, rel=1e-3)


def test_logistic_bears_any_number() -> None:
    ends = logistic(np.array([[-1e9, 0, 1e9]], np.float32))
    assert ends.tolist() == [[0, 0.5, 1]]
