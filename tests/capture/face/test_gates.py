"""The gates: every requirement measured once, on the portrait or on the head as it was held."""

import numpy as np
import pytest

from capture.face.background import Background
from capture.face.gates import Subject, measured
from capture.face.geometry import head_of
from capture.face.points import CHIN, EAR_LEFT
from capture.face.portrait import Encoded
from capture.face.shape import shape
from capture.profile import FaceRule
from capture.sample import Gate, Verdict
from tests.capture.face.phantom import phantom
from tests.capture.face.pictures import blobs

PLAIN = Background(spread=5.0, balance=2.0)
EYES = (239.5, 0.43 * 640 - 0.5)


def _gates(
    *,
    eyes_px: tuple[float, float] = EYES,
    roll_deg: float = 0.0,
    background: Background = PLAIN,
    compression_ratio: float = 12.0,
    blocks: float | None = 1.0,
) -> dict[str, Gate]:
    points = phantom(134.0, eyes_px=eyes_px)
    subject = Subject(
        portrait=blobs(640, 480, sigma_px=2.0),
        points=points,
        head=head_of(points),
        held=head_of(phantom(200.0, eyes_px=(800.0, 900.0), roll_deg=roll_deg)),
        background=background,
        encoded=Encoded(b"", 95, compression_ratio),
        blocks=blocks,
    )
    return {gate.id: gate for gate in measured(subject, FaceRule())}


def test_framing_is_measured_in_the_portrait() -> None:
    gates = _gates()
    assert gates["inter_eye"].value == pytest.approx(134)
    assert gates["centring"].value == pytest.approx(0.5)
    assert gates["eye_line"].value == pytest.approx(0.43)
    assert gates["head_width"].value == pytest.approx(2 * shape()[EAR_LEFT, 0] * 134 / 480, abs=0.001)
    assert gates["head_length"].value == pytest.approx(1.97 * shape()[CHIN, 1] * 134 / 640, abs=0.01)


@pytest.mark.parametrize(("shift_px", "verdict"), [(20.0, Verdict.PASS), (25.0, Verdict.FAIL), (-25.0, Verdict.FAIL)])
def test_a_face_beside_the_middle_fails(shift_px: float, verdict: Verdict) -> None:
    assert _gates(eyes_px=(EYES[0] + shift_px, EYES[1]))["centring"].verdict is verdict


def test_the_roll_is_that_of_the_head_as_it_was_held() -> None:
    assert _gates(roll_deg=6.0)["roll"].value == pytest.approx(6.0)
    assert _gates(roll_deg=6.0)["roll"].verdict is Verdict.PASS
    assert _gates(roll_deg=8.5)["roll"].verdict is Verdict.FAIL


def test_a_background_that_was_not_assessed_stays_so() -> None:
    gates = _gates(background=Background(spread=30.0, balance=None))
    assert gates["background_spread"].verdict is Verdict.FAIL
    assert gates["background_balance"].verdict is Verdict.NOT_ASSESSED


def test_compression_is_held_against_the_profile() -> None:
    assert _gates(compression_ratio=20.0)["compression"].verdict is Verdict.PASS
    assert _gates(compression_ratio=25.0)["compression"].verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("blocks", "verdict"), [(8.0, Verdict.PASS), (8.1, Verdict.FAIL), (None, Verdict.NOT_ASSESSED)]
)
def test_the_cameras_own_compression_is_a_gate(blocks: float | None, verdict: Verdict) -> None:
    assert _gates(blocks=blocks)["jpeg_blocks"].verdict is verdict


def test_values_are_plain_numbers() -> None:
    for gate in _gates().values():
        assert gate.value is None or np.isfinite(gate.value)
        assert Gate.model_validate_json(gate.model_dump_json()) == gate
