import numpy as np
import pytest

from drivers.contract import Finger
from drivers.world.contact import COARSE, PLATE, STEP_PX, Contact, meet
from drivers.world.press import Press
from tests.drivers.world.fingers import world_finger


def _meet(press: Press) -> Contact:
    return meet(world_finger(1, Finger.RIGHT_INDEX).skin, press, rng=np.random.default_rng(7))


def _area_px(contact: Contact) -> int:
    return int(np.count_nonzero(contact.margin_px > 0)) * STEP_PX**2


def test_the_middle_touches_and_the_corners_do_not() -> None:
    contact = _meet(Press())
    middle = contact.margin_px[COARSE[0] // 2, COARSE[1] // 2]
    corners = contact.margin_px[[0, 0, -1, -1], [0, -1, 0, -1]]
    assert middle > 60
    assert corners.max() < -20


def test_pressing_harder_touches_more() -> None:
    light, right, heavy = (_area_px(_meet(Press(pressure_ratio=ratio))) for ratio in (0, 0.5, 1))
    assert light < 0.9 * right < right < 0.9 * heavy


@pytest.mark.parametrize("missing", [0.25, 0.5, 0.75])
def test_a_part_of_the_pad_may_be_missing(missing: float) -> None:
    share = _area_px(_meet(Press(missing_ratio=missing))) / _area_px(_meet(Press()))
    assert share == pytest.approx(1 - missing, abs=0.12)


def test_nothing_touches_when_all_is_missing() -> None:
    assert _area_px(_meet(Press(missing_ratio=1))) < 0.02 * _area_px(_meet(Press()))


def test_a_shift_moves_the_skin_with_the_finger() -> None:
    still, moved = _meet(Press()), _meet(Press(shift_px=(20, -12)))
    assert (still.skin_px[0] - moved.skin_px[0]).mean() == pytest.approx(20, abs=0.5)
    assert (still.skin_px[1] - moved.skin_px[1]).mean() == pytest.approx(-12, abs=0.5)


def test_a_turn_is_clockwise() -> None:
    contact = _meet(Press(rotation_deg=90))
    right_of_middle = (PLATE[0] // 2, PLATE[1] - 1)
    assert contact.skin_px[1][right_of_middle] < -140
