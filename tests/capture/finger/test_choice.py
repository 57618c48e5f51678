"""The rule of R-FINGER-4 and 5: transcripts for what it says, properties over all combinations for what it promises."""

import ast
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.finger import choice
from capture.finger.choice import Ask, Chosen, Exempt, Shortage, Step, Unregulated, next_step
from capture.missing import MissingReason
from capture.profile import FingerRule, shipped_profile
from drivers.contract import Digit, Finger, Hand

LT = shipped_profile("lt-eresident").finger
DE = shipped_profile("de-residence-permit").finger
R_INDEX, R_MIDDLE, R_RING, R_THUMB = (Finger(f"right-{name}") for name in ("index", "middle", "ring", "thumb"))
L_INDEX, L_MIDDLE, L_RING, L_THUMB = (Finger(f"left-{name}") for name in ("index", "middle", "ring", "thumb"))
GONE, HEALS = MissingReason.AMPUTATED, MissingReason.BANDAGED
Missing = dict[Finger, MissingReason]
Scores = dict[Finger, list[int | None]]


def all_of(hand: Hand, reason: MissingReason) -> Missing:
    return {finger: reason for finger in Finger if finger.hand is hand}


def play(
    rule: FingerRule, *, missing: Missing, press: Callable[[Finger, int], int | None], accepted: bool = False
) -> tuple[list[Ask], Step]:
    """Follow the rule to its end; `press` says what each attempt gives."""
    tried: Scores = {}
    asked: list[Ask] = []
    while isinstance(step := next_step(rule, tried=tried, missing=missing, accepted=accepted), Ask):
        asked.append(step)
        assert len(asked) <= 10 * rule.attempts
        tried.setdefault(step.finger, []).append(press(step.finger, step.attempt_number))
    return asked, step


def test_both_indexes_are_taken_when_both_are_good() -> None:
    asked, end = play(LT, missing={}, press=lambda _finger, _attempt: 26)
    assert asked == [Ask(R_INDEX, 1), Ask(L_INDEX, 1)]
    assert end == Chosen((R_INDEX, L_INDEX))


def test_25_is_poor_and_is_tried_three_times() -> None:
    asked, end = play(LT, missing={}, press=lambda finger, attempt: 25 if attempt < 3 else 26)
    assert asked == [
        Ask(R_INDEX, 1),
        Ask(R_INDEX, 2),
        Ask(R_INDEX, 3),
        Ask(L_INDEX, 1),
        Ask(L_INDEX, 2),
        Ask(L_INDEX, 3),
    ]
    assert end == Chosen((R_INDEX, L_INDEX))


def test_after_a_poor_index_middle_ring_and_thumb_are_tried_and_the_first_good_one_wins() -> None:
    scores = {R_INDEX: 25, R_MIDDLE: 10, R_RING: 30, R_THUMB: 99}
    asked, end = play(LT, missing={}, press=lambda finger, _attempt: scores.get(finger, 50))
    assert [ask.finger for ask in asked if ask.attempt_number == 1] == [R_INDEX, R_MIDDLE, R_RING, L_INDEX]
    assert end == Chosen((R_RING, L_INDEX))


def test_if_every_finger_is_poor_the_highest_is_kept_even_if_it_is_the_index() -> None:
    poor = {R_INDEX: 20, R_MIDDLE: 10, R_RING: 5, R_THUMB: 19, L_INDEX: 3, L_MIDDLE: 4, L_RING: 25, L_THUMB: 6}
    _, end = play(LT, missing={}, press=lambda finger, _attempt: poor[finger])
    assert end == Chosen((R_INDEX, L_RING))


def test_an_equal_alternative_does_not_beat_the_index() -> None:
    _, end = play(LT, missing={}, press=lambda _finger, _attempt: 12)
    assert end == Chosen((R_INDEX, L_INDEX))


