"""The contract's words: aims, frames, hints, faults, options. They are data, so they share this file."""

import numpy as np
import pytest
from pydantic import ValidationError

import drivers.contract
from drivers.contract import CameraSettings, Control, Digit, Fault, Finger, Frame, Hand, Hint, Options, OrderFault


def test_a_finger_knows_its_hand_digit_and_code() -> None:
    # ISO/IEC 19794-4:2005: 1 right thumb ... 5 right little, 6 left thumb ... 10 left little
    names = [f"{hand}-{digit}" for hand in Hand for digit in Digit]
    assert [finger.value for finger in Finger] == names
    assert [(finger.hand, finger.digit) for finger in Finger] == [(hand, digit) for hand in Hand for digit in Digit]
    assert [finger.code for finger in Finger] == list(range(1, 11))


def test_a_frame_says_height_then_width_and_shows_no_pixels() -> None:
    frame = Frame(np.full((2, 3), 201, np.uint8), taken_ns=5)
    assert (frame.height_px, frame.width_px) == (2, 3)
    assert "201" not in repr(frame)


def test_a_frame_is_zeroed_even_when_its_pixels_were_made_read_only() -> None:
    pixels = np.full((2, 3), 201, np.uint8)
    pixels.setflags(write=False)
    Frame(pixels, taken_ns=5).zero()
    assert not pixels.any()


@pytest.mark.parametrize("hint", Hint)
def test_every_hint_is_one_sentence(hint: Hint) -> None:
    assert hint.sentence.endswith(".")
    assert hint.sentence.count(".") == 1


def _faults() -> list[type[Fault]]:
    named = [getattr(drivers.contract, name) for name in drivers.contract.__all__]
    return [kind for kind in named if isinstance(kind, type) and issubclass(kind, Fault)]


def test_every_fault_has_its_own_code() -> None:
    faults = _faults()
    assert len({fault.code for fault in faults}) == len(faults) == 14


def test_a_fault_is_its_sentence_and_disorder_is_our_own_mistake() -> None:
    assert Fault("It broke.").sentence == str(Fault("It broke.")) == "It broke."
    assert issubclass(OrderFault, RuntimeError)


def test_options_refuse_what_they_do_not_know_and_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Options.model_validate({"colour": "red"})
    with pytest.raises(ValidationError):
        Options().colour = "red"  # type: ignore[attr-defined]  # that is what is tried


def test_every_control_has_its_place_in_the_settings() -> None:
    told = CameraSettings(exposure_us=1, gain_ratio=2.0, white_balance_ratios=(3.0, 4.0), focus_dioptres=5.0)
    assert [told.of(control) for control in Control] == [1, 2.0, (3.0, 4.0), 5.0]
    assert [CameraSettings().of(control) for control in Control] == [None] * 4


def test_a_camera_without_units_tells_its_own_steps() -> None:
    told = CameraSettings(gain_steps=0, white_balance_k=4_600, focus_steps=30)
    assert [told.of(control) for control in Control] == [None, 0, 4_600, 30]
    assert CameraSettings(gain_ratio=1.5, gain_steps=7).of(Control.GAIN) == 1.5
