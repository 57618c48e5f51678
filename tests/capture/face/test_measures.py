"""The measures: each on pictures whose value is known."""

import cv2
import numpy as np
import pytest

from capture.face import measures
from capture.face.geometry import head_of
from capture.face.points import CHIN, EAR_LEFT, LIP_LOWER, LIP_UPPER, Points
from capture.face.shape import shape
from drivers.contract import GreyPixels, RgbPixels
from tests.capture.face.phantom import phantom
from tests.capture.face.pictures import blobs, plain

EVERYWHERE = np.ones((640, 480), np.bool_)


@pytest.fixture
def points() -> Points:
    return phantom(134.0, eyes_px=(239.5, 275.0))


def _grey(picture: RgbPixels) -> GreyPixels:
    return measures.grey_of(picture)


def _skin(red: int, green: int, blue: int) -> RgbPixels:
    return np.full((50, 3), (red, green, blue), np.uint8)


@pytest.mark.parametrize(
    ("colour", "level"),
    [((0, 0, 0), 0), ((255, 255, 255), 255), ((128, 128, 128), 55), ((255, 0, 0), 54), ((0, 255, 0), 182)],
)
def test_luminance_is_linear_light(colour: tuple[int, int, int], level: int) -> None:
    assert (measures.luminance_of(np.full((3, 2, 3), colour, np.uint8)) == level).all()


def test_the_face_region_reaches_from_forehead_to_chin(points: Points) -> None:
    region = measures.face_region(points, (640, 480))
    rows, columns = np.nonzero(region)
    assert rows.max() == pytest.approx(275 + shape()[CHIN, 1] * 134, abs=3)
    assert columns.min() == pytest.approx(239.5 - shape()[EAR_LEFT, 0] * 134, abs=2)
    assert not region[:100].any()


@pytest.mark.parametrize("lips", [0.0, 0.2, 0.6])
def test_an_open_mouth_is_measured_over_eye_to_chin(lips: float) -> None:
    points = phantom(134.0, lips=lips)
    head = head_of(points)
    assert measures.mouth_open_ratio(points, head) == pytest.approx(lips * 67 / head.eye_chin_px, rel=0.02)


def test_an_eye_has_contrast_and_a_lid_has_none(points: Points) -> None:
    picture = plain(640, 480, 200)
    assert measures.eye_contrast_ratio(_grey(picture), points) == pytest.approx(0, abs=0.01)
    for x in (172, 306):
        cv2.circle(picture, (x, 275), 7, (40, 30, 20), -1)
    assert (measures.eye_contrast_ratio(_grey(picture), points) or 0) > 0.6
    one_eyed = plain(640, 480, 200)
    cv2.circle(one_eyed, (172, 275), 7, (40, 30, 20), -1)
    assert measures.eye_contrast_ratio(_grey(one_eyed), points) == pytest.approx(0, abs=0.01)


def test_blur_lowers_sharpness_much_and_contrast_hardly() -> None:
    sharp = blobs(640, 480, sigma_px=1.2)
    soft = np.asarray(cv2.GaussianBlur(sharp, (0, 0), 2.5), np.uint8)
    faint = (100 + sharp * 0.4).astype(np.uint8)
    value = measures.sharpness_ratio(_grey(sharp), EVERYWHERE)
    assert measures.sharpness_ratio(_grey(soft), EVERYWHERE) < value / 8
    assert measures.sharpness_ratio(_grey(faint), EVERYWHERE) == pytest.approx(value, rel=0.1)


def test_noise_does_not_pass_for_sharpness() -> None:
    soft = np.asarray(cv2.GaussianBlur(blobs(640, 480, sigma_px=6.0), (0, 0), 3), np.float64)
    noisy = np.clip(soft + np.random.default_rng(3).normal(0, 5, soft.shape), 0, 255).astype(np.uint8)
    assert measures.sharpness_ratio(_grey(noisy), EVERYWHERE) < 0.01


def test_a_region_of_one_level_has_no_sharpness() -> None:
    assert measures.sharpness_ratio(_grey(plain(640, 480)), EVERYWHERE) == 0


def test_exposure_is_a_share_of_the_region_only() -> None:
    grey = _grey(plain(640, 480, 100))
    grey[:160], grey[160:192] = 247, 25
    assert measures.burnt_ratio(grey, EVERYWHERE) == pytest.approx(0.25)
    assert measures.black_ratio(grey, EVERYWHERE) == pytest.approx(0.05)
    lower = EVERYWHERE.copy()
    lower[:192] = False
    assert measures.burnt_ratio(grey, lower) == measures.black_ratio(grey, lower) == 0


def test_grey_levels_are_counted() -> None:
    grey = np.tile(np.arange(100, 220, dtype=np.uint8), (640, 4))
    assert measures.grey_level_count(grey, EVERYWHERE) == 120


def test_cheeks_are_below_the_eyes_and_outwards(points: Points) -> None:
    picture = plain(640, 480, 0)
    side, top = round(0.3 * 134), round(275 + 0.5 * shape()[[LIP_UPPER, LIP_LOWER], 1].mean() * 134)
    picture[top + 2 : top + side - 2, 172 - side + 2 : 172 - 2] = 100
    picture[top + 2 : top + side - 2, 306 + 2 : 306 + side - 2] = 200
    right, left = measures.cheeks(picture, points, head=head_of(points))
    assert len(right) == len(left) == side**2
    assert (right[:, 0] == 100).mean() > 0.8
    assert (left[:, 0] == 200).mean() > 0.8


def test_what_lies_beyond_the_picture_is_not_assessed() -> None:
    points = phantom(134.0, eyes_px=(-400.0, 275.0))
    assert measures.eye_contrast_ratio(_grey(plain(640, 480)), points) is None
    right, left = measures.cheeks(plain(640, 480), points, head=head_of(points))
    assert measures.light_overlap_ratio(right, left) is None
    assert measures.skin_colour_distance(right, left) is None


def test_light_from_one_side_takes_the_overlap_away() -> None:
    right = np.random.default_rng(4).normal(150, 12, (1600, 1)).clip(0, 255).astype(np.uint8).repeat(3, axis=1)
    assert measures.light_overlap_ratio(right, right) == pytest.approx(1)
    assert (measures.light_overlap_ratio(right, (right * 0.9).astype(np.uint8)) or 0) > 0.2
    assert measures.light_overlap_ratio(right, (right * 0.5).astype(np.uint8)) == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize(
    "skin", [_skin(236, 188, 160), _skin(198, 134, 104), _skin(141, 85, 54), _skin(92, 60, 42), _skin(60, 40, 30)]
)
def test_skin_of_any_shade_is_natural(skin: RgbPixels) -> None:
    assert measures.skin_colour_distance(skin, skin) == pytest.approx(0, abs=1.5)


@pytest.mark.parametrize(
    ("colour", "distance"), [(_skin(128, 128, 128), 7.07), (_skin(120, 140, 190), 30), (_skin(120, 170, 110), 40)]
)
def test_no_colour_or_a_wrong_one_is_not(colour: RgbPixels, distance: float) -> None:
    measured = measures.skin_colour_distance(colour, colour)
    assert measured is not None
    assert measured == pytest.approx(distance, rel=0.3)
    assert measured > 5


def test_white_is_white() -> None:
    """The matrix and the white point belong together: grey has neither a* nor b*."""
    assert measures.skin_colour_distance(_skin(255, 255, 255), _skin(9, 9, 9)) == pytest.approx(50**0.5, abs=0.05)