def test_the_best_of_a_fingers_attempts_counts() -> None:
    given_: Scores = {
        R_INDEX: [3, 24, 5],
        R_MIDDLE: [23, 1, 1],
        R_RING: [None, 0, 0],
        R_THUMB: [2, 2, 2],
        L_INDEX: [80],
    }
    assert next_step(LT, tried=given_, missing={}) == Chosen((R_INDEX, L_INDEX))


def test_a_missing_index_has_no_value_to_beat() -> None:
    _, end = play(LT, missing={R_INDEX: HEALS}, press=lambda finger, _attempt: 1 if finger is R_MIDDLE else 0)
    assert end == Chosen((R_MIDDLE, L_INDEX))


def test_attempts_without_a_print_count_as_tried_and_score_nothing() -> None:
    _, end = play(LT, missing={}, press=lambda finger, _attempt: None if finger is R_INDEX else 0)
    assert end == Chosen((R_MIDDLE, L_INDEX))


def test_a_print_without_a_score_is_better_than_none() -> None:
    _, end = play(LT, missing={}, press=lambda finger, _attempt: -1 if finger in {R_RING, L_INDEX} else None)
    assert end == Chosen((R_RING, L_INDEX))


def test_the_german_order_and_thresholds_are_only_a_profile() -> None:
    scores = {R_INDEX: 29, R_THUMB: 29, R_MIDDLE: 19, R_RING: 10, L_INDEX: 29, L_THUMB: 30}
    asked, end = play(DE, missing={}, press=lambda finger, _attempt: scores[finger])
    assert [ask.finger for ask in asked if ask.attempt_number == 1] == [
        *(R_INDEX, R_THUMB, R_MIDDLE, R_RING),
        *(L_INDEX, L_THUMB),
    ]
    assert end == Chosen((R_RING, L_THUMB))


def test_the_german_little_finger_is_never_asked_for() -> None:
    asked, end = play(DE, missing={}, press=lambda finger, _attempt: 99 if "little" in finger else 5)
    assert {ask.finger for ask in asked} == {finger for finger in Finger if "little" not in finger}
    assert end == Chosen((R_INDEX, L_INDEX))


def test_an_alternative_that_is_good_by_a_lower_threshold_must_beat_a_poor_index_where_the_profile_says_so() -> None:
    lenient = LT.model_copy(update={"thresholds": {**LT.thresholds, Digit.RING: 10}})
    scores = {R_INDEX: 25, R_MIDDLE: 3, R_RING: 25, R_THUMB: 2}
    asked, end = play(lenient, missing={}, press=lambda finger, _attempt: scores.get(finger, 50))
    assert [ask.finger for ask in asked if ask.attempt_number == 1] == [R_INDEX, R_MIDDLE, R_RING, R_THUMB, L_INDEX]
    assert end == Chosen((R_INDEX, L_INDEX))
    scores |= {R_INDEX: 24}
    _, end = play(lenient, missing={}, press=lambda finger, _attempt: scores.get(finger, 50))
    assert end == Chosen((R_RING, L_INDEX))
    # a missing index has no value to beat
    _, end = play(lenient, missing={R_INDEX: GONE}, press=lambda finger, _attempt: scores.get(finger, 50))
    assert end == Chosen((R_RING, L_INDEX))


def test_the_profile_says_who_wins_among_equals() -> None:
    rule = LT.model_copy(update={"tie_break": (Digit.RING, Digit.THUMB)})
    scores = {R_INDEX: 7, R_MIDDLE: 9, R_RING: 9, R_THUMB: 9}
    _, end = play(rule, missing={}, press=lambda finger, _attempt: scores.get(finger, 50))
    assert end == Chosen((R_RING, L_INDEX))
    _, end = play(rule, missing={R_RING: GONE}, press=lambda finger, _attempt: scores.get(finger, 50))
    assert end == Chosen((R_THUMB, L_INDEX))
    _, end = play(LT, missing={}, press=lambda finger, _attempt: scores.get(finger, 50))
    assert end == Chosen((R_MIDDLE, L_INDEX))


