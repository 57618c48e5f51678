"""How smoothly the direction changes."""

import numpy as np
import pytest

from capture.finger.flow import orientation_flow
from capture.finger.grid import InnerGrid


def grid(normal_rad: np.ndarray) -> InnerGrid:
    return InnerGrid(normal_rad=normal_rad, solid=np.ones(normal_rad.shape, bool))


def test_a_steady_direction_is_no_change_worth_counting() -> None:
    assert len(orientation_flow(grid(np.full((5, 5), 0.3)))) == 0


def test_a_turn_is_measured_between_4_and_90_degrees() -> None:
    direction = np.zeros((3, 3))
    direction[1, 1] = np.deg2rad(47)
    assert orientation_flow(grid(direction)) == pytest.approx([(47 - 4) / 86])


def test_only_squares_among_solid_ones_count() -> None:
    direction = np.random.default_rng(7).uniform(-1.5, 1.5, (5, 5))
    whole = grid(direction)
    holed = InnerGrid(normal_rad=direction, solid=np.ones((5, 5), bool))
    holed.solid[0, 0] = False
    assert len(orientation_flow(whole)) == 9
    assert len(orientation_flow(holed)) == 8


def test_half_a_turn_more_is_the_same_difference() -> None:
    direction = np.zeros((3, 3))
    direction[1, 1] = np.deg2rad(340)
    assert orientation_flow(grid(direction)) == pytest.approx([(20 - 4) / 86])
