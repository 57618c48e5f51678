"""The background: plain, lit from one side, or full of things."""

import numpy as np
import pytest

from capture.face.background import Background, BackgroundCheck, _measured
from capture.face.geometry import Head, head_of
from capture.face.models import FaceModels
from capture.face.points import Points
from drivers.contract import RgbPixels
from tests.capture.face.phantom import phantom
from tests.capture.face.pictures import plain


@pytest.fixture(scope="module")
def check(models: FaceModels) -> BackgroundCheck:
    return BackgroundCheck(models.person)


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
    assert _measured(np.full((256, 256), 90, np.uint8), empty) == Background(spread=0.0, balance=None)


def test_below_the_mouth_nothing_counts(check: BackgroundCheck) -> None:
    picture = plain(640, 480, 200)
    picture[410:] = 20
    above = head_of(phantom(134.0, eyes_px=(240.0, 255.0)))
    spread, balance = _of(check, picture, above)
    assert spread < 1
    assert balance < 1
