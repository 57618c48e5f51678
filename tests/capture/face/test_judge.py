"""The judge: frames in, portraits or hints out."""

import cv2
import numpy as np
import pytest

from capture.errors import FrameUnusable
from capture.face.judge import FaceJudge
from capture.face.points import Points
from capture.face.portrait import decoded
from capture.profile import FaceRule
from capture.sample import FaceSample, Gate, Verdict
from drivers.contract import CameraSettings, Frame, Hint, Retake, RgbPixels
from tests.capture.face.pictures import (
    enlarged,
    eyes_shut,
    mouth_shut,
    noise,
    placed,
    plain,
    reduced,
    side_lit,
    turned,
)


def _frame(pixels: RgbPixels) -> Frame:
    return Frame(np.ascontiguousarray(pixels), taken_ns=7)


def _sample(judge: FaceJudge, pixels: RgbPixels, rule: FaceRule | None = None) -> FaceSample:
    sample = judge.judge(_frame(pixels), rule or FaceRule())
    assert isinstance(sample, FaceSample)
    return sample


def _gates(judge: FaceJudge, pixels: RgbPixels) -> dict[str, Gate]:
    return {gate.id: gate for gate in _sample(judge, pixels).gates}


def _failed(judge: FaceJudge, pixels: RgbPixels) -> set[str]:
    return {gate.id for gate in _sample(judge, pixels).failed}


def _hint(judge: FaceJudge, pixels: RgbPixels) -> Hint:
    retake = judge.judge(_frame(pixels), FaceRule())
    assert isinstance(retake, Retake)
    return retake.hint


@pytest.fixture(scope="module")
def sample(judge: FaceJudge, close_up: RgbPixels) -> FaceSample:
    return _sample(judge, close_up)


def test_a_smile_from_a_soft_lens_fails_on_mouth_and_sharpness_alone(sample: FaceSample) -> None:
    assert {gate.id for gate in sample.failed} == {"mouth_closed", "sharpness_smilius"}


def test_a_sample_keeps_what_the_camera_took_its_frame_with(judge: FaceJudge, close_up: RgbPixels) -> None:
    settings = CameraSettings(exposure_us=9_000)
    sample = judge.judge(Frame(close_up, taken_ns=7, settings=settings), FaceRule())
    assert isinstance(sample, FaceSample)
    assert (sample.settings, sample.taken_ns) == (settings, 7)


def test_the_portrait_is_what_the_rule_asks_for(sample: FaceSample, rule: FaceRule) -> None:
    assert (sample.width_px, sample.height_px, sample.taken_ns) == (480, 640, 7)
    assert decoded(sample.jpeg).shape == (640, 480, 3)
    assert len(sample.jpeg) <= rule.size_bytes_max
    assert 640 * 480 * 3 / len(sample.jpeg) <= rule.compression_ratio_max


def test_the_eyes_are_level_on_the_line_and_the_right_one_is_first(sample: FaceSample) -> None:
    right, left = sample.eyes_px
    assert right == pytest.approx((172.5, 274.7), abs=1)
    assert left == pytest.approx((306.5, 274.7), abs=1)


def test_the_irises_are_where_the_eyes_are_said_to_be(sample: FaceSample) -> None:
    """Looked up in the portrait itself: dark there, bright to both sides and below."""
    grey = np.asarray(cv2.cvtColor(decoded(sample.jpeg), cv2.COLOR_RGB2GRAY), int)
    for x, y in sample.eyes_px:
        iris = grey[y - 10 : y + 2, x - 6 : x + 7].mean()
        for dx, dy in ((-20, 0), (20, 0), (0, 22)):
            assert grey[y + dy - 10 : y + dy + 2, x + dx - 6 : x + dx + 7].mean() > iris + 30


def test_it_is_not_mirrored(judge: FaceJudge, close_up: RgbPixels) -> None:
    """A mark beside the client's right ear, on the picture's left, stays there."""
    marked = placed(plain(60, 60, 0) + np.array([0, 0, 250], np.uint8), close_up, left_px=500, top_px=480)
    portrait = decoded(_sample(judge, marked).jpeg).astype(int)
    blue = portrait[..., 2] - portrait[..., 0] > 120
    assert blue[:, :240].sum() > 1500
    assert blue[:, 240:].sum() == 0


def test_every_gate_is_there_once_and_says_something(sample: FaceSample) -> None:
    ids = [gate.id for gate in sample.gates]
    assert len(set(ids)) == len(ids) == 34
    for gate in sample.gates:
        assert gate.sentence.endswith(".")
        assert gate.client_sentence.endswith(".")
        assert (gate.value is None) == (gate.verdict is Verdict.NOT_ASSESSED)


