"""Examinations: as the judge sees it, and further where the judge stops."""

import numpy as np
import pytest

from capture.face.examine import Examination, FaceExaminer
from capture.face.judge import FaceJudge
from capture.face.models import FaceModels
from capture.profile import FaceRule
from capture.sample import FaceSample, Verdict
from drivers.contract import Frame, Hint, Retake, RgbPixels
from tests.capture.face.pictures import placed, plain, turned


@pytest.fixture(scope="module")
def examiner(models: FaceModels) -> FaceExaminer:
    return FaceExaminer(models)


def _values(examination: Examination) -> dict[str, float | None]:
    return {gate.id: gate.value for gate in examination.gates}


def test_it_comes_to_the_judges_own_gates(
    examiner: FaceExaminer, judge: FaceJudge, close_up: RgbPixels, rule: FaceRule
) -> None:
    sample = judge.judge(Frame(close_up.copy(), taken_ns=1), rule)
    assert isinstance(sample, FaceSample)
    examination = examiner.examine(close_up, rule)
    assert examination.gates == sample.gates
    assert examination.hint is None
    assert examination.subject is not None
    assert examination.subject.encoded.jpeg == sample.jpeg


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (lambda picture: picture[:, :300], Hint.NO_FACE),
        (lambda picture: turned(picture, 14.0), Hint.HEAD_TURNED),
        (lambda picture: picture[::2, ::2], Hint.TOO_FEW_PIXELS),
        (lambda picture: picture[200:], Hint.OUT_OF_FRAME),
        (lambda picture: np.hstack([picture, picture]), Hint.SEVERAL_FACES),
    ],
    ids=["none", "turned", "small", "cut", "two"],
)
def test_what_prevents_a_portrait_is_the_judges_own_hint(
    examiner: FaceExaminer, judge: FaceJudge, close_up: RgbPixels, *, change: object, hint: Hint
) -> None:
    assert callable(change)
    picture = np.ascontiguousarray(change(close_up))
    retake = judge.judge(Frame(picture.copy(), taken_ns=1), FaceRule())
    assert isinstance(retake, Retake)
    assert retake.hint is hint
    assert (retake.approach is not None) is (hint is Hint.TOO_FEW_PIXELS)
    assert examiner.examine(picture, FaceRule()).retake == retake


def test_a_small_face_is_measured_at_its_own_size(
    examiner: FaceExaminer, astronaut: RgbPixels, close_up: RgbPixels, rule: FaceRule
) -> None:
    """Ratios are those of the enlarged picture; the numbers of pixels are what is there."""
    small, large = examiner.examine(astronaut, rule), _values(examiner.examine(close_up, rule))
    assert small.hint is Hint.TOO_FEW_PIXELS
    assert small.subject is not None
    assert small.subject.portrait.shape[1] < 180
    values = _values(small)
    assert values["inter_eye"] == pytest.approx(43, abs=1)
    for name in ("head_width", "head_length", "centring", "eye_line", "mouth_closed", "eyes_open"):
        assert values[name] == pytest.approx(large[name], abs=0.015)


def test_where_the_cut_leaves_the_picture_nothing_is_said_about_the_background(
    examiner: FaceExaminer, close_up: RgbPixels, rule: FaceRule
) -> None:
    examination = examiner.examine(close_up[200:], rule)
    verdicts = {gate.id: gate.verdict for gate in examination.gates}
    assert verdicts["background_spread"] is verdicts["background_balance"] is Verdict.NOT_ASSESSED
    assert verdicts["mouth_closed"] is Verdict.FAIL
    assert examination.zones is not None
    assert not examination.zones.background.any()


def test_a_face_that_is_far_too_small_has_a_pose_and_no_more(
    examiner: FaceExaminer, astronaut: RgbPixels, rule: FaceRule
) -> None:
    tiny = np.ascontiguousarray(astronaut[::3, ::3])
    examination = examiner.examine(placed(tiny, plain(200, 200), left_px=10, top_px=10), rule)
    assert examination.hint is Hint.TOO_FEW_PIXELS
    assert [gate.id for gate in examination.gates] == ["yaw", "pitch", "roll"]
    assert examination.subject is None


def test_the_zones_are_where_the_gates_look(examiner: FaceExaminer, close_up: RgbPixels, rule: FaceRule) -> None:
    zones = examiner.examine(close_up, rule).zones
    assert zones is not None
    for inner in (zones.cheeks, zones.eyes):
        assert inner.any()
        assert (zones.face | ~inner).all()
    assert not (zones.face & zones.background).any()
    assert zones.background[:60, :60].all()
    assert not zones.background[500:].any()
