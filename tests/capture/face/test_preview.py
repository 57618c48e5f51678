"""A quick look at a small frame: it agrees with what the full frame is judged to be, follows a face, and loses it."""

from dataclasses import replace

import numpy as np
import pytest

from capture.errors import FrameUnusable
from capture.face.background import BackgroundCheck
from capture.face.geometry import head_of
from capture.face.iris import IrisReader
from capture.face.judge import FaceJudge
from capture.face.limits import BACKGROUND_SHADOW, EYE_SHADOW, GLARE, HOT_SPOTS, LOOKED_AT_BY_A_PERSON
from capture.face.live import Preview
from capture.face.mesh import Mesh
from capture.face.models import FaceModels
from capture.face.points import Points
from capture.face.preview import BACKGROUND_EVERY, LOST_NS, SEARCH_EVERY, SPOTS_EVERY, FacePreview
from capture.face.pyramid import Pyramid
from capture.face.search import FaceSearch
from capture.profile import FaceRule
from capture.sample import FaceSample, Verdict
from drivers.contract import Approach, Frame, Hint, Retake, RgbPixels
from tests.capture.face.damages import shaded_eyes, shadow_behind, shining
from tests.capture.face.pictures import placed, plain, reduced, turned

RULE = FaceRule()
STEP_NS = 33_000_000


class CountedSearch(FaceSearch):
    """Counts how often the whole frame is searched."""

    searched = 0

    def faces(self, pyramid: Pyramid) -> list[Mesh]:
        self.searched += 1
        return super().faces(pyramid)


class CountedBackground(BackgroundCheck):
    """Counts how often the background is looked at."""

    looked = 0

    def of(self, portrait: RgbPixels, head: object) -> object:  # type: ignore[override]  # passed on as it is
        self.looked += 1
        return super().of(portrait, head)  # type: ignore[arg-type]  # passed on as it is


@pytest.fixture
def counted(models: FaceModels) -> tuple[FacePreview, CountedSearch, CountedBackground]:
    search, background = CountedSearch(models), CountedBackground(models.person)
    return FacePreview(search, background, irises=IrisReader(models.iris)), search, background


@pytest.fixture(scope="module")
def full(close_up: RgbPixels) -> RgbPixels:
    """As a camera with 1944 x 2592 pixels sees the client."""
    return placed(close_up, plain(2592, 1944), left_px=150, top_px=450)


def _small(full: RgbPixels, number: int = 1) -> Frame:
    ratio = 640 / full.shape[0]
    return Frame(reduced(full, ratio), taken_ns=10**9 + number * STEP_NS, reduced_ratio=ratio)


def _seen(look: Preview | Retake) -> Preview:
    assert isinstance(look, Preview)
    return look


def test_it_reads_what_the_full_frame_will_be_judged_by(judge: FaceJudge, full: RgbPixels) -> None:
    looks = [_seen(judge.preview(_small(full, number), RULE)) for number in range(3)]
    sample = judge.judge(Frame(full, taken_ns=1), RULE)
    assert isinstance(sample, FaceSample)
    judged = {gate.id: gate for gate in sample.gates}
    for reading in looks[-1].readings:
        gate = judged[reading.limit.id]
        assert reading.limit.gate(reading.value).verdict is gate.verdict, reading.limit.id
        width = min(reading.limit.high - reading.limit.low, abs(reading.limit.low), abs(reading.limit.high))
        assert gate.value == pytest.approx(reading.value, abs=0.5 * width), reading.limit.id
    # what needs every pixel, what follows from other gates, the finished portrait's own, and a person's
    assert judged.keys() - {reading.limit.id for reading in looks[-1].readings} == {
        *("sharpness_smilius", "motion_blur", "red_eye", "skin_zones"),
        *("jpeg_blocks", "jpeg_quality", "compression"),
        *(limit.id for limit in LOOKED_AT_BY_A_PERSON),
    }


