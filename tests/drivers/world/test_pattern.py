from collections import Counter

import numpy as np
import pytest

from drivers.contract import Finger
from drivers.world.pattern import Pattern, SingularPoints, draw_pattern, draw_singular_points


def _drawn(finger: Finger, count: int = 2000) -> Counter[Pattern]:
    rng = np.random.default_rng(11)
    return Counter(draw_pattern(finger, rng) for _ in range(count))


def test_loops_open_to_the_little_finger_on_either_hand() -> None:
    right, left = _drawn(Finger.RIGHT_LITTLE), _drawn(Finger.LEFT_LITTLE)
    assert right[Pattern.RIGHT_LOOP] > 1600
    assert right[Pattern.LEFT_LOOP] < 40
    assert left[Pattern.LEFT_LOOP] > 1600
    assert left[Pattern.RIGHT_LOOP] < 40


def test_index_fingers_are_the_most_varied() -> None:
    index, little = _drawn(Finger.RIGHT_INDEX), _drawn(Finger.RIGHT_LITTLE)
    assert set(index) == set(Pattern)
    assert index.most_common(1)[0][1] < 0.45 * 2000 < little.most_common(1)[0][1]


def test_whorls_are_commoner_on_the_ring_finger_than_on_the_middle_one() -> None:
    assert _drawn(Finger.RIGHT_RING)[Pattern.WHORL] > 2 * _drawn(Finger.RIGHT_MIDDLE)[Pattern.WHORL]


@pytest.mark.parametrize(
    ("pattern", "pairs"),
    [
        (Pattern.ARCH, 0),
        (Pattern.TENTED_ARCH, 1),
        (Pattern.LEFT_LOOP, 1),
        (Pattern.RIGHT_LOOP, 1),
        (Pattern.WHORL, 2),
    ],
)
def test_each_pattern_has_its_singular_points(pattern: Pattern, pairs: int) -> None:
    points = draw_singular_points(pattern, np.random.default_rng(5))
    assert (len(points.cores), len(points.deltas)) == (pairs, pairs)
    assert all(delta.imag < core.imag for delta in points.deltas for core in points.cores[:1])


def test_a_loop_opens_away_from_its_delta() -> None:
    right = draw_singular_points(Pattern.RIGHT_LOOP, np.random.default_rng(5))
    left = draw_singular_points(Pattern.LEFT_LOOP, np.random.default_rng(5))
    assert right.deltas[0].real < right.cores[0].real
    assert left.deltas[0].real > left.cores[0].real


def test_without_takes_one_core_away() -> None:
    points = SingularPoints((1 + 9j, 2 - 5j), (-50 - 40j, 60 - 40j))
    assert points.without(1 + 9j) == SingularPoints((2 - 5j,), points.deltas)


def test_mirrored_twice_is_the_same_pattern() -> None:
    assert {pattern.mirrored.mirrored for pattern in Pattern} == set(Pattern)
    assert Pattern.LEFT_LOOP.mirrored is Pattern.RIGHT_LOOP
    assert Pattern.WHORL.mirrored is Pattern.WHORL
