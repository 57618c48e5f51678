"""The eyes: each measure on drawn eyes whose value is known."""

import cv2
import numpy as np
import pytest

from capture.face import eyes
from capture.face.geometry import head_of
from capture.face.iris import Iris, Irises
from capture.face.points import LIDS, Points
from drivers.contract import RgbPixels
from tests.capture.face.phantom import phantom
from tests.capture.face.pictures import plain


@pytest.fixture
def points() -> Points:
    return phantom(134.0, eyes_px=(239.5, 275.0))


def _width(points: Points, side: int) -> float:
    outer, _, inner, _ = LIDS[side]
    return float(np.linalg.norm(points[outer, :2] - points[inner, :2]))


def _iris(points: Points, side: int, *, away: tuple[float, float], opening: float) -> Iris:
    """:param away: from its place in eye widths. :param opening: of the lids, in iris diameters."""
    outer, _, inner, _ = LIDS[side]
    width = _width(points, side)
    middle = points[[outer, inner], :2].mean(axis=0)
    contour = np.tile(middle, (71, 1))
    contour[0, 1] -= opening * 0.2 * width
    contour[9, 1] += opening * 0.2 * width
    contour[16:] += 1000.0
    centre = middle + np.array([away[0], away[1] + eyes.LEVEL_RATIO]) * width
    return Iris(centre_px=centre, radius_px=0.2 * width, contour_px=contour)


def _irises(
    points: Points,
    *,
    right: tuple[float, float] = (0.0, 0.0),
    left: tuple[float, float] = (0.0, 0.0),
    openings: tuple[float, float] = (0.8, 0.8),
) -> Irises:
    return Irises(
        right=_iris(points, 0, away=right, opening=openings[0]), left=_iris(points, 1, away=left, opening=openings[1])
    )


@pytest.mark.parametrize(
    ("right", "left", "ratio"),
    [
        ((0.0, 0.0), (0.0, 0.0), 0.0),
        ((0.1, 0.0), (0.1, 0.0), 0.1),
        ((-0.2, 0.0), (-0.1, 0.0), 0.15),
        ((0.0, 0.12), (0.0, 0.12), 0.12),
        ((0.03, -0.04), (0.03, -0.04), 0.05),
    ],
)
def test_a_gaze_is_the_way_of_both_irises_from_their_place(
    points: Points, right: tuple[float, float], left: tuple[float, float], ratio: float
) -> None:
    assert eyes.gaze_ratio(points, _irises(points, right=right, left=left)) == pytest.approx(ratio, abs=0.01)


def test_a_squint_is_no_gaze(points: Points) -> None:
    crossed = _irises(points, right=(0.15, 0.0), left=(-0.15, 0.0))
    assert eyes.gaze_ratio(points, crossed) == pytest.approx(0, abs=0.01)


def test_a_tilted_head_looks_where_it_looks() -> None:
    tilted = phantom(134.0, eyes_px=(239.5, 275.0), roll_deg=8.0)
    assert eyes.gaze_ratio(tilted, _irises(tilted)) == pytest.approx(0, abs=0.02)


def test_the_narrower_eye_counts(points: Points) -> None:
    assert eyes.opening_ratio(points, _irises(points, openings=(0.9, 0.3))) == pytest.approx(0.3, abs=0.01)
    assert eyes.opening_ratio(points, _irises(points, openings=(0.6, 0.7))) == pytest.approx(0.6, abs=0.01)


def _lit(points: Points, *, radius_px: int, side: int = 1, colour: tuple[int, int, int] = (255, 250, 245)) -> RgbPixels:
    picture = plain(640, 480, 120)
    outer, _, inner, _ = LIDS[side]
    x, y = points[[outer, inner], :2].mean(axis=0)
    cv2.circle(picture, (round(x), round(y)), radius_px, colour, -1)
    return picture


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("radius_px", [0, 4, 10])
def test_glare_is_as_wide_as_the_light(points: Points, side: int, radius_px: int) -> None:
    picture = _lit(points, radius_px=radius_px, side=side)
    ratio = eyes.glare_ratio(picture, points, head=head_of(points))
    assert ratio == pytest.approx(2 * radius_px / 134, abs=0.02)


def test_a_yellow_light_and_one_beside_the_eyes_are_no_glare(points: Points) -> None:
    head = head_of(points)
    assert eyes.glare_ratio(_lit(points, radius_px=10, colour=(255, 255, 180)), points, head=head) == 0
    elsewhere = plain(640, 480, 120)
    elsewhere[400:450] = 255
    assert eyes.glare_ratio(elsewhere, points, head=head) == 0


def test_many_small_lights_are_not_one_large(points: Points) -> None:
    picture = plain(640, 480, 120)
    picture[::6, ::6] = 255
    assert eyes.glare_ratio(picture, points, head=head_of(points)) < 0.02


@pytest.mark.parametrize(
    ("colour", "ratio"), [((20, 15, 12), 20 / 30), ((90, 60, 40), 1.5), ((200, 50, 40), 4.0), ((60, 90, 120), 0.5)]
)
def test_redness_is_that_of_the_redder_pupil(points: Points, colour: tuple[int, int, int], ratio: float) -> None:
    picture = _lit(points, radius_px=12, colour=colour)
    irises = _irises(points)
    cv2.circle(picture, tuple(irises.right.centre_px.round().astype(int)), 12, (10, 10, 10), -1)
    assert eyes.redness_ratio(picture, irises) == pytest.approx(ratio, rel=0.01)


def test_eyes_outside_the_picture_are_not_assessed() -> None:
    away = phantom(134.0, eyes_px=(-400.0, 275.0))
    assert eyes.redness_ratio(plain(640, 480), _irises(away)) is None
    assert eyes.glare_ratio(plain(640, 480, 255), away, head=head_of(away)) == 0
