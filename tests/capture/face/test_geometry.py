"""The geometry: what a head measures, and where its portrait is cut."""

from dataclasses import replace

import numpy as np
import pytest

from capture.face.geometry import Framing, Head, framed, head_of
from capture.face.points import CHIN, EAR_LEFT
from capture.face.pyramid import moved, scale_of
from capture.face.shape import shape
from capture.profile import FaceRule
from drivers.contract import Approach, Hint, Retake
from tests.capture.face.phantom import phantom

ROOMY = {"height_px": 2000, "width_px": 1600}
MIDDLE = (800.0, 900.0)


def _framed(head: Head, rule: FaceRule) -> Framing:
    framing = framed(head, rule, **ROOMY)
    assert isinstance(framing, Framing)
    return framing


def test_a_straight_head_is_measured() -> None:
    head = head_of(phantom(100.0, eyes_px=(300.0, 200.0)))
    assert head.right_eye_px == pytest.approx([250, 200])
    assert head.left_eye_px == pytest.approx([350, 200])
    assert head.between_eyes_px == pytest.approx([300, 200])
    assert head.centre_px == pytest.approx([300, 200])
    assert head.inter_eye_px == pytest.approx(100)
    assert head.eye_chin_px == pytest.approx(100 * shape()[CHIN, 1], rel=0.01)
    assert head.length_px == pytest.approx(1.97 * head.eye_chin_px)
    assert head.width_px == pytest.approx(200 * shape()[EAR_LEFT, 0])


@pytest.mark.parametrize("degrees", [-15.0, -5.0, 0.0, 5.0, 15.0])
def test_pose_is_read_in_degrees(degrees: float) -> None:
    assert head_of(phantom(100.0, yaw_deg=degrees)).yaw_deg == pytest.approx(degrees, abs=0.5)
    assert head_of(phantom(100.0, pitch_deg=degrees)).pitch_deg == pytest.approx(degrees, abs=0.5)
    assert head_of(phantom(100.0, roll_deg=degrees)).roll_deg == pytest.approx(degrees, abs=0.01)


@pytest.mark.parametrize("roll_deg", [-7.0, 0.0, 4.0])
@pytest.mark.parametrize("inter_eye_px", [134.0, 180.0, 300.0])
def test_the_portrait_has_level_eyes_in_the_middle_on_the_rules_line(
    rule: FaceRule, roll_deg: float, inter_eye_px: float
) -> None:
    points = phantom(inter_eye_px, eyes_px=MIDDLE, roll_deg=roll_deg)
    portrait = head_of(moved(points, _framed(head_of(points), rule).affine))
    assert portrait.roll_deg == pytest.approx(0, abs=1e-6)
    assert portrait.between_eyes_px == pytest.approx([239.5, 0.43 * 640 - 0.5])
    assert portrait.inter_eye_px == pytest.approx(134)
    assert portrait.right_eye_px[0] < portrait.left_eye_px[0]


def test_other_rules_are_obeyed() -> None:
    rule = FaceRule(width_px=600, height_px=750, inter_eye_px=170, eye_line_ratio=0.4)
    points = phantom(300.0, eyes_px=MIDDLE)
    portrait = head_of(moved(points, _framed(head_of(points), rule).affine))
    assert portrait.inter_eye_px == pytest.approx(170)
    assert portrait.between_eyes_px == pytest.approx([299.5, 299.5])


def test_nothing_is_ever_enlarged(rule: FaceRule) -> None:
    framing = _framed(head_of(phantom(125.0, eyes_px=MIDDLE)), rule)
    assert framing.scale == 1.0
    assert scale_of(framing.affine) == pytest.approx(1.0)


def test_nothing_is_ever_mirrored(rule: FaceRule) -> None:
    assert np.linalg.det(_framed(head_of(phantom(200.0, eyes_px=MIDDLE)), rule).affine[:, :2]) > 0


@pytest.mark.parametrize("inter_eye_px", [10.0, 60.0, 105.0])
def test_a_face_below_the_limits_at_full_size_has_too_few_pixels(rule: FaceRule, inter_eye_px: float) -> None:
    """At 105 the head would be 233 pixels wide, less than half of 480."""
    assert _refused(inter_eye_px, rule).hint is Hint.TOO_FEW_PIXELS


@pytest.mark.parametrize("inter_eye_px", [10.0, 27.0, 60.0, 99.0])
def test_at_the_distance_that_is_told_there_are_pixels_enough(rule: FaceRule, inter_eye_px: float) -> None:
    """What is half as far is twice as large; and a step of what is told further back there still are too few."""
    approach = _refused(inter_eye_px, rule).approach
    assert approach is not None
    assert 0 < approach.distance_ratio < 1
    assert approach.distance_cm is None
    _framed(head_of(phantom(inter_eye_px / approach.distance_ratio, eyes_px=MIDDLE)), rule)
    assert _refused(inter_eye_px / (approach.distance_ratio + 0.05), rule).hint is Hint.TOO_FEW_PIXELS