def _lamps(judge: FaceJudge, close_up: RgbPixels, number: int) -> set[str]:
    """Which of the gates on lamps and shadows fail in a first look at the client before a wall."""
    room = placed(close_up, plain(2592, 1944), left_px=150, top_px=450)
    readings = _seen(judge.preview(_small(room, 1000 * number), RULE)).readings
    lamps = {GLARE, HOT_SPOTS, EYE_SHADOW, BACKGROUND_SHADOW}
    assert lamps <= {reading.limit for reading in readings}
    return {
        one.limit.id for one in readings if one.limit in lamps and one.limit.gate(one.value).verdict is Verdict.FAIL
    }


def test_lamps_and_shadows_show_in_the_live_picture(
    judge: FaceJudge, models: FaceModels, close_up: RgbPixels, close_up_points: Points
) -> None:
    wall = BackgroundCheck(models.person).nobody(close_up)
    head = head_of(close_up_points)
    cheek = head.right_eye_px + np.array([0.0, 0.6 * head.inter_eye_px])
    assert "glasses_glare" in _lamps(judge, shining(close_up, head.left_eye_px, radius_px=12), 1)
    assert _lamps(judge, shining(close_up, cheek, radius_px=14), 2) >= {"hot_spots"}
    assert _lamps(judge, shaded_eyes(close_up, close_up_points, gain=0.45), 3) >= {"eye_shadow"}
    assert _lamps(judge, shadow_behind(close_up, wall, shift_px=(110, 20)), 4) >= {"background_shadow"}
    assert _lamps(judge, close_up, 5) == set()


def test_lamps_are_looked_at_now_and_then_and_in_every_new_face(
    counted: tuple[FacePreview, CountedSearch, CountedBackground], close_up: RgbPixels, close_up_points: Points
) -> None:
    preview, _, _ = counted
    shaded = shaded_eyes(close_up, close_up_points, gain=0.45)
    rooms = [placed(each, plain(2592, 1944), left_px=150, top_px=450) for each in (close_up, shaded)]
    failing = []
    for number in range(2 * SPOTS_EVERY):
        failing.append(_shaded(_seen(preview.look(_small(rooms[number > 0], number), RULE))))
    assert failing == [False] * (SPOTS_EVERY - 1) + [True] * (SPOTS_EVERY + 1)
    later = replace(_small(rooms[0], 0), taken_ns=10**9 + 2 * SPOTS_EVERY * STEP_NS + 2 * LOST_NS)
    assert not _shaded(_seen(preview.look(later, RULE)))


def _shaded(seen: Preview) -> bool:
    return any(EYE_SHADOW.gate(one.value).verdict is Verdict.FAIL for one in seen.readings if one.limit is EYE_SHADOW)


def test_a_frame_that_is_not_reduced_is_read_as_well(judge: FaceJudge, full: RgbPixels) -> None:
    look = _seen(judge.preview(Frame(full, taken_ns=10**12), RULE))
    assert look.taken_ns == 10**12


def test_the_full_frames_pixels_decide_whether_there_are_enough(judge: FaceJudge, full: RgbPixels) -> None:
    small = _small(full)
    # the same picture, of a camera that has no more pixels than these
    few = judge.preview(replace(small, reduced_ratio=1.0), RULE)
    assert isinstance(few, Retake)
    assert few.hint is Hint.TOO_FEW_PIXELS
    # 640 rows in place of 2592: a quarter of what the face has there, which is hardly more than it needs
    assert few.approach == Approach(0.25)
    with_focal = judge.preview(replace(small, reduced_ratio=1.0, focal_px=600.0), RULE)
    assert with_focal == Retake(Hint.TOO_FEW_PIXELS, Approach(0.25, 30))


