"""Each damage fails its own gate and no other; the photograph without it does not fail that gate."""

from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from capture.face.background import BackgroundCheck
from capture.face.geometry import head_of
from capture.face.iris import Irises, IrisReader
from capture.face.judge import FaceJudge
from capture.face.models import FaceModels
from capture.face.points import Points
from capture.face.pyramid import Pyramid
from capture.face.search import FaceSearch
from capture.profile import FaceRule
from capture.sample import FaceSample
from drivers.contract import Frame, RgbPixels
from tests.capture.face.damages import (
    looking_aside,
    moving,
    red_pupils,
    shaded_eyes,
    shadow_behind,
    shining,
)
from tests.capture.face.pictures import enlarged, eyes_shut, points_in

FOREHEAD, CHEEK, NOSE = 151, 50, 4


@dataclass(frozen=True)
class Sitter:
    picture: RgbPixels
    points: Points
    irises: Irises

    @property
    def inter_eye_px(self) -> float:
        return head_of(self.points).inter_eye_px


def _sitter(picture: RgbPixels, search: FaceSearch, models: FaceModels) -> Sitter:
    pyramid = Pyramid(picture)
    points = points_in(search, pyramid)
    return Sitter(picture, points, IrisReader(models.iris).irises(pyramid, points))


@pytest.fixture(scope="module")
def pilot(close_up: RgbPixels, search: FaceSearch, models: FaceModels) -> Sitter:
    return _sitter(close_up, search, models)


@pytest.fixture(scope="module")
def admiral(hopper: RgbPixels, search: FaceSearch, models: FaceModels) -> Sitter:
    """With room around the head, so that the portrait fits."""
    large = cv2.copyMakeBorder(enlarged(hopper, 1.8), 120, 120, 120, 120, cv2.BORDER_REPLICATE)
    return _sitter(np.asarray(large, np.uint8), search, models)


@pytest.fixture(params=["pilot", "admiral"])
def sitter(request: pytest.FixtureRequest) -> Sitter:
    found: Sitter = request.getfixturevalue(request.param)
    return found


def _failed(judge: FaceJudge, picture: RgbPixels) -> set[str]:
    sample = judge.judge(Frame(np.ascontiguousarray(picture), taken_ns=0), FaceRule())
    assert isinstance(sample, FaceSample)
    return {gate.id for gate in sample.failed}


def _newly_failed(judge: FaceJudge, sitter: Sitter, damaged: RgbPixels) -> set[str]:
    before, after = _failed(judge, sitter.picture), _failed(judge, damaged)
    assert before <= after
    return after - before


@pytest.mark.parametrize("ratio", [-0.25, 0.25])
def test_eyes_that_look_aside(judge: FaceJudge, sitter: Sitter, ratio: float) -> None:
    damaged = looking_aside(sitter.picture, sitter.points, irises=sitter.irises, ratio=ratio)
    assert _newly_failed(judge, sitter, damaged) == {"gaze"}


def test_eyes_that_are_shut(judge: FaceJudge, sitter: Sitter) -> None:
    """They may have no contrast either, and lids are among the points that tell the pitch; where such eyes look and how
    red they are is not asked."""
    damaged = eyes_shut(sitter.picture, sitter.points)
    assert _newly_failed(judge, sitter, damaged) - {"eye_contrast", "pitch"} == {"eyes_open"}


def test_red_pupils(judge: FaceJudge, sitter: Sitter) -> None:
    assert _newly_failed(judge, sitter, red_pupils(sitter.picture, sitter.irises)) == {"red_eye"}


@pytest.mark.parametrize("radius_ratio", [0.05, 0.08])
def test_a_reflection_before_an_eye(judge: FaceJudge, sitter: Sitter, radius_ratio: float) -> None:
    step = sitter.inter_eye_px
    place = head_of(sitter.points).right_eye_px + np.array([0.1, -0.02]) * step
    damaged = shining(sitter.picture, place, radius_px=radius_ratio * step)
    assert _newly_failed(judge, sitter, damaged) == {"glasses_glare"}


def test_a_catch_light_is_no_reflection(judge: FaceJudge, sitter: Sitter) -> None:
    damaged = shining(sitter.picture, sitter.irises.right.centre_px, radius_px=0.02 * sitter.inter_eye_px)
    assert _newly_failed(judge, sitter, damaged) == set()


@pytest.mark.parametrize("place", [FOREHEAD, CHEEK, NOSE])
def test_skin_that_mirrors_a_lamp(judge: FaceJudge, sitter: Sitter, place: int) -> None:
    damaged = shining(sitter.picture, sitter.points[place, :2], radius_px=0.12 * sitter.inter_eye_px)
    assert _newly_failed(judge, sitter, damaged) == {"hot_spots"}


def test_a_lamp_from_above(judge: FaceJudge, sitter: Sitter) -> None:
    assert _newly_failed(judge, sitter, shaded_eyes(sitter.picture, sitter.points, gain=0.6)) == {"eye_shadow"}


@pytest.mark.parametrize("degrees", [0.0, 45.0, 90.0, 135.0])
def test_a_client_who_moves(judge: FaceJudge, sitter: Sitter, degrees: float) -> None:
    length_px = round(9 * sitter.inter_eye_px / 134) | 1
    damaged = moving(sitter.picture, length_px=length_px, degrees=degrees)
    assert _newly_failed(judge, sitter, damaged) - {"sharpness_smilius"} == {"motion_blur"}


def test_a_lens_out_of_focus_is_no_motion(judge: FaceJudge, sitter: Sitter) -> None:
    soft = cv2.GaussianBlur(sitter.picture, (0, 0), 2 * sitter.inter_eye_px / 134)
    assert _newly_failed(judge, sitter, np.asarray(soft, np.uint8)) <= {"sharpness_smilius"}


@pytest.mark.parametrize("shift", [(0.25, 0.1), (-0.25, 0.1), (0.0, -0.25)], ids=["right", "left", "above"])
def test_a_shadow_behind_the_head(
    judge: FaceJudge, pilot: Sitter, models: FaceModels, shift: tuple[float, float]
) -> None:
    step = pilot.inter_eye_px
    nobody = BackgroundCheck(models.person).nobody(pilot.picture)
    damaged = shadow_behind(pilot.picture, nobody, shift_px=(shift[0] * step, shift[1] * step))
    assert _newly_failed(judge, pilot, damaged) == {"background_shadow"}
