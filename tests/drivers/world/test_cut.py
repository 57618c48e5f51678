import numpy as np
import pytest

from drivers.world.cut import Cut, draw_cut
from drivers.world.field import places

SHAPE = (200, 240)
CUT = Cut(middle_px=(0.0, 0.0), angle_rad=0.0, bend_per_px=0.0, half_length_px=80.0)


def test_a_cut_takes_the_skin_out_of_reach_on_its_line_only() -> None:
    _, depth = CUT.opened(places(SHAPE), ratio=1, rng=np.random.default_rng(1))
    assert depth[100, 60:180].min() > 2
    assert np.abs(depth[[30, 170]]).max() < 0.01
    assert depth[100, [5, 235]].max() < 0.1


def test_its_edges_are_pulled_apart_along_it() -> None:
    whole = places(SHAPE)
    pulled, _ = CUT.opened(whole, ratio=1, rng=np.random.default_rng(1))
    move = pulled[0] - whole[0]
    assert move[90, 120] == pytest.approx(-move[110, 120], abs=1.5)
    assert abs(move[90, 120]) > 1.5


def test_a_shallow_cut_is_narrower() -> None:
    widths = [
        np.count_nonzero(CUT.opened(places(SHAPE), ratio=ratio, rng=np.random.default_rng(1))[1][:, 120] > 2)
        for ratio in (0.3, 1.0)
    ]
    assert widths[0] < 0.6 * widths[1]


def test_every_finger_would_be_cut_elsewhere() -> None:
    assert draw_cut(np.random.default_rng(1)) != draw_cut(np.random.default_rng(2))