@pytest.mark.parametrize("focal_px", [800.0, 2500.0])
def test_with_the_focal_length_the_distance_is_told_in_centimetres(rule: FaceRule, focal_px: float) -> None:
    """Eyes that are 63 mm apart are as many pixels apart as the focal length says."""
    approach = _refused(60.0, rule, focal_px=focal_px).approach
    assert approach is not None
    assert approach.distance_cm is not None
    assert approach.distance_cm % 5 == 0
    _framed(head_of(phantom(focal_px * 63 / (10 * approach.distance_cm), eyes_px=MIDDLE)), rule)
    further_px = focal_px * 63 / (10 * (approach.distance_cm + 5))
    assert _refused(further_px, rule).hint is Hint.TOO_FEW_PIXELS


def _refused(inter_eye_px: float, rule: FaceRule, *, focal_px: float | None = None) -> Retake:
    retake = framed(head_of(phantom(inter_eye_px, eyes_px=MIDDLE)), rule, **ROOMY, focal_px=focal_px)
    assert isinstance(retake, Retake)
    return retake


def test_the_head_is_kept_within_the_limits_where_the_rule_would_leave_them() -> None:
    wide = FaceRule(inter_eye_px=200.0)
    points = phantom(300.0, eyes_px=MIDDLE)
    assert head_of(moved(points, _framed(head_of(points), wide).affine)).width_px == pytest.approx(0.75 * 480, rel=0.01)
    narrow = FaceRule(inter_eye_px=95.0)
    assert head_of(moved(points, _framed(head_of(points), narrow).affine)).length_px == pytest.approx(
        0.6 * 640, rel=0.1
    )


@pytest.mark.parametrize(
    "pose",
    [
        {"roll_deg": 15.5},
        {"roll_deg": -15.5},
        {"yaw_deg": 21.0},
        {"yaw_deg": -21.0},
        {"pitch_deg": 21.0},
        {"pitch_deg": -21.0},
    ],
)
def test_a_head_that_is_turned_too_far_gives_no_portrait(rule: FaceRule, pose: dict[str, float]) -> None:
    assert framed(head_of(phantom(200.0, eyes_px=MIDDLE, **pose)), rule, **ROOMY) == Retake(Hint.HEAD_TURNED)


@pytest.mark.parametrize("eyes_px", [(238.0, 900.0), (1361.0, 900.0), (800.0, 273.0), (800.0, 1637.0)])
def test_a_portrait_that_would_leave_the_frame_is_not_made(rule: FaceRule, eyes_px: tuple[float, float]) -> None:
    assert framed(head_of(phantom(134.0, eyes_px=eyes_px)), rule, **ROOMY) == Retake(Hint.OUT_OF_FRAME)


@pytest.mark.parametrize("eyes_px", [(242.0, 900.0), (1357.0, 900.0), (800.0, 277.0), (800.0, 1633.0)])
def test_a_portrait_that_just_fits_is_made(rule: FaceRule, eyes_px: tuple[float, float]) -> None:
    _framed(head_of(phantom(134.0, eyes_px=eyes_px)), rule)


@pytest.mark.parametrize(("shift_px", "fits"), [(0.0, True), (0.6, False), (-0.6, False)])
def test_the_frame_may_be_used_to_its_very_edge(rule: FaceRule, shift_px: float, fits: bool) -> None:
    head = head_of(phantom(134.0, eyes_px=(239.5 + shift_px, 0.43 * 640 - 0.5)))
    assert isinstance(framed(head, rule, height_px=640, width_px=480), Framing) is fits


def test_a_childs_head_may_be_shorter_in_its_portrait(rule: FaceRule) -> None:
    """A head wide enough, and too short for an adult's portrait by a tenth."""
    head = replace(head_of(phantom(134.0, eyes_px=MIDDLE)), length_px=0.55 * 640)
    assert _framed(head, rule.relaxed("child")).scale == 1.0
    assert framed(head, rule, **ROOMY) == Retake(Hint.TOO_FEW_PIXELS, Approach(0.9))


@pytest.mark.parametrize(("eyes_y_px", "eye_line_ratio"), [(1600.0, 0.43), (1680.0, 0.5), (1740.0, 0.6), (240.0, 0.36)])
def test_a_childs_eye_line_gives_way_to_the_frames_edge(
    rule: FaceRule, eyes_y_px: float, eye_line_ratio: float
) -> None:
    points = phantom(134.0, eyes_px=(800.0, eyes_y_px))
    portrait = head_of(moved(points, _framed(head_of(points), rule.relaxed("child")).affine))
    assert portrait.between_eyes_px == pytest.approx([239.5, eye_line_ratio * 640 - 0.5], abs=0.021 * 640)


def test_beyond_a_childs_bounds_the_frame_ends_too(rule: FaceRule) -> None:
    for eyes_y_px in (1750.0, 180.0):
        head = head_of(phantom(134.0, eyes_px=(800.0, eyes_y_px)))
        assert framed(head, rule.relaxed("child"), **ROOMY) == Retake(Hint.OUT_OF_FRAME)
        assert framed(head, rule.relaxed("disability"), **ROOMY) == Retake(Hint.OUT_OF_FRAME)
