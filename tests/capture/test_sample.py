"""Samples, and the words about people that travel with them: reasons for a missing finger, errors of this floor."""

import numpy as np
import pytest
from pydantic import ValidationError

from capture.errors import CaptureError, FaceModelsMissing, FrameUnusable, PortraitTooLarge
from capture.missing import MissingReason
from capture.sample import FaceSample, FingerSample, Gate, Quality, Verdict
from drivers.contract import Finger
from tests.capture.devices import portrait


def _print(score: int | None = 50) -> FingerSample:
    pixels = np.full((4, 3), 201, np.uint8)
    quality = Quality(score=score, algorithm="a", version="1", failure=None if score is not None else "too little")
    return FingerSample(
        finger=Finger.LEFT_RING, pixels=pixels, wsq=b"\xff\xa0", ppi=500, quality=quality, measures={}, taken_ns=1
    )


def test_the_failed_gates_are_those_that_failed() -> None:
    sample = portrait("x", failed=2)
    assert [gate.id for gate in sample.failed] == ["gate_0", "gate_1"]
    assert portrait("x").failed == ()


def test_what_was_not_assessed_has_not_failed_and_not_passed() -> None:
    gate = Gate(id="g", value=None, unit="px", limit="-", verdict=Verdict.NOT_ASSESSED, sentence="Look yourself.")
    sample = FaceSample(jpeg=b"", width_px=1, height_px=1, eyes_px=((0, 0), (1, 1)), gates=(gate,), taken_ns=0)
    assert sample.failed == ()
    assert gate.verdict is not Verdict.PASS


def test_a_print_without_a_score_is_worth_less_than_any() -> None:
    assert _print(None).score < _print(0).score == 0


def test_zeroing_overwrites_the_pixels_even_when_they_were_read_only() -> None:
    sample = _print()
    pixels = sample.pixels
    pixels.setflags(write=False)
    sample.zero()
    assert not pixels.any()


def test_nothing_of_a_person_is_in_a_repr() -> None:
    assert "201" not in repr(_print())
    assert "xa0" not in repr(_print())
    shown = repr(portrait("JPEGBYTES"))
    assert "JPEGBYTES" not in shown
    assert "eyes" not in shown


def test_gates_and_qualities_are_read_strictly() -> None:
    with pytest.raises(ValidationError):
        Quality.model_validate({"score": 1, "algorithm": "a", "version": "1", "nfiq": 2})
    with pytest.raises(ValidationError):
        Gate.model_validate({"id": "g"})


@pytest.mark.parametrize(
    ("reason", "permanent", "code"),
    [
        (MissingReason.AMPUTATED, True, "XX"),
        (MissingReason.CANNOT_BE_CAPTURED, True, "UP"),
        (MissingReason.BANDAGED, False, "UP"),
        (MissingReason.INJURED, False, "UP"),
    ],
)
def test_a_reason_says_whether_it_heals_and_what_the_record_calls_it(
    reason: MissingReason, permanent: bool, code: str
) -> None:
    assert (reason.permanent, reason.amp_code) == (permanent, code)


def test_every_error_has_its_own_code_and_is_its_sentence() -> None:
    errors = (CaptureError, FaceModelsMissing, FrameUnusable, PortraitTooLarge)
    assert len({error.code for error in errors}) == 4
    assert FrameUnusable("No colour.").sentence == str(FrameUnusable("No colour.")) == "No colour."
