"""The quick look with the fallback: it agrees with the portrait that the full frame gives."""

import numpy as np
import pytest

from capture.face.judge import FaceJudge
from capture.face.live import Preview
from capture.profile import FaceRule
from capture.sample import FaceSample
from drivers.contract import Approach, Frame, Hint, Retake, RgbPixels
from tests.capture.face.pictures import plain, reduced

RULE = FaceRule()


def test_it_reads_what_the_portraits_gates_will(eyes_judge: FaceJudge, close_up: RgbPixels) -> None:
    small = Frame(reduced(close_up, 0.4), taken_ns=5, reduced_ratio=0.4)
    look, taken = eyes_judge.preview(small, RULE), eyes_judge.judge(Frame(close_up, taken_ns=5), RULE)
    assert isinstance(look, Preview)
    assert isinstance(taken, FaceSample)
    gates = {gate.id: gate.value for gate in taken.gates}
    assert [reading.limit.id for reading in look.readings] == ["roll", "inter_eye", "centring", "eye_line"]
    for reading, near in zip(look.readings, (3.0, 8.0, 0.03, 0.03), strict=True):
        assert reading.value == pytest.approx(gates[reading.limit.id], abs=near)
    assert look.taken_ns == 5


def test_what_prevents_a_portrait_is_the_hint(eyes_judge: FaceJudge, close_up: RgbPixels) -> None:
    small = reduced(close_up, 0.4)
    assert eyes_judge.preview(Frame(plain(480, 640), taken_ns=1), RULE) == Retake(Hint.NO_FACE)
    two = Frame(np.hstack([small[:, 40:400], small[:, 40:400]]), taken_ns=1, reduced_ratio=0.4)
    assert eyes_judge.preview(two, RULE) == Retake(Hint.SEVERAL_FACES)
    few = eyes_judge.preview(Frame(small, taken_ns=1), RULE)
    assert few == Retake(Hint.TOO_FEW_PIXELS, Approach(0.5))