def test_what_cannot_be_measured_is_left_to_a_person(sample: FaceSample) -> None:
    open_ones = {gate.id for gate in sample.gates if gate.verdict is Verdict.NOT_ASSESSED}
    assert open_ones == {"expression", "glasses", "head_covering", "face_free"}


def test_a_mirrored_frame_reads_the_same_with_the_roll_reversed(judge: FaceJudge, close_up: RgbPixels) -> None:
    there, back = _gates(judge, close_up), _gates(judge, close_up[:, ::-1])
    assert (there["roll"].value or 0) == pytest.approx(-(back["roll"].value or 0), abs=1)
    for name in ("head_width", "head_length", "mouth_closed", "motion_blur", "gaze"):
        assert there[name].value == pytest.approx(back[name].value, abs=0.03)


def test_a_closed_mouth_passes(judge: FaceJudge, close_up: RgbPixels, close_up_points: Points) -> None:
    assert "mouth_closed" not in _failed(judge, mouth_shut(close_up, close_up_points))


def test_closed_eyes_fail(judge: FaceJudge, close_up: RgbPixels, close_up_points: Points) -> None:
    assert "eye_contrast" in _failed(judge, eyes_shut(close_up, close_up_points))


@pytest.mark.parametrize("degrees", [-5.0, 2.0, 5.0])
def test_a_tilted_head_is_levelled_and_told(judge: FaceJudge, close_up: RgbPixels, degrees: float) -> None:
    """She holds her head at 2.6 degrees already."""
    gates = _gates(judge, turned(close_up, degrees))
    assert gates["roll"].value == pytest.approx(2.6 + degrees, abs=1)
    assert gates["roll"].verdict is Verdict.PASS


@pytest.mark.parametrize("degrees", [-19.0, 19.0])
def test_a_head_that_is_tilted_too_far_is_taken_again(judge: FaceJudge, close_up: RgbPixels, degrees: float) -> None:
    assert _hint(judge, turned(close_up, degrees)) is Hint.HEAD_TURNED


def test_too_dark_fails(judge: FaceJudge, close_up: RgbPixels) -> None:
    assert {"under_exposed", "grey_levels"} <= _failed(judge, (close_up * 0.3).astype(np.uint8))


def test_too_bright_fails(judge: FaceJudge, close_up: RgbPixels) -> None:
    assert "over_exposed" in _failed(judge, np.clip(close_up * 2.2, 0, 255).astype(np.uint8))


def test_flat_contrast_fails(judge: FaceJudge, close_up: RgbPixels) -> None:
    assert "grey_levels" in _failed(judge, (110 + close_up * 0.25).astype(np.uint8))


def test_light_from_one_side_fails(judge: FaceJudge, close_up: RgbPixels) -> None:
    assert "cheek_light" in _failed(judge, side_lit(close_up, middle_px=850, reach_px=500))


def test_a_colour_cast_fails(judge: FaceJudge, close_up: RgbPixels) -> None:
    cast = np.clip(close_up * np.array([0.6, 0.8, 1.3]), 0, 255).astype(np.uint8)
    assert "natural_colour" in _failed(judge, cast)


def test_a_picture_without_colour_fails(judge: FaceJudge, close_up: RgbPixels) -> None:
    grey = np.asarray(cv2.cvtColor(close_up, cv2.COLOR_RGB2GRAY), np.uint8)
    assert "natural_colour" in _failed(judge, np.repeat(grey[..., None], 3, axis=2))


def test_noise_fails_by_what_its_encoding_takes(judge: FaceJudge, close_up: RgbPixels) -> None:
    noisy = close_up + np.random.default_rng(5).normal(0, 25, close_up.shape)
    assert "jpeg_quality" in _failed(judge, np.clip(noisy, 0, 255).astype(np.uint8))


def test_blur_lowers_the_sharpness_further(judge: FaceJudge, close_up: RgbPixels) -> None:
    soft = np.asarray(cv2.GaussianBlur(close_up, (0, 0), 3), np.uint8)
    assert (_gates(judge, soft)["sharpness_smilius"].value or 0) < 0.003


def test_a_stripe_on_the_wall_fails(judge: FaceJudge, close_up: RgbPixels) -> None:
    striped = close_up.copy()
    striped[200:420, 480:560] = 20
    assert "background_spread" in _failed(judge, striped)


def test_a_larger_frame_gives_the_same_portrait(judge: FaceJudge, astronaut: RgbPixels, sample: FaceSample) -> None:
    """12 megapixels: reduced without enlarging, so the same face at the same place."""
    large = placed(enlarged(astronaut[:400, 50:400], 8.5), plain(4000, 3000), left_px=0, top_px=300)
    portrait = decoded(_sample(judge, large).jpeg).astype(int)
    assert np.abs(portrait - decoded(sample.jpeg))[120:500, 100:380].mean() < 9


