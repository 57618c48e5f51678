"""Light on the skin: each measure on a drawn face whose value is known."""

import cv2
import numpy as np
import pytest

from capture.face import skin
from capture.face.geometry import head_of
from capture.face.points import LIDS, Points
from drivers.contract import RgbPixels
from tests.capture.face.phantom import phantom
from tests.capture.face.pictures import plain

SKIN = (198, 134, 104)


@pytest.fixture
def points() -> Points:
    return phantom(134.0, eyes_px=(239.5, 275.0))


def _face(colour: tuple[int, int, int] = SKIN) -> RgbPixels:
    return np.full((640, 480, 3), colour, np.uint8)


def _painted(places: list[tuple[float, float]], colour: tuple[int, int, int], *, radius_px: int) -> RgbPixels:
    picture = _face()
    for x, y in places:
        cv2.circle(picture, (round(x), round(y)), radius_px, colour, -1)
    return picture


def _hot(picture: RgbPixels, points: Points) -> float | None:
    return skin.hot_spot_ratio(picture, points, head=head_of(points))


def test_skin_without_a_lamp_in_it_does_not_shine(points: Points) -> None:
    for colour in (SKIN, (240, 205, 190), (70, 45, 35)):
        assert _hot(_face(colour), points) == 0


@pytest.mark.parametrize("at", [(240, 200), (180, 350), (240, 340)])
def test_a_mirrored_lamp_counts_by_its_area(points: Points, at: tuple[float, float]) -> None:
    small, large = (_hot(_painted([at], (250, 245, 240), radius_px=r), points) or 0 for r in (6, 12))
    assert 0.001 < small < 0.01
    assert large == pytest.approx(4 * small, rel=0.15)


def test_single_bright_specks_are_no_hot_spot(points: Points) -> None:
    """A hundred of them, more than twice the area of a lamp that counts."""
    dice = np.random.default_rng(4)
    places = [(float(x), float(y)) for x, y in dice.uniform((190, 190), (290, 380), (100, 2))]
    specks = _painted(places, (255, 255, 255), radius_px=1)
    assert int((specks[..., 2] == 255).sum()) > 400
    assert (_hot(specks, points) or 0) < 0.0005


def test_dark_skin_shines_at_lower_levels(points: Points) -> None:
    lamp = (210, 208, 205)
    dark, bright = _face((70, 45, 35)), _face((240, 205, 190))
    for picture in (dark, bright):
        cv2.circle(picture, (180, 350), 10, lamp, -1)
    assert (_hot(dark, points) or 0) > 0.003
    assert _hot(bright, points) == 0


def test_eyes_and_teeth_are_no_skin(points: Points) -> None:
    mouth = points[[61, 291, 0, 17], :2].mean(axis=0)
    eyes = [tuple(points[[outer, inner], :2].mean(axis=0)) for outer, _, inner, _ in LIDS]
    assert _hot(_painted([*eyes, tuple(mouth)], (255, 255, 255), radius_px=7), points) == 0


def test_a_face_outside_the_picture_is_not_assessed() -> None:
    away = phantom(134.0, eyes_px=(-600.0, 275.0))
    head = head_of(away)
    assert _hot(_face(), away) is None
    assert skin.zones_ratio(_face(), away, head=head) is None
    assert skin.socket_ratio(_face(), away, head=head) is None


def _shaded(part: tuple[slice, slice], gain: float) -> RgbPixels:
    picture = _face()
    picture[part] = (picture[part] * gain).astype(np.uint8)
    return picture


@pytest.mark.parametrize("part", [np.s_[:, :240], np.s_[:, 240:], np.s_[:255], np.s_[460:]])
def test_zones_are_compared_darkest_with_brightest(points: Points, part: tuple[slice, slice]) -> None:
    head = head_of(points)
    assert skin.zones_ratio(_face(), points, head=head) == pytest.approx(1)
    assert skin.zones_ratio(_shaded(part, 0.6), points, head=head) == pytest.approx(0.6, abs=0.02)


def test_a_beard_and_a_fringe_are_no_zones(points: Points) -> None:
    picture = _face()
    picture[:255], picture[440:] = (40, 38, 36), (60, 58, 55)
    assert skin.zones_ratio(picture, points, head=head_of(points)) == pytest.approx(1)


def test_a_shadow_below_one_eye_is_measured_against_its_cheek(points: Points) -> None:
    head = head_of(points)
    assert skin.socket_ratio(_face(), points, head=head) == pytest.approx(1)
    _, _, _, lower = LIDS[1]
    x, y = points[lower[3], :2]
    grey = plain(640, 480, 188)
    cv2.circle(grey, (round(x), round(y) + 16), 18, (128, 128, 128), -1)
    # sRGB 188 is half of the light, 128 is 0.216 of it
    assert skin.socket_ratio(grey, points, head=head) == pytest.approx(0.216 / 0.503, abs=0.02)
