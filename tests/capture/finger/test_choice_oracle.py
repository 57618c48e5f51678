"""The rule against a second, plainer telling of it: every combination of one hand, every combination of marks."""

from collections.abc import Mapping
from itertools import product

import pytest

from capture.finger.choice import Ask, Chosen, Exempt, Shortage, Step, Unregulated, next_step
from capture.missing import MissingReason
from capture.profile import FingerRule, shipped_profile
from drivers.contract import Digit, Finger, Hand

LT = shipped_profile("lt-eresident").finger
DE = shipped_profile("de-residence-permit").finger
LENIENT = LT.model_copy(update={"thresholds": {**LT.thresholds, Digit.RING: 10, Digit.THUMB: 5}})
GONE, HEALS = MissingReason.AMPUTATED, MissingReason.INJURED

State = MissingReason | int | None
"""What a finger is: marked, or what every attempt on it gives."""


def fingers(rule: FingerRule, hand: Hand) -> list[Finger]:
    return [Finger(f"{hand}-{digit}") for digit in rule.order]


def follow(rule: FingerRule, states: Mapping[Finger, State], *, accepted: bool = False) -> tuple[list[Finger], Step]:
    """Ask the rule until it asks no more; each finger that was asked for, as often as it was."""
    missing = {finger: state for finger, state in states.items() if isinstance(state, MissingReason)}
    tried: dict[Finger, list[int | None]] = {}
    asked: list[Finger] = []
    while isinstance(step := next_step(rule, tried=tried, missing=missing, accepted=accepted), Ask):
        state = states[step.finger]
        assert not isinstance(state, MissingReason)
        assert step.attempt_number == len(tried.setdefault(step.finger, [])) + 1
        tried[step.finger].append(state)
        asked.append(step.finger)
    return asked, step


def by_hand(rule: FingerRule, states: Mapping[Finger, State]) -> tuple[list[Finger], Finger | None]:
    """One finger of one hand, told as R-FINGER-4 tells it: whom it asks, and whom it keeps."""
    asked: list[Finger] = []
    prints: list[tuple[int, Finger]] = []
    first = next(iter(states))
    to_beat = -1
    for finger, state in states.items():
        if isinstance(state, MissingReason):
            continue
        clear = state is not None and state >= rule.thresholds[finger.digit]
        if clear and isinstance(state, int) and state > to_beat:
            return [*asked, finger], finger
        asked += [finger] * 3
        if state is not None:
            prints.append((state, finger))
        if finger is first and rule.alternative_beats_first:
            to_beat = -1 if state is None else state
    highest = max((score for score, _ in prints), default=None)
    return asked, next((finger for score, finger in prints if score == highest), None)


@pytest.mark.parametrize(
    ("rule", "states"),
    [
        (LT, (GONE, HEALS, None, 20, 25, 26)),
        (DE, (GONE, None, 9, 19, 29, 30)),
        (LENIENT, (GONE, None, 4, 9, 25, 26)),
    ],
    ids=["lt-eresident", "de-residence-permit", "lower thresholds for alternatives"],
)
def test_every_combination_of_one_hand_is_as_the_duty_tells_it(rule: FingerRule, states: tuple[State, ...]) -> None:
    right, left = fingers(rule, Hand.RIGHT), fingers(rule, Hand.LEFT)
    told = 0
    for combination in product(states, repeat=4):
        mine = dict(zip(right, combination, strict=True))
        expected_asked, expected = by_hand(rule, mine)
        if all(isinstance(state, MissingReason) for state in combination):
            continue  # the other test's business
        asked, end = follow(rule, mine | dict.fromkeys(left, 90))
        assert asked == [*expected_asked, left[0]], mine
        if expected is None:
            assert end == Unregulated(Shortage.NO_PRINT, (left[0],)), mine
        else:
            assert end == Chosen((expected, left[0])), mine
        told += 1
    assert told == 6**4 - sum(isinstance(state, MissingReason) for state in states) ** 4


def on_marks(marks: Mapping[Hand, tuple[MissingReason | None, ...]]) -> tuple[type[Step], Shortage | None, int]:
    """R-FINGER-5 and what it leaves open: the end, why it is short, and how many fingers there are for it."""
    free = {hand: sum(mark is None for mark in given) for hand, given in marks.items()}
    lost = [hand for hand, given in marks.items() if all(mark is GONE for mark in given)]
    if len(lost) == 2:
        return Exempt, None, 0
    wanted = {hand: 2 if lost else 1 for hand in marks if hand not in lost}
    short = [hand for hand, count in wanted.items() if free[hand] < count]
    if not short:
        return Chosen, None, 2
    healing = any(mark is HEALS for hand in short for mark in marks[hand])
    return Unregulated, Shortage.TEMPORARY if healing else Shortage.ONE_FINGER, sum(free[hand] for hand in wanted)


def test_every_combination_of_marks_on_both_hands_is_as_the_duty_tells_it() -> None:
    right, left = fingers(LT, Hand.RIGHT), fingers(LT, Hand.LEFT)
    for marks in product((None, GONE, HEALS), repeat=8):
        states: dict[Finger, State] = {
            finger: 90 if mark is None else mark for finger, mark in zip([*right, *left], marks, strict=True)
        }
        asked, end = follow(LT, states)
        kind, shortage, count = on_marks({Hand.RIGHT: marks[:4], Hand.LEFT: marks[4:]})
        assert isinstance(end, kind), marks
        if isinstance(end, Unregulated):
            # nobody has to press before somebody has decided
            assert (asked, end.shortage, len(end.fingers)) == ([], shortage, count), marks
        elif isinstance(end, Chosen):
            assert len(end.fingers) == len(asked) == count, marks
        else:
            assert asked == [], marks


def test_a_lost_hand_gives_two_of_the_other_for_every_pair_of_scores() -> None:
    lost = dict.fromkeys(fingers(LT, Hand.LEFT), GONE)
    right = fingers(LT, Hand.RIGHT)
    for scores in product((10, 25, 26, 60), repeat=4):
        _, end = follow(LT, lost | dict(zip(right, scores, strict=True)))
        good = [finger for finger, score in zip(right, scores, strict=True) if score > 25]
        others = sorted(range(4), key=lambda place: (-scores[place], place))
        wanted = dict.fromkeys([*good, *(right[place] for place in others)])
        assert end == Chosen(tuple(wanted)[:2]), scores
