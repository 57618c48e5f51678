"""Twelve numbers of a block measure."""

import numpy as np

from capture.finger.histogram import spread

LIMITS = tuple(range(1, 10))


def test_a_value_at_a_limit_belongs_above_it() -> None:
    found = spread("X", np.array([0.5, 1.0, 1.5, 9.0, 1e9]), limits=LIMITS)
    assert [found[f"X_Bin10_{place}"] for place in range(10)] == [1, 2, 0, 0, 0, 0, 0, 0, 0, 2]


def test_mean_and_population_deviation() -> None:
    found = spread("X", np.array([1.0, 3.0]), limits=LIMITS)
    assert (found["X_Bin10_Mean"], found["X_Bin10_StdDev"]) == (2.0, 1.0)
