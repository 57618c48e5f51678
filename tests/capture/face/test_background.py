"""The background: plain, lit from one side, or full of things."""

import numpy as np
import pytest

from capture.face.background import Background, BackgroundCheck, _measured
from capture.face.geometry import Head, head_of
from capture.face.networks import NetworkReader
from capture.face.points import Points
from drivers.contract import RgbPixels
from tests.capture.face.phantom import phantom
from tests.capture.face.pictures import plain


@pytest.fixture(scope="module")
def check(networks: NetworkReader) -> BackgroundCheck:
    return networks.background


@pytest.fixture
def head(close_up_points: Points) -> Head:
    return head_of(close_up_points)


def _of(check: BackgroundCheck, picture: RgbPixels, head: Head) -> tuple[float, float]:
    background = check.of(picture, head)
    assert background.spread is not None
    assert background.balance is not None
    return background.spread, background.balance


def _portrait(close_up: RgbPixels) -> RgbPixels:
    return close_up[:1000, 200:1250]


def test_the_grey_wall_is_plain(check: BackgroundCheck, close_up: RgbPixels, head: Head) -> None:
    spread, balance = _of(check, _portrait(close_up)[:, 200:900], head)
    assert spread < 20
    assert balance < 20


def test_the_flag_is_not(check: BackgroundCheck, close_up: RgbPixels, head: Head) -> None:
    assert _of(check, close_up[:1000, :1250], head)[0] > 30


def test_a_wall_that_is_darker_on_one_side_is_seen(check: BackgroundCheck, close_up: RgbPixels, head: Head) -> None:
    portrait = _portrait(close_up)[:, 200:900]
    light = np.linspace(0.6, 1.0, portrait.shape[1])[None, :, None]
    assert _of(check, (portrait * light).astype(np.uint8), head)[1] > 30


def test_without_background_nothing_is_assessed(check: BackgroundCheck) -> None:
    """The mouth is at the picture's top: what is left are shoulders."""
    head = head_of(phantom(134.0, eyes_px=(240.0, -140.0)))
    assert check.of(plain(640, 480), head) == Background(None, None)


def test_with_background_on_one_side_only_there_is_no_balance() -> None:
    empty = np.zeros((256, 256), np.bool_)
    empty[:100, :100] = True
    assert _measured(np.full((256, 256), 90, np.uint8), empty) == Background(spread=0.0, balance=None, shadow=0.0)


def test_a_dark_part_is_a_shadow_wherever_it_lies_and_a_speck_is_none() -> None:
    empty = np.ones((256, 256), np.bool_)
    for part in (np.s_[:60, :80], np.s_[100:160, 190:], np.s_[:30, 60:200]):
        wall = np.full((256, 256), 200, np.uint8)
        wall[part] = 150
        assert _measured(wall, empty).shadow == pytest.approx(50, abs=1)
    speckled = np.full((256, 256), 200, np.uint8)
    speckled[::8, ::8] = 100
    assert (_measured(speckled, empty).shadow or 0) < 15


def test_nobody_is_where_the_wall_is(check: BackgroundCheck, close_up: RgbPixels, close_up_points: Points) -> None:
    free = check.nobody(close_up)
    assert free.shape == close_up.shape[:2]
    assert free[100:300, 300:450].mean() > 0.95
    x, y = close_up_points[:, :2].mean(axis=0).astype(int)
    assert not free[y - 100 : y + 100, x - 100 : x + 100].any()


def test_below_the_mouth_nothing_counts(check: BackgroundCheck) -> None:
    picture = plain(640, 480, 200)
    picture[410:] = 20
    above = head_of(phantom(134.0, eyes_px=(240.0, 255.0)))
    spread, balance = _of(check, picture, above)
    assert spread < 1
    assert balance < 1