def test_a_hand_that_is_lost_is_stood_in_for_by_two_fingers_of_the_other() -> None:
    scores = {L_INDEX: 50, L_MIDDLE: 10, L_RING: 60}
    asked, end = play(LT, missing=all_of(Hand.RIGHT, GONE), press=lambda finger, _attempt: scores[finger])
    assert [ask.finger for ask in asked] == [L_INDEX, L_MIDDLE, L_MIDDLE, L_MIDDLE, L_RING]
    assert end == Chosen((L_INDEX, L_RING))


def test_the_stand_ins_are_the_two_best_if_all_are_poor() -> None:
    scores = {R_INDEX: 5, R_MIDDLE: 9, R_RING: 9, R_THUMB: 7}
    _, end = play(LT, missing=all_of(Hand.LEFT, GONE), press=lambda finger, _attempt: scores[finger])
    assert end == Chosen((R_MIDDLE, R_RING))


def test_little_fingers_that_the_order_does_not_name_do_not_make_a_hand_able() -> None:
    missing = all_of(Hand.RIGHT, GONE)
    del missing[Finger.RIGHT_LITTLE]
    assert next_step(LT, tried={}, missing=missing) == Ask(L_INDEX, 1)


def test_nobody_is_asked_for_anything_if_no_finger_can_ever_be_captured() -> None:
    missing = all_of(Hand.RIGHT, GONE) | all_of(Hand.LEFT, MissingReason.CANNOT_BE_CAPTURED)
    assert play(LT, missing=missing, press=lambda _finger, _attempt: 0) == ([], Exempt())


@pytest.mark.parametrize("reason", [MissingReason.BANDAGED, MissingReason.INJURED])
def test_a_hand_that_heals_postpones_before_anybody_presses(reason: MissingReason) -> None:
    asked, end = play(LT, missing=all_of(Hand.RIGHT, reason), press=lambda _finger, _attempt: 90)
    assert asked == []
    assert end == Unregulated(Shortage.TEMPORARY, (L_INDEX, L_MIDDLE, L_RING, L_THUMB))


def test_one_bandaged_finger_on_a_hand_otherwise_lost_heals() -> None:
    missing = all_of(Hand.RIGHT, GONE) | {R_INDEX: HEALS}
    end = next_step(LT, tried={}, missing=missing)
    assert isinstance(end, Unregulated)
    assert end.shortage is Shortage.TEMPORARY


def test_a_supervisor_may_accept_what_there_is() -> None:
    missing = all_of(Hand.RIGHT, HEALS)
    asked, end = play(LT, missing=missing, press=lambda _finger, _attempt: 90, accepted=True)
    assert (asked, end) == ([Ask(L_INDEX, 1)], Chosen((L_INDEX,)))
    missing |= all_of(Hand.LEFT, HEALS)
    assert play(LT, missing=missing, press=lambda _finger, _attempt: 90, accepted=True) == ([], Chosen(()))


def test_one_finger_only_is_not_regulated() -> None:
    missing = all_of(Hand.RIGHT, GONE) | all_of(Hand.LEFT, GONE)
    del missing[L_RING]
    assert next_step(LT, tried={}, missing=missing) == Unregulated(Shortage.ONE_FINGER, (L_RING,))
    _, end = play(LT, missing=missing, press=lambda _finger, _attempt: 40, accepted=True)
    assert end == Chosen((L_RING,))


def test_a_hand_that_gave_no_print_is_not_regulated() -> None:
    asked, end = play(LT, missing={}, press=lambda finger, _attempt: 60 if finger.hand is Hand.LEFT else None)
    assert len(asked) == 4 * 3 + 1
    assert end == Unregulated(Shortage.NO_PRINT, (L_INDEX,))


missings = st.dictionaries(st.sampled_from(list(Finger)), st.sampled_from(list(MissingReason)))
outcomes = st.dictionaries(
    st.tuples(st.sampled_from(list(Finger)), st.integers(1, 4)), st.none() | st.integers(-1, 100), max_size=40
)


