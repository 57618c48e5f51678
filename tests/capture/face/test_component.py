"""The components: each raw value on a scene whose value is known, and its value on the standard's scale."""

from dataclasses import replace

import numpy as np
import pytest

from capture.face.background import BackgroundCheck
from capture.face.component import Scene, components
from capture.face.geometry import head_of
from capture.face.mapping import ComponentName
from capture.face.networks import NetworkReader
from capture.face.points import LIPS_LOWER, LIPS_UPPER, Points
from capture.sample import Component
from drivers.contract import RgbPixels
from tests.capture.face.phantom import phantom
from tests.capture.face.pictures import plain

EYES = (300.0, 400.0)
NOT_COMPUTED = {
    ComponentName.UNIFIED_QUALITY_SCORE,
    ComponentName.SHARPNESS,
    ComponentName.COMPRESSION_ARTIFACTS,
    ComponentName.EYES_VISIBLE,
    ComponentName.MOUTH_OCCLUSION_PREVENTION,
    ComponentName.FACE_OCCLUSION_PREVENTION,
    ComponentName.EXPRESSION_NEUTRALITY,
    ComponentName.NO_HEAD_COVERINGS,
}


@pytest.fixture(scope="module")
def background(networks: NetworkReader) -> BackgroundCheck:
    return networks.background


@pytest.fixture(scope="module")
def real(background: BackgroundCheck, close_up: RgbPixels, close_up_points: Points) -> Scene:
    return Scene(close_up, close_up_points, head_of(close_up_points), (400.0,), background)


@pytest.fixture
def drawn(background: BackgroundCheck) -> Scene:
    """A head of points before a grey wall of 1000 x 800 pixels, 120 between the eyes."""
    points = phantom(120.0, eyes_px=EYES)
    points[4, :2], points[61, :2], points[291, :2] = (300, 468), (252, 538), (349, 538)
    return Scene(plain(1000, 800, 128), points, head_of(points), (300.0,), background)


def _of(scene: Scene, name: ComponentName) -> Component:
    return next(one for one in components(scene) if one.name == name)


def _raw(scene: Scene, name: ComponentName) -> float:
    raw = _of(scene, name).raw
    assert raw is not None
    return raw


def test_what_can_be_computed_is_there_once_in_the_codes_order(real: Scene) -> None:
    found = components(real)
    assert {one.name for one in found} == set(ComponentName) - NOT_COMPUTED
    codes = [one.code for one in found]
    assert codes == sorted(set(codes))
    assert all(one.raw is not None and one.value is not None for one in found)


def test_a_good_photograph_is_good_except_for_its_framing(real: Scene) -> None:
    """Half a length at 512 pixels: the head is far smaller than the standard's, and near the upper edge."""
    poor = {one.name for one in components(real) if (one.value or 0) < 80}
    assert poor == {ComponentName.HEAD_SIZE, ComponentName.MARGIN_ABOVE}


def test_sizes_and_margins_are_those_of_the_picture(drawn: Scene) -> None:
    chin_px = drawn.landmarks[16][1] - 400
    assert _raw(drawn, ComponentName.INTER_EYE_DISTANCE) == pytest.approx(120)
    assert _of(drawn, ComponentName.INTER_EYE_DISTANCE).value == 92
    assert _raw(drawn, ComponentName.HEAD_SIZE) == pytest.approx(chin_px / 1000)
    assert _raw(drawn, ComponentName.MARGIN_ABOVE) == pytest.approx(400 / chin_px)
    assert _raw(drawn, ComponentName.MARGIN_BELOW) == pytest.approx(600 / chin_px)


def test_crops_are_larger_by_one_than_their_names_suggest(drawn: Scene) -> None:
    assert _raw(drawn, ComponentName.LEFTWARD_CROP) == pytest.approx(240 / 120 + 1)
    assert _raw(drawn, ComponentName.RIGHTWARD_CROP) == pytest.approx(440 / 120 + 1)


def test_a_turned_head_has_its_eyes_further_apart_than_they_look(drawn: Scene) -> None:
    turned = replace(drawn, head=replace(drawn.head, yaw_deg=-60.0))
    assert _raw(turned, ComponentName.INTER_EYE_DISTANCE) == pytest.approx(240)
    assert _raw(turned, ComponentName.HEAD_POSE_YAW) == -60
    assert _of(turned, ComponentName.HEAD_POSE_YAW).value == 25


def test_what_cannot_be_assessed_has_no_value_and_says_why(drawn: Scene) -> None:
    away = replace(drawn, head=replace(drawn.head, yaw_deg=90.0))
    failed = _of(away, ComponentName.INTER_EYE_DISTANCE)
    assert (failed.raw, failed.value) == (None, None)
    assert failed.failure
    assert set(failed.model_dump(mode="json")) == {"name", "code", "failure"}


def test_it_travels_as_json(real: Scene) -> None:
    for one in components(real):
        assert Component.model_validate_json(one.model_dump_json()) == one


def test_points_at_one_place_are_assessed_in_nothing_that_they_decide(drawn: Scene) -> None:
    nowhere = replace(drawn, points=np.full((468, 3), 40.0))
    failed = {one.name for one in components(nowhere) if one.failure}
    assert {ComponentName.LUMINANCE_MEAN, ComponentName.EYES_OPEN, ComponentName.LEFTWARD_CROP} <= failed
    assert ComponentName.SINGLE_FACE_PRESENT not in failed


