import pytest
from pydantic import ValidationError

from capture.profile import (
    DEFAULT_PROFILE,
    Bounds,
    CardRule,
    FaceRule,
    FingerRule,
    Profile,
    RecordRule,
    shipped_names,
    shipped_profile,
)
from drivers.contract import Digit, Finger, Hand


def test_the_default_is_what_the_duties_ask_for() -> None:
    profile = Profile()
    # R-FACE-2: 480x640; R-FINGER-2: 320x480 at 500 ppi; R-FINGER-4: 0 to 25 is poor, index first, one of each hand
    assert (profile.face.width_px, profile.face.height_px) == (480, 640)
    assert (profile.finger.width_px, profile.finger.height_px, profile.finger.ppi) == (320, 480, 500)
    assert profile.finger.hands == (Hand.RIGHT, Hand.LEFT)
    assert profile.finger.order == (Digit.INDEX, Digit.MIDDLE, Digit.RING, Digit.THUMB)
    assert {profile.finger.threshold(finger) for finger in Finger if finger.digit in profile.finger.order} == {26}


@pytest.mark.parametrize(
    "profile",
    [
        Profile(name="other", version=3, finger=FingerRule(hands=(Hand.LEFT,))),
        *(shipped_profile(name) for name in shipped_names()),
    ],
    ids=lambda profile: profile.name,
)
def test_a_profile_goes_through_json_unchanged(profile: Profile) -> None:
    assert Profile.model_validate_json(profile.model_dump_json()) == profile


def test_the_photograph_with_the_card_has_a_section_of_its_own() -> None:
    profile = Profile.model_validate({"card": {"width_px": 900, "height_px": 1200}})
    assert profile.card == CardRule(width_px=900, height_px=1200)
    assert profile.face == FaceRule()
    with pytest.raises(ValidationError):
        Profile.model_validate({"card": {"attempts": 2}})


def test_the_shipped_profiles_are_those_of_the_two_countries() -> None:
    assert shipped_names() == ("lt-eresident", "de-residence-permit")
    assert shipped_profile(DEFAULT_PROFILE) == Profile() == Profile.model_validate({})
    # what is shipped for Lithuania is what the code has as defaults: FingerRule() alone means the same
    assert Profile().finger == FingerRule()


def test_the_german_profile_is_the_guidelines() -> None:
    rule = shipped_profile("de-residence-permit").finger
    thumb, index, middle, ring, little = (rule.thresholds[digit] for digit in Digit)
    assert (thumb, index, middle, ring, little) == (30, 30, 20, 10, 10)
    assert rule.order == (Digit.INDEX, Digit.THUMB, Digit.MIDDLE, Digit.RING)
    assert (rule.attempts, rule.alternative_beats_first) == (3, False)


def test_a_name_chooses_and_every_key_beside_it_overrides() -> None:
    given = {
        "name": "de-residence-permit",
        "finger": {"attempts": 2, "thresholds": {"ring": 15}},
        "face": {"attempts": 1},
    }
    profile = Profile.model_validate(given)
    shipped = shipped_profile("de-residence-permit")
    thresholds = {**shipped.finger.thresholds, Digit.RING: 15}
    changed = shipped.finger.model_copy(update={"attempts": 2, "thresholds": thresholds})
    assert profile.finger == changed
    assert profile.face == FaceRule(attempts=1)
    assert profile.card == CardRule()
    assert Profile(name="de-residence-permit", version=7).version == 7


@pytest.mark.parametrize("finger", [{}, {"order": ["index"]}, {"thresholds": {"index": 1}}])
def test_a_name_that_is_mistyped_is_refused_and_one_of_ones_own_states_its_rule(finger: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="no such profile is shipped"):
        Profile.model_validate({"name": "de-residence-permitt", "finger": finger})
    own = {"order": ["thumb"], "thresholds": {"thumb": 40}}
    assert Profile.model_validate({"name": "ours", "finger": own}).finger.order == (Digit.THUMB,)


def test_equals_are_told_apart_by_the_tie_break_then_by_the_order() -> None:
    rule = FingerRule(tie_break=(Digit.RING,))
    ranked = sorted((f for f in Finger if f.digit in rule.order and "left" in f), key=rule.precedence)
    assert [finger.digit for finger in ranked] == [Digit.RING, Digit.INDEX, Digit.MIDDLE, Digit.THUMB]


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
        {"finger": {"tie_break": ["toe"]}},
        {"finger": {"frames_per_attempt": 0}},
        {"finger": 3},
        {"name": ["lt-eresident"]},
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


@pytest.mark.parametrize("bounds", [{}, {"low": 0.6, "high": 0.5}, {"low": float("nan")}, {"middle": 1.0}])
def test_bounds_that_bound_nothing_are_refused(bounds: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Bounds.model_validate(bounds)


def test_a_profile_may_have_relaxations_of_its_own_and_other_mandatory_gates() -> None:
    given = {"face": {"relaxations": {"tall-hat": {"waived": ["head_length"]}}, "mandatory": ["yaw"]}}
    face = Profile.model_validate(given).face
    assert face.relaxations["tall-hat"].waived == ("head_length",)
    assert face.mandatory == ("yaw",)
    with pytest.raises(ValidationError):
        FaceRule.model_validate({"relaxations": {"x": {"waived": ["Not an id"]}}})


def test_a_rule_demands_all_until_an_operator_chooses_otherwise_for_one_client() -> None:
    rule = FaceRule(inter_eye_px=120.0, relaxations={"tall-hat": {"waived": ["head_length"]}})
    assert rule.relaxation.waived == ()
    assert rule.relaxed(None) is rule
    chosen = rule.relaxed("tall-hat")
    assert (chosen.inter_eye_px, chosen.relaxation) == (120.0, rule.relaxations["tall-hat"])
    with pytest.raises(KeyError):
        rule.relaxed("child")
    # nobody can choose it for everybody
    with pytest.raises(ValidationError):
        FaceRule.model_validate({"chosen": {"waived": ["head_length"]}})