@st.composite
def rules(draw: st.DrawFn) -> FingerRule:
    order = tuple(draw(st.lists(st.sampled_from(list(Digit)), min_size=1, max_size=5, unique=True)))
    hands = draw(st.sampled_from([(Hand.RIGHT, Hand.LEFT), (Hand.LEFT, Hand.RIGHT), (Hand.RIGHT,), (Hand.LEFT,)]))
    return FingerRule(
        hands=hands,
        order=order,
        thresholds={digit: draw(st.integers(0, 100)) for digit in order},
        attempts=draw(st.integers(1, 4)),
        tie_break=tuple(draw(st.lists(st.sampled_from(list(Digit)), max_size=5, unique=True))),
        alternative_beats_first=draw(st.booleans()),
    )


@settings(max_examples=200, deadline=None)
@given(rule=rules(), missing=missings, given_=outcomes, default=st.none() | st.integers(0, 100), accepted=st.booleans())
def test_whatever_happens_the_rule_ends_and_keeps_its_promises(
    rule: FingerRule,
    missing: Missing,
    given_: dict[tuple[Finger, int], int | None],
    default: int | None,
    accepted: bool,
) -> None:
    scores: dict[Finger, list[int | None]] = {}

    def press(finger: Finger, attempt: int) -> int | None:
        scores.setdefault(finger, []).append(given_.get((finger, attempt), default))
        return scores[finger][-1]

    asked, end = play(rule, missing=missing, press=press, accepted=accepted)
    lost = {
        hand
        for hand in Hand
        if all(f in missing and missing[f].permanent for f in Finger if f.hand is hand and f.digit in rule.order)
    }
    for finger in {ask.finger for ask in asked}:
        numbers = [ask.attempt_number for ask in asked if ask.finger is finger]
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) <= rule.attempts
        assert finger not in missing
        assert finger.digit in rule.order
        assert finger.hand in rule.hands or lost
        # once good, a finger is left in peace, unless it has to beat the first
        must_beat = rule.alternative_beats_first and finger.digit is not rule.order[0]
        assert must_beat or all(score is None or score < rule.threshold(finger) for score in scores[finger][:-1])
    assert isinstance(end, Exempt) == (lost == set(Hand))
    if isinstance(end, Chosen):
        check_chosen(end, rule=rule, scores=scores, lost=lost, accepted=accepted)
    if isinstance(end, Unregulated):
        assert not accepted
        assert set(end.fingers).isdisjoint(missing)


def check_chosen(end: Chosen, *, rule: FingerRule, scores: Scores, lost: set[Hand], accepted: bool) -> None:
    assert len(set(end.fingers)) == len(end.fingers)
    assert len(end.fingers) == len(rule.hands) or (accepted and len(end.fingers) < len(rule.hands))
    assert all(any(score is not None for score in scores[finger]) for finger in end.fingers)
    for hand in Hand:
        kept = [finger for finger in end.fingers if finger.hand is hand]
        assert len(kept) <= (2 if lost else 1)
        tried = {f: max((s for s in scores[f] if s is not None), default=-2) for f in scores if f.hand is hand}
        for finger in kept:
            if tried[finger] < rule.threshold(finger):
                others = [other for other in tried if other not in kept]
                assert all(tried[other] <= tried[finger] for other in others)


def test_the_station_can_import_it_without_pictures() -> None:
    imported = [node for node in ast.walk(ast.parse(Path(choice.__file__).read_text())) if isinstance(node, ast.Import)]
    modules = [
        node.module or ""
        for node in ast.walk(ast.parse(Path(choice.__file__).read_text()))
        if isinstance(node, ast.ImportFrom)
    ]
    assert not imported
    assert {module.split(".")[0] for module in modules} <= {
        "collections",
        "dataclasses",
        "enum",
        "functools",
        "capture",
        "drivers",
    }
    code = "import sys, capture.finger.choice; sys.exit('cv2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