@pytest.mark.parametrize("factor", [1.0, 1.6, 0.3])
def test_too_few_pixels_is_said_so(judge: FaceJudge, astronaut: RgbPixels, factor: float) -> None:
    assert _hint(judge, enlarged(astronaut, factor)) is Hint.TOO_FEW_PIXELS


def test_a_thumbnail_has_too_few_pixels_or_no_face(judge: FaceJudge, astronaut: RgbPixels) -> None:
    assert _hint(judge, reduced(astronaut[:300, 80:380], 1 / 3)) is Hint.TOO_FEW_PIXELS
    assert _hint(judge, noise(100, 100)) is Hint.NO_FACE


@pytest.mark.parametrize("part", [np.s_[300:], np.s_[:, 500:], np.s_[:, :900], np.s_[:640]])
def test_a_head_at_the_edge_is_out_of_frame(judge: FaceJudge, close_up: RgbPixels, part: tuple[slice, ...]) -> None:
    assert _hint(judge, close_up[part]) is Hint.OUT_OF_FRAME


def test_two_people_are_too_many(judge: FaceJudge, close_up: RgbPixels) -> None:
    assert _hint(judge, np.hstack([close_up[:1000], close_up[:1000]])) is Hint.SEVERAL_FACES


@pytest.mark.parametrize("picture", [plain(480, 640, 0), plain(480, 640, 255), noise(480, 640), plain(1, 1)])
def test_nobody_is_no_face(judge: FaceJudge, picture: RgbPixels) -> None:
    assert _hint(judge, picture) is Hint.NO_FACE


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((480, 640), np.uint8),
        np.zeros((480, 640, 4), np.uint8),
        np.zeros((480, 640, 3), np.uint16),
        np.zeros((0, 640, 3), np.uint8),
        np.zeros(7, np.uint8),
    ],
    ids=["grey", "with alpha", "16 bit", "empty", "line"],
)
def test_a_frame_that_is_not_8_bit_colour_is_the_cameras_fault(judge: FaceJudge, pixels: RgbPixels) -> None:
    with pytest.raises(FrameUnusable) as caught:
        judge.judge(Frame(pixels, taken_ns=0), FaceRule())
    assert caught.value.code == "frame-unusable"


def test_a_frame_is_only_read(judge: FaceJudge, close_up: RgbPixels) -> None:
    pixels = close_up.copy()
    pixels.setflags(write=False)
    assert isinstance(judge.judge(Frame(pixels, taken_ns=0), FaceRule()), FaceSample)
    assert (pixels == close_up).all()


def test_the_same_frame_gives_the_same_bytes(judge: FaceJudge, close_up: RgbPixels, sample: FaceSample) -> None:
    assert _sample(judge, close_up) == sample


def test_another_rule_gives_another_portrait(judge: FaceJudge, close_up: RgbPixels) -> None:
    rule = FaceRule(width_px=360, height_px=480, inter_eye_px=100.0, eye_line_ratio=0.45)
    portrait = _sample(judge, close_up, rule)
    assert decoded(portrait.jpeg).shape == (480, 360, 3)
    assert portrait.eyes_px[1][0] - portrait.eyes_px[0][0] == pytest.approx(100, abs=1)
    assert portrait.eyes_px[0][1] == pytest.approx(215, abs=1)


@pytest.mark.parametrize(
    "rule",
    [
        FaceRule(width_px=1, height_px=1),
        FaceRule(width_px=100, height_px=1000),
        FaceRule(eye_line_ratio=0.001),
        FaceRule(inter_eye_px=1.0),
    ],
    ids=["pixel", "slit", "eyes on top", "tiny head"],
)
def test_a_rule_that_makes_no_sense_gives_no_passing_portrait(
    judge: FaceJudge, close_up: RgbPixels, rule: FaceRule
) -> None:
    result = judge.judge(_frame(close_up), rule)
    assert isinstance(result, Retake) or result.failed


def test_the_second_photograph_fails_on_its_background(judge: FaceJudge, hopper: RgbPixels) -> None:
    """Mouth closed, head straight, a flag and a lit wall behind. Source: facts/face-cctv-console.md, first section."""
    gates = _gates(judge, enlarged(hopper, 1.6))
    assert gates["mouth_closed"].verdict is Verdict.PASS
    assert {gates[name].verdict for name in ("yaw", "pitch", "roll")} == {Verdict.PASS}
    assert gates["background_spread"].verdict is Verdict.FAIL