def test_the_distance_is_the_full_frames(judge: FaceJudge, full: RgbPixels) -> None:
    """What a preview says of it, with the focal length in a full frame's pixels, the full frame says too."""
    far = placed(reduced(full, 0.6), plain(2592, 1944), left_px=300, top_px=500)
    looks = (
        judge.preview(replace(_small(far, 300), focal_px=2500.0), RULE),
        judge.judge(Frame(far, taken_ns=1, focal_px=2500.0), RULE),
    )
    for look in looks:
        assert isinstance(look, Retake)
        assert look.approach is not None
        assert look.approach.distance_ratio == pytest.approx(0.75, abs=0.051)
        assert look.approach.distance_cm == pytest.approx(135, abs=5)


def test_what_prevents_a_portrait_is_the_hint(judge: FaceJudge, full: RgbPixels, close_up: RgbPixels) -> None:
    assert judge.preview(_small(plain(2592, 1944)), RULE) == Retake(Hint.NO_FACE)
    assert judge.preview(_small(turned(full, 20.0), 100), RULE) == Retake(Hint.HEAD_TURNED)
    cut_off = placed(close_up, plain(2592, 1944), left_px=1050, top_px=450)
    assert judge.preview(_small(cut_off, 200), RULE) == Retake(Hint.OUT_OF_FRAME)


def test_a_frame_without_colour_is_a_fault(judge: FaceJudge) -> None:
    with pytest.raises(FrameUnusable):
        judge.preview(Frame(np.zeros((640, 480), np.uint8), taken_ns=1), RULE)


def test_a_face_is_followed_and_searched_for_only_now_and_then(
    counted: tuple[FacePreview, CountedSearch, CountedBackground], full: RgbPixels
) -> None:
    preview, search, background = counted
    small = _small(full)
    for number in range(2 * SEARCH_EVERY):
        _seen(preview.look(replace(small, taken_ns=number * STEP_NS), RULE))
    assert search.searched == 2
    assert background.looked == 1 + 2 * SEARCH_EVERY // BACKGROUND_EVERY


def test_a_face_that_moved_is_followed_there(
    counted: tuple[FacePreview, CountedSearch, CountedBackground], close_up: RgbPixels
) -> None:
    preview, search, _ = counted
    for number in range(5):
        moved = placed(close_up, plain(2592, 1944), left_px=100 + 40 * number, top_px=450)
        _seen(preview.look(_small(moved, number), RULE))
    assert search.searched == 1


def test_who_has_left_is_noticed_at_once(
    counted: tuple[FacePreview, CountedSearch, CountedBackground], full: RgbPixels
) -> None:
    preview, search, _ = counted
    _seen(preview.look(_small(full, 1), RULE))
    assert preview.look(_small(plain(2592, 1944), 2), RULE) == Retake(Hint.NO_FACE)
    _seen(preview.look(_small(full, 3), RULE))
    assert search.searched == 3


def test_after_a_pause_everything_is_looked_for_anew(
    counted: tuple[FacePreview, CountedSearch, CountedBackground], full: RgbPixels
) -> None:
    preview, search, background = counted
    small = _small(full)
    for taken_ns in (0, STEP_NS, STEP_NS + LOST_NS, 2 * STEP_NS + 2 * LOST_NS):
        _seen(preview.look(replace(small, taken_ns=taken_ns), RULE))
    assert (search.searched, background.looked) == (2, 2)


def test_a_second_face_is_noticed_at_the_next_search(
    counted: tuple[FacePreview, CountedSearch, CountedBackground], full: RgbPixels, astronaut: RgbPixels
) -> None:
    preview, _, _ = counted
    both = placed(reduced(full, 0.5), plain(2592, 1944), left_px=0, top_px=1000)
    both = placed(reduced(full, 0.5), both, left_px=950, top_px=1000)
    _seen(preview.look(_small(full, 0), RULE))
    said = [preview.look(_small(both, number), FaceRule(inter_eye_px=60)) for number in range(1, SEARCH_EVERY + 1)]
    assert said[-1] == Retake(Hint.SEVERAL_FACES)
