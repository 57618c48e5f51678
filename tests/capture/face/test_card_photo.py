"""The photograph with the card: framed around both, encoded once, and each gate says what is wrong."""

import numpy as np
import pytest

from capture.errors import FrameUnusable
from capture.face.card_photo import CardJudge, CardPhoto
from capture.face.models import FaceModels
from capture.face.portrait import decoded
from capture.face.pyramid import Pyramid
from capture.face.search import FaceSearch
from capture.profile import CardRule
from capture.records import face_record
from capture.sample import Verdict
from drivers.contract import Frame, Hint, Retake, RgbPixels
from tests.capture.face.degraded import beside
from tests.capture.face.holding import Held, corners_of, holding
from tests.capture.face.pictures import enlarged
from tests.capture.face.sitting import Sitting, exposed


@pytest.fixture(scope="module")
def judge(models: FaceModels) -> CardJudge:
    return CardJudge(models)


def _photo(judge: CardJudge, picture: RgbPixels, rule: CardRule | None = None) -> CardPhoto:
    photo = judge.judge(Frame(picture, taken_ns=7), rule or CardRule())
    assert isinstance(photo, CardPhoto)
    return photo


def _failed(photo: CardPhoto) -> set[str]:
    return {gate.id for gate in photo.failed}


@pytest.mark.parametrize("rule", [CardRule(), CardRule(width_px=900, height_px=1200)], ids=["lying", "standing"])
def test_a_good_one_passes_in_either_shape(judge: CardJudge, sitting: Sitting, rule: CardRule) -> None:
    photo = _photo(judge, holding(sitting, Held()), rule)
    assert _failed(photo) == set()
    assert decoded(photo.jpeg).shape == (rule.height_px, rule.width_px, 3)
    assert len(photo.jpeg) <= rule.size_bytes_max
    assert photo.taken_ns == 7
    assert {gate.verdict for gate in photo.gates} == {Verdict.PASS}


def test_its_record_is_a_basic_one_that_reads_back(judge: CardJudge, sitting: Sitting) -> None:
    photo = _photo(judge, holding(sitting, Held()))
    record = face_record.read(photo.record)
    assert (record.jpeg, record.full_frontal) == (photo.jpeg, False)
    assert (record.width_px, record.height_px) == (photo.width_px, photo.height_px)


@pytest.mark.parametrize(
    ("held", "gate"),
    [
        (Held(across=0.2, down=0.9), "card_beside_face"),
        (Held(blur_px=2), "card_sharp"),
        (Held(blur_px=4), "card_sharp"),
    ],
)
def test_each_fault_has_its_gate(judge: CardJudge, sitting: Sitting, held: Held, gate: str) -> None:
    assert _failed(_photo(judge, holding(sitting, held))) == {gate}


def test_without_a_card_only_that_is_said(judge: CardJudge, sitting: Sitting) -> None:
    photo = _photo(judge, exposed(sitting.picture))
    assert _failed(photo) == {"card_found"}
    assert {gate.id for gate in photo.gates if gate.verdict is Verdict.NOT_ASSESSED} == {
        "card_beside_face",
        "card_size",
        "card_sharp",
    }


def test_the_portrait_on_the_card_is_no_second_person(judge: CardJudge, sitting: Sitting, search: FaceSearch) -> None:
    """It is seen as a face when the card alone is looked at."""
    held = Held(printed=True)
    picture, corners = holding(sitting, held), corners_of(sitting, held)
    (left, top), (right, bottom) = corners.min(axis=0).astype(int), corners.max(axis=0).astype(int)
    assert len(search.faces(Pyramid(enlarged(picture[top:bottom, left:right], 2.0)))) == 1
    assert _failed(_photo(judge, picture)) == set()


def test_a_second_person_is_told(judge: CardJudge, sitting: Sitting) -> None:
    frame = Frame(exposed(beside(sitting, 0.5)), taken_ns=1)
    assert judge.judge(frame, CardRule()) == Retake(Hint.SEVERAL_FACES)


def test_nobody_is_told_as_for_a_portrait(judge: CardJudge, sitting: Sitting) -> None:
    assert judge.judge(Frame(exposed(sitting.wall), taken_ns=1), CardRule()) == Retake(Hint.NO_FACE)


def test_a_card_at_the_edge_of_the_frame_is_told(judge: CardJudge, sitting: Sitting) -> None:
    picture = holding(sitting, Held())[:, :1270]
    assert judge.judge(Frame(picture.copy(), taken_ns=1), CardRule()) == Retake(Hint.OUT_OF_FRAME)


def test_a_frame_with_too_few_pixels_is_told(judge: CardJudge, sitting: Sitting) -> None:
    picture = holding(sitting, Held())[::2, ::2]
    assert judge.judge(Frame(picture.copy(), taken_ns=1), CardRule()) == Retake(Hint.TOO_FEW_PIXELS)


def test_a_frame_without_colour_is_the_cameras_fault(judge: CardJudge) -> None:
    with pytest.raises(FrameUnusable):
        judge.judge(Frame(np.zeros((1200, 1600), np.uint8), taken_ns=1), CardRule())
