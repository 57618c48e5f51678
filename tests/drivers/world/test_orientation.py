import numpy as np
import pytest

from drivers.world.orientation import Angles, flow
from drivers.world.pattern import Pattern, SingularPoints, draw_singular_points

SHAPE = (512, 352)


def _flow(pattern: Pattern, seed: int = 3) -> tuple[SingularPoints, Angles]:
    rng = np.random.default_rng(seed)
    points = draw_singular_points(pattern, rng)
    return points, flow(points, SHAPE, rng=rng)


def _turns_around(angle: Angles, point: complex) -> float:
    """By how many turns the flow rotates on a small circle around a point, counter-clockwise."""
    around = point + 7 * np.exp(1j * np.linspace(0, 2 * np.pi, 80, endpoint=False))
    columns, rows = np.rint(around.real + SHAPE[1] / 2), np.rint(SHAPE[0] / 2 - around.imag)
    return _turns(angle[rows.astype(int), columns.astype(int)])


def _turns(seen: Angles) -> float:
    steps = np.diff(np.append(seen, seen[0]))
    return float(((steps + np.pi / 2) % np.pi - np.pi / 2).sum() / (2 * np.pi))


@pytest.mark.parametrize("pattern", [Pattern.LEFT_LOOP, Pattern.RIGHT_LOOP, Pattern.WHORL, Pattern.TENTED_ARCH])
def test_the_flow_turns_half_around_each_singular_point(pattern: Pattern) -> None:
    points, angle = _flow(pattern)
    assert [_turns_around(angle, core) for core in points.cores] == pytest.approx([0.5] * len(points.cores))
    assert [_turns_around(angle, delta) for delta in points.deltas] == pytest.approx([-0.5] * len(points.deltas))


@pytest.mark.parametrize("pattern", list(Pattern))
def test_there_are_no_singular_points_but_those_asked_for(pattern: Pattern) -> None:
    _, angle = _flow(pattern)
    border = np.concatenate([angle[-1, :-1], angle[:0:-1, -1], angle[0, :0:-1], angle[:-1, 0]])
    assert _turns(border) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("pattern", list(Pattern))
def test_ridges_arch_over_the_tip_and_are_level_at_the_base(pattern: Pattern) -> None:
    _, angle = _flow(pattern)
    left_top, top, right_top = angle[60, [60, 176, 292]]
    base = angle[500, 176]
    assert np.tan(left_top) > 0.3
    assert np.tan(right_top) < -0.3
    assert abs(np.sin(top)) < 0.35
    assert abs(np.sin(base)) < 0.35


def test_no_seam_but_at_singular_points() -> None:
    points, angle = _flow(Pattern.WHORL)
    doubled = np.exp(2j * angle)
    jump = np.maximum(np.abs(np.diff(doubled, axis=0))[:, :-1], np.abs(np.diff(doubled, axis=1))[:-1])
    rows, columns = np.nonzero(jump > 0.35)
    places = (columns - SHAPE[1] / 2) + 1j * (SHAPE[0] / 2 - rows)
    nearest = np.min([np.abs(places - point) for point in (*points.cores, *points.deltas)], axis=0)
    assert nearest.max() < 12


def test_a_core_opens_away_from_the_tip() -> None:
    points, angle = _flow(Pattern.RIGHT_LOOP)
    below = points.cores[0] + 12 * np.exp(1j * np.deg2rad(-60))
    seen = angle[round(SHAPE[0] / 2 - below.imag), round(below.real + SHAPE[1] / 2)]
    assert abs(np.sin(seen - np.deg2rad(-60))) < 0.5


def test_the_same_draw_is_the_same_flow() -> None:
    assert np.array_equal(_flow(Pattern.ARCH)[1], _flow(Pattern.ARCH)[1])
    assert not np.array_equal(_flow(Pattern.ARCH)[1], _flow(Pattern.ARCH, seed=4)[1])