@pytest.mark.parametrize(("sides", "raw", "value"), [((300.0,), 0, 100), ((300.0, 150.0, 90.0), 0.25, 75)])
def test_a_second_face_counts_by_its_area(drawn: Scene, sides: tuple[float, ...], raw: float, value: int) -> None:
    single = _of(replace(drawn, face_sides_px=sides), ComponentName.SINGLE_FACE_PRESENT)
    assert single.raw == pytest.approx(raw)
    assert single.value == value


@pytest.mark.parametrize(
    ("level", "mean", "under", "over"), [(128, 55 / 255, 0, 0), (0, 0, 1, 0), (255, 1, 0, 1), (253, 250 / 255, 0, 1)]
)
def test_one_level_of_light_is_measured_as_it_is(
    drawn: Scene, level: int, mean: float, under: float, over: float
) -> None:
    scene = replace(drawn, picture=plain(1000, 800, level))
    assert _raw(scene, ComponentName.LUMINANCE_MEAN) == pytest.approx(mean)
    assert _raw(scene, ComponentName.LUMINANCE_VARIANCE) == pytest.approx(0)
    assert _raw(scene, ComponentName.UNDER_EXPOSURE_PREVENTION) == under
    assert _raw(scene, ComponentName.OVER_EXPOSURE_PREVENTION) == over
    assert _of(scene, ComponentName.DYNAMIC_RANGE).value == 0


def test_two_levels_in_equal_parts_are_one_bit(drawn: Scene) -> None:
    striped = plain(1000, 800, 128)
    striped[(np.arange(1000) // 20) % 2 == 0] = 255
    scene = replace(drawn, picture=striped)
    assert _raw(scene, ComponentName.DYNAMIC_RANGE) == pytest.approx(1, abs=0.5)
    middle = (55 + 255) / 2 / 255
    assert _raw(scene, ComponentName.LUMINANCE_MEAN) == pytest.approx(middle, abs=0.02)
    assert _raw(scene, ComponentName.LUMINANCE_VARIANCE) == pytest.approx((100 / 255) ** 2, rel=0.1)


def test_cheeks_in_different_light_do_not_overlap(drawn: Scene) -> None:
    halves = plain(1000, 800, 100)
    assert _of(replace(drawn, picture=halves), ComponentName.ILLUMINATION_UNIFORMITY).value == 100
    halves[:, 300:] = 200
    assert _of(replace(drawn, picture=halves), ComponentName.ILLUMINATION_UNIFORMITY).value == 0


@pytest.mark.parametrize(
    ("colour", "raw", "value"),
    [((198, 134, 104), 0, 100), ((128, 128, 128), 100, 0), ((90, 120, 200), 100, 0), ((255, 60, 60), 48, 2)],
    ids=["skin", "grey", "blue", "red"],
)
def test_colour_is_measured_from_that_of_skin(
    drawn: Scene, colour: tuple[int, int, int], raw: float, value: int
) -> None:
    picture = np.full((1000, 800, 3), colour, np.uint8)
    found = _of(replace(drawn, picture=picture), ComponentName.NATURAL_COLOUR)
    assert found.raw == pytest.approx(raw, abs=4)
    assert found.value == pytest.approx(value, abs=2)


def test_eyes_and_mouth_are_opened_by_what_lies_between(drawn: Scene) -> None:
    chin_px = drawn.head.eye_chin_px
    closed = drawn.points.copy()
    closed[[384, 386, 388], 1] = closed[[381, 374, 390], 1]
    assert _raw(drawn, ComponentName.EYES_OPEN) == pytest.approx(18 / chin_px, abs=0.01)
    assert _of(replace(drawn, points=closed), ComponentName.EYES_OPEN).value == pytest.approx(12, abs=1)
    gaping = drawn.points.copy()
    gaping[list(LIPS_UPPER), 1] -= 20
    gaping[list(LIPS_LOWER), 1] += 20
    assert _of(drawn, ComponentName.MOUTH_CLOSED).value == pytest.approx(97, abs=1)
    assert _raw(replace(drawn, points=gaping), ComponentName.MOUTH_CLOSED) == pytest.approx(40 / chin_px, abs=0.01)


def test_a_background_with_things_is_less_uniform(real: Scene, close_up: RgbPixels) -> None:
    striped = close_up.copy()
    striped[::6, :560] = 20
    assert (_of(real, ComponentName.BACKGROUND_UNIFORMITY).value or 0) > 90
    assert _raw(replace(real, picture=striped), ComponentName.BACKGROUND_UNIFORMITY) > 60


def test_without_background_its_uniformity_is_absent(real: Scene, close_up: RgbPixels, close_up_points: Points) -> None:
    left, top = close_up_points[:, :2].min(axis=0).astype(int)
    right, bottom = close_up_points[:, :2].max(axis=0).astype(int)
    points = close_up_points - (left, top, 0)
    face = replace(real, picture=np.ascontiguousarray(close_up[top:bottom, left:right]), points=points)
    assert _of(face, ComponentName.BACKGROUND_UNIFORMITY).failure == "no background is left"
    assert _of(face, ComponentName.LUMINANCE_MEAN).value is not None


def test_what_was_measured_otherwise_says_so(real: Scene) -> None:
    said = {one.name for one in components(real) if one.deviation}
    assert said == {
        ComponentName.BACKGROUND_UNIFORMITY,
        ComponentName.UNDER_EXPOSURE_PREVENTION,
        ComponentName.OVER_EXPOSURE_PREVENTION,
        ComponentName.SINGLE_FACE_PRESENT,
    }
