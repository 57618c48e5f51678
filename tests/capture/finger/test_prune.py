"""What is a minutia on thin lines, and what a spur, a bridge, an island or a break explains."""

import numpy as np
import pytest

from capture.finger.prune import BREAK_PX, BRIDGE_PX, ISLAND_PX, SPUR_PX, Candidates, real
from capture.finger.skeleton import Bits
from tests.capture.finger.test_skeleton import drawn


def found(lines: Bits) -> Candidates:
    return real(Candidates.of(lines, inner=np.ones(lines.shape, np.bool_)))


def places(lines: Bits) -> set[tuple[int, int, bool]]:
    """Column, row, and whether it is a fork."""
    left = found(lines)
    return set(zip(left.column.tolist(), left.row.tolist(), left.fork.tolist(), strict=True))


def test_both_ends_of_a_line_point_into_it() -> None:
    ends = found(drawn(((5, 20), (34, 20))))
    assert ends.column.tolist() == [5, 34]
    assert ends.right == pytest.approx([1, -1])
    assert ends.down == pytest.approx([0, 0])


def test_a_fork_points_between_its_nearest_branches() -> None:
    lines = drawn(((2, 30), (30, 30)), ((30, 30), (55, 20)), ((30, 30), (55, 40)), side_px=60)
    left = found(lines)
    fork = np.flatnonzero(left.fork)
    assert len(fork) == 1
    assert left.right[fork[0]] == pytest.approx(1, abs=0.05)
    assert left.down[fork[0]] == pytest.approx(0, abs=0.2)


def test_a_spur_and_its_fork_are_none() -> None:
    spur = drawn(((5, 20), (34, 20)), ((20, 20), (20, 20 + SPUR_PX - 2)))
    assert places(spur) == {(5, 20, False), (34, 20, False)}
    branch = drawn(((5, 20), (34, 20)), ((20, 20), (20, 20 + SPUR_PX + 3)))
    assert {fork for _, _, fork in places(branch)} == {True, False}
    assert len(places(branch)) == 4


def test_a_bridge_between_two_ridges_is_none() -> None:
    def ladder(height: int) -> Bits:
        return drawn(((2, 10), (37, 10)), ((2, 10 + height), (37, 10 + height)), ((20, 10), (20, 10 + height)))

    assert not any(fork for _, _, fork in places(ladder(BRIDGE_PX - 1)))
    assert sum(fork for _, _, fork in places(ladder(BRIDGE_PX + 6))) == 2


def test_an_island_is_none() -> None:
    assert places(drawn(((10, 20), (10 + ISLAND_PX - 1, 20)))) == set()
    assert len(places(drawn(((10, 20), (10 + ISLAND_PX + 2, 20))))) == 2


def test_a_break_is_none() -> None:
    gap = int(BREAK_PX) - 2
    assert places(drawn(((2, 20), (17, 20)), ((17 + gap, 20), (37, 20)))) == {(2, 20, False), (37, 20, False)}
    gap = int(BREAK_PX) + 2
    assert len(places(drawn(((2, 20), (15, 20)), ((15 + gap, 20), (37, 20))))) == 4


def test_ends_side_by_side_are_no_break() -> None:
    assert len(places(drawn(((2, 18), (20, 18)), ((20, 22), (37, 22))))) == 4


def test_a_crossing_of_two_lines_is_none() -> None:
    assert not any(fork for _, _, fork in places(drawn(((2, 20), (37, 20)), ((20, 2), (20, 37)))))


def test_what_is_at_the_rim_is_none() -> None:
    lines = drawn(((5, 20), (34, 20)))
    inner = np.ones(lines.shape, np.bool_)
    inner[:, :10] = False
    assert Candidates.of(lines, inner=inner).column.tolist() == [34]


def test_no_lines_have_none() -> None:
    assert len(found(drawn()).row) == 0
