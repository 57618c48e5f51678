import pytest
from pydantic import ValidationError

from capture.profile import FaceRule, FingerRule, Profile, RecordRule
from drivers.contract import Digit, Finger, Hand


def test_the_default_is_what_the_duties_ask_for() -> None:
    profile = Profile()
    # R-FACE-2: 480x640; R-FINGER-2: 320x480 at 500 ppi; R-FINGER-4: 0 to 25 is poor, index first, one of each hand
    assert (profile.face.width_px, profile.face.height_px) == (480, 640)
    assert (profile.finger.width_px, profile.finger.height_px, profile.finger.ppi) == (320, 480, 500)
    assert profile.finger.hands == (Hand.RIGHT, Hand.LEFT)
    assert profile.finger.order == (Digit.INDEX, Digit.MIDDLE, Digit.RING, Digit.THUMB)
    assert {profile.finger.threshold(finger) for finger in Finger if finger.digit in profile.finger.order} == {26}


def test_a_profile_goes_through_json_unchanged() -> None:
    profile = Profile(name="other", version=3, finger=FingerRule(hands=(Hand.LEFT,)))
    assert Profile.model_validate_json(profile.model_dump_json()) == profile


def test_a_threshold_is_its_digits() -> None:
    rule = FingerRule(order=(Digit.THUMB, Digit.INDEX), thresholds={Digit.THUMB: 40, Digit.INDEX: 30})
    assert (rule.threshold(Finger.LEFT_THUMB), rule.threshold(Finger.RIGHT_INDEX)) == (40, 30)


@pytest.mark.parametrize(
    "wrong",
    [
        {"finger": {"order": ["little"]}},
        {"finger": {"order": []}},
        {"finger": {"hands": []}},
        {"finger": {"thresholds": {"index": 101, "middle": 0, "ring": 0, "thumb": 0}}},
        {"finger": {"attempts": 0}},
        {"face": {"attempts": 0}},
        {"face": {"frames_per_attempt": 0}},
        {"face": {"time_limit_ms": 0}},
        {"face": {"eye_line_ratio": 1.0}},
        {"face": {"unknown": 1}},
        {"record": {"transaction_type": "a b"}},
        {"name": "Ą"},
        {"version": 0},
        {"idle_limit_ms": 0},
        {"colour": "red"},
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Profile.model_validate(wrong)


@pytest.mark.parametrize("rule", [FaceRule(), FingerRule(), RecordRule(), Profile()])
def test_a_rule_does_not_change(rule: FaceRule | FingerRule | RecordRule | Profile) -> None:
    with pytest.raises(ValidationError):
        setattr(rule, next(iter(type(rule).model_fields)), 1)
