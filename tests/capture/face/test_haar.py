"""Both readers on the same pictures: where they agree, and what only one of them knows."""

import numpy as np
import pytest

from capture.face.geometry import Head
from capture.face.haar import HaarReader
from capture.face.judge import FaceJudge
from capture.face.networks import NetworkReader
from capture.face.pyramid import Pyramid
from capture.face.reader import Face, FaceReader
from capture.profile import FaceRule
from capture.sample import FaceSample, Gate, Verdict
from drivers.contract import Frame, Hint, Retake, RgbPixels
from tests.capture.face.pictures import (
    blobs,
    checkers,
    enlarged,
    noise,
    placed,
    plain,
    reduced,
    text_page,
    turned,
)

EYES_WITHIN = 0.07
"""Haar's eye centres are this near to the networks', as a share of the distance between the eyes."""
KNOWN = {"roll", "inter_eye", "centring", "eye_line", "jpeg_quality", "compression"}
"""Gates that eyes and the encoding suffice for."""


@pytest.fixture(scope="module")
def haar() -> HaarReader:
    return HaarReader()


def _read(reader: FaceReader, picture: RgbPixels) -> list[Face]:
    pyramid = Pyramid(picture)
    return [reader.closer(pyramid, face) for face in reader.faces(pyramid)]


def _head(reader: FaceReader, picture: RgbPixels) -> Head:
    faces = _read(reader, picture)
    assert len(faces) == 1
    assert faces[0].head is not None
    return faces[0].head


def _frame(pixels: RgbPixels) -> Frame:
    return Frame(np.ascontiguousarray(pixels), taken_ns=7)


def _gates(judge: FaceJudge, picture: RgbPixels) -> dict[str, Gate]:
    sample = judge.judge(_frame(picture), FaceRule())
    assert isinstance(sample, FaceSample)
    return {gate.id: gate for gate in sample.gates}


@pytest.mark.parametrize("factor", [0.7, 1.0, 2.0, 3.2])
@pytest.mark.parametrize("degrees", [0, 6, -8])
def test_both_see_the_eyes_at_the_same_places(
    networks: NetworkReader, haar: HaarReader, astronaut: RgbPixels, factor: float, degrees: float
) -> None:
    picture = turned(enlarged(astronaut, factor) if factor >= 1 else reduced(astronaut, factor), degrees)
    all_known, eyes_known = _head(networks, picture), _head(haar, picture)
    near_px = EYES_WITHIN * all_known.inter_eye_px
    assert np.linalg.norm(eyes_known.right_eye_px - all_known.right_eye_px) < near_px
    assert np.linalg.norm(eyes_known.left_eye_px - all_known.left_eye_px) < near_px
    assert eyes_known.inter_eye_px == pytest.approx(all_known.inter_eye_px, rel=2 * EYES_WITHIN)
    assert eyes_known.roll_deg == pytest.approx(all_known.roll_deg, abs=3)
    assert eyes_known.eye_chin_px == pytest.approx(all_known.eye_chin_px, rel=0.15)


def test_both_measure_the_photographs_as_published(
    networks: NetworkReader, haar: HaarReader, astronaut: RgbPixels, hopper: RgbPixels
) -> None:
    """About 46 and 85 pixels between the eyes. Source: facts/face-cctv-console.md, first section."""
    assert _head(networks, astronaut).inter_eye_px == pytest.approx(46, abs=4)
    assert _head(haar, astronaut).inter_eye_px == pytest.approx(46, abs=4)
    assert _head(networks, hopper).inter_eye_px == pytest.approx(85, abs=6)


def test_teeth_fail_the_mouth_of_the_one_and_are_not_seen_by_the_other(
    judge: FaceJudge, eyes_judge: FaceJudge, close_up: RgbPixels
) -> None:
    assert _gates(judge, close_up)["mouth_closed"].verdict is Verdict.FAIL
    assert _gates(eyes_judge, close_up)["mouth_closed"].verdict is Verdict.NOT_ASSESSED


def test_both_name_the_same_gates_in_the_same_order(
    judge: FaceJudge, eyes_judge: FaceJudge, close_up: RgbPixels
) -> None:
    assert list(_gates(judge, close_up)) == list(_gates(eyes_judge, close_up))


def test_what_eyes_do_not_tell_is_not_assessed(eyes_judge: FaceJudge, close_up: RgbPixels) -> None:
    gates = _gates(eyes_judge, close_up)
    assert {name for name, gate in gates.items() if gate.verdict is not Verdict.NOT_ASSESSED} == KNOWN
    assert {gates[name].verdict for name in KNOWN} == {Verdict.PASS}


@pytest.mark.parametrize("degrees", [0, 2, -6])
def test_both_frame_the_same_portrait(
    judge: FaceJudge, eyes_judge: FaceJudge, close_up: RgbPixels, degrees: float
) -> None:
    frame, rule = _frame(turned(close_up, degrees)), FaceRule()
    full, outlined = (each.judge(frame, rule) for each in (judge, eyes_judge))
    assert isinstance(full, FaceSample)
    assert isinstance(outlined, FaceSample)
    assert np.array(outlined.eyes_px) == pytest.approx(np.array(full.eyes_px), abs=6)
    assert (outlined.width_px, outlined.height_px) == (rule.width_px, rule.height_px)


def test_both_see_the_face_behind_glasses_and_one_of_them_its_eyes(
    networks: NetworkReader, haar: HaarReader, eyes_judge: FaceJudge, hopper: RgbPixels
) -> None:
    full, boxed = _read(networks, hopper), _read(haar, hopper)
    assert len(full) == len(boxed) == 1
    assert full[0].irises is not None
    assert boxed[0].head is None
    assert eyes_judge.judge(_frame(hopper), FaceRule()) == Retake(Hint.EYES_NOT_FOUND)


def test_both_count_two_people(networks: NetworkReader, haar: HaarReader, astronaut: RgbPixels) -> None:
    pair = np.hstack([astronaut, astronaut])
    assert len(_read(networks, pair)) == len(_read(haar, pair)) == 2


def test_neither_counts_a_portrait_on_a_card(
    networks: NetworkReader, haar: HaarReader, astronaut: RgbPixels, close_up: RgbPixels
) -> None:
    printed = reduced(enlarged(astronaut[:320, 100:360], 2.0), 1.6 * 0.18)
    frame = placed(printed, close_up, left_px=1150, top_px=60)
    assert len(_read(networks, frame)) == len(_read(haar, frame)) == 1


def test_the_largest_comes_first(networks: NetworkReader, haar: HaarReader, astronaut: RgbPixels) -> None:
    wide = np.hstack([placed(reduced(astronaut, 0.6), plain(512, 512), left_px=100, top_px=100), astronaut])
    for reader in (networks, haar):
        sides = [face.side_px for face in _read(reader, wide)]
        assert len(sides) == 2
        assert sides[0] > 1.3 * sides[1]


@pytest.mark.parametrize(
    "picture",
    [
        plain(600, 800),
        noise(800, 600),
        blobs(800, 600, sigma_px=4),
        blobs(800, 600, sigma_px=16),
        checkers(600, 800, cell_px=50),
        text_page(800, 600),
        plain(1, 1),
        noise(1, 900),
    ],
    ids=["plain", "noise", "fine", "coarse", "squares", "text", "pixel", "line"],
)
def test_neither_sees_a_face_in_nothing(networks: NetworkReader, haar: HaarReader, picture: RgbPixels) -> None:
    assert _read(networks, picture) == _read(haar, picture) == []
