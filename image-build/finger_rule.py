"""Writes docs/fingers.md out of the code: which fingers are kept, what a plate is called, and what the person is told.

`python image-build/finger_rule.py` writes it; tests/house compares it with what would be written now. The decision
tables are not written down anywhere: each line is a case that the rule itself was asked about.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "image-build")]

from capture.finger.advice import TABLE  # noqa: E402
from capture.finger.burst import AREA_RATIO_MIN, QUIET_MS, SHIFT_MAX_MM  # noqa: E402
from capture.finger.choice import Ask, Chosen, Exempt, Step, Unregulated, next_step  # noqa: E402
from capture.finger.framing import RESOLUTION_TOLERANCE, SIDE_MAX_PX, SIDE_MIN_PX  # noqa: E402
from capture.finger.plate import LIMITS  # noqa: E402
from capture.missing import MissingReason  # noqa: E402
from capture.profile import FingerRule, shipped_names, shipped_profile  # noqa: E402
from capture.records.manifest import RATIO_MAX, RATIO_MIN  # noqa: E402
from drivers.contract import Digit, Finger, Hand, Hint  # noqa: E402
from page import table  # noqa: E402

TARGET = ROOT / "docs" / "fingers.md"
HEAD = """# Fingers: which ones, when, and what the person is told

Written by `python image-build/finger_rule.py` out of the code; a test compares. Duties: R-FINGER-1 to R-FINGER-6.
"""
GONE, HEALS = MissingReason.AMPUTATED, MissingReason.INJURED

State = MissingReason | int | None
"""What a finger is: marked, or the score of every attempt on it, None where none gives a print."""


def render() -> str:
    """The whole page."""
    parts = [
        HEAD,
        *_profiles(),
        *_one_hand(),
        *_both_hands(),
        *_reasons(),
        *_plate(),
        *_burst(),
        *_advice(),
        *_records(),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _rules() -> dict[str, FingerRule]:
    return {name: shipped_profile(name).finger for name in shipped_names()}


def _profiles() -> Iterator[str]:
    rules = _rules()
    yield "## Profiles\n\n`station.profile.name` chooses one; every key stated beside it replaces what is shipped.\n"
    lines: dict[str, Iterable[str]] = {
        "hands, one finger of each": (", ".join(rule.hands) for rule in rules.values()),
        "order on a hand": (", ".join(rule.order) for rule in rules.values()),
        **{
            f"good enough: {digit}": tuple(_threshold(rule, digit) for rule in rules.values())
            for digit in (Digit.INDEX, Digit.MIDDLE, Digit.RING, Digit.THUMB, Digit.LITTLE)
        },
        "attempts per finger": (str(rule.attempts) for rule in rules.values()),
        "among equals, when all are poor": (", ".join(rule.tie_break or rule.order) for rule in rules.values()),
        "a good alternative must beat a poor index": (
            "yes" if rule.alternative_beats_first else "no" for rule in rules.values()
        ),
    }
    yield table(("rule", *(f"`{name}`" for name in rules)), ((name, *cells) for name, cells in lines.items()))


def _threshold(rule: FingerRule, digit: Digit) -> str:
    return f"from {rule.thresholds[digit]}" if digit in rule.order else "never used"


def follow(rule: FingerRule, states: Mapping[Finger, State]) -> tuple[list[Finger], Step]:
    """Ask the rule until it asks no more: every finger asked for, as often as it was, and the end."""
    missing = {finger: state for finger, state in states.items() if isinstance(state, MissingReason)}
    tried: dict[Finger, list[int | None]] = {}
    asked: list[Finger] = []
    while isinstance(step := next_step(rule, tried=tried, missing=missing), Ask):
        state = states[step.finger]
        tried.setdefault(step.finger, []).append(None if isinstance(state, MissingReason) else state)
        asked.append(step.finger)
    return asked, step


def _one_hand() -> Iterator[str]:
    yield "## One hand, case by case\n"
    yield (
        "*good*: a score from the threshold on; *poor*: below; the best attempt counts. Fingers are tried from the left"
        " until one is good. Each line stands for all cases that it describes: the rule was"
        " asked about every one of them.\n"
    )
    for name, rule in _rules().items():
        yield f"### `{name}`\n"
        yield table((*(str(digit) for digit in rule.order), "kept"), _lines(rule))


GOOD, HIGHEST, LOWER, MISSING = "good", "poor, the highest", "poor", "missing"

_NOT_GOOD = frozenset({HIGHEST, LOWER, MISSING})
_ANY = _NOT_GOOD | {GOOD}
_LESS = frozenset({LOWER, MISSING})
_SHOWN = {
    frozenset({GOOD}): GOOD,
    frozenset({HIGHEST}): HIGHEST,
    _NOT_GOOD: "poor or missing",
    _LESS: "poor and lower, or missing",
    _ANY: "not tried",
}

Case = tuple[str, ...]
"""A word for each finger, in the order."""


def _lines(rule: FingerRule) -> Iterator[tuple[str, ...]]:
    """A line for each finger that is the first good one, one for each that is the highest where none is, and equals."""
    kept = {case: _kept(rule, case) for case in product((GOOD, HIGHEST, LOWER, MISSING), repeat=len(rule.order))}
    for place in range(len(rule.order)):
        after = len(rule.order) - place - 1
        yield _line(kept, [_NOT_GOOD] * place + [frozenset({GOOD})] + [_ANY] * after)
    for place in range(len(rule.order)):
        yield _line(kept, [frozenset({HIGHEST}) if place == one else _LESS for one in range(len(rule.order))])
    equals = tuple(LOWER for _ in rule.order)
    yield (*("poor, all equal" for _ in rule.order), f"**{kept[equals]}**")


def _line(kept: Mapping[Case, str], pattern: list[frozenset[str]]) -> tuple[str, ...]:
    """One line of the table, after every case that it stands for has given the same."""
    found = {kept[case] for case in kept if all(word in words for word, words in zip(case, pattern, strict=True))}
    (digit,) = found
    return (*(_SHOWN[words] for words in pattern), f"**{digit}**")


def _kept(rule: FingerRule, case: Case) -> str:
    right = [Finger(f"{Hand.RIGHT}-{digit}") for digit in rule.order]
    left = dict.fromkeys((Finger(f"{Hand.LEFT}-{digit}") for digit in rule.order), 100)
    below = min(rule.threshold(finger) for finger in right)
    scores: dict[str, MissingReason | int] = {HIGHEST: below - 1, LOWER: below - 2, MISSING: GONE}
    states = {finger: scores.get(word, rule.threshold(finger)) for finger, word in zip(right, case, strict=True)}
    asked, end = follow(rule, {**states, **left})
    tried = [finger for finger in dict.fromkeys(asked) if finger.hand is Hand.RIGHT]
    first = next((finger for finger, word in zip(right, case, strict=True) if word == GOOD), right[-1])
    # tried from the left until one is good, the missing ones passed over
    assert case.count(MISSING) == len(case) or tried == [
        finger for finger in right[: right.index(first) + 1] if states[finger] is not GONE
    ]
    return end.fingers[0].digit if isinstance(end, Chosen) else "nothing"


def _both_hands() -> Iterator[str]:
    yield "## Both hands\n"
    yield (
        "*whole*: every finger can be captured. *lost*: none can, ever. *one left*: the second of the order, the others"
        " never. *heals*: none can now, later they can. Every print is good. Shown as `lt-eresident` does it;"
        " the others do the same in their own order.\n"
    )
    found = [list(_pairs(rule)) for rule in _rules().values()]
    assert all(
        len(rows) == len(found[0]) and [row[3] for row in rows] == [row[3] for row in found[0]] for rows in found
    )
    yield table(("right", "left", "kept", "what happens"), found[0])


def _pairs(rule: FingerRule) -> Iterator[tuple[str, ...]]:
    kinds: dict[str, tuple[State, ...]] = {
        "whole": (100, 100, 100, 100),
        "one left": (GONE, 100, GONE, GONE),
        "lost": (GONE, GONE, GONE, GONE),
        "heals": (HEALS, HEALS, HEALS, HEALS),
    }
    for right, left in product(kinds, repeat=2):
        states = {
            Finger(f"{hand}-{digit}"): state
            for hand, kind in ((Hand.RIGHT, right), (Hand.LEFT, left))
            for digit, state in zip(rule.order, kinds[kind], strict=True)
        }
        yield (right, left, *_ending(follow(rule, states)[1]))


def _ending(end: Step) -> tuple[str, str]:
    match end:
        case Chosen(fingers):
            return ", ".join(fingers), "enrolled"
        case Exempt():
            return "-", "taken without prints, and marked so in MIGRIS"
        case Unregulated(shortage):
            return "-", f"`{shortage.value}`: postponed, unless a supervisor accepts"
        case Ask():
            raise AssertionError("a followed rule asks no more")


def _reasons() -> Iterator[str]:
    yield "## Why a finger is missing\n"
    rows = [
        (f"`{reason.value}`", "never" if reason.permanent else "at another appointment", reason.amp_code)
        for reason in MissingReason
    ]
    yield table(("reason", "can be captured", "ANSI/NIST 14.018"), rows)


def _plate() -> Iterator[str]:
    yield "## What is on the plate\n"
    yield (
        f"A frame has {SIDE_MIN_PX} to {SIDE_MAX_PX} pixels a side and the sensor's calibrated resolution: within"
        f" {100 * RESOLUTION_TOLERANCE:g} % of the print's 500 ppi its pixels are taken as they are, a finer one is"
        " brought to it in one step whose factor is in the manifest, a coarser one is refused. A picture"
        " whose ridges are brighter than the plate around them is the machine's failure (`print-inverted`), not the"
        " person's.\n"
    )
    yield "From above; the first line that fits is what the plate is called.\n"
    rows = [(f"`{one.found.value}`", one.measure, one.limit, _hint(one.found.hint)) for one in LIMITS]
    yield table(("found", "measure", "limit", "the person is told"), rows)


def _hint(hint: Hint | None) -> str:
    return "-" if hint is None else f"`{hint.value}`"


def _burst() -> Iterator[str]:
    frames = FingerRule().frames_per_attempt
    yield "## When a print is taken\n"
    yield (
        f"By itself: as soon as two frames in a row show a finger no side of which has moved by more than"
        f" {SHIFT_MAX_MM:g} mm, and whose area has kept {100 * AREA_RATIO_MIN:g} %."
        f" Of {frames} frames (these two are the first) the one with the highest score is kept, the"
        f" others are overwritten. A finger that never lies still is told `{Hint.LIFT_FINGER}`. A sensor that gives"
        f" one frame a touch is waited for {QUIET_MS} ms, and its"
        " frame is taken.\n"
    )


def _advice() -> Iterator[str]:
    yield "## What the person can do better\n"
    yield (
        "Told before the same finger is tried again, most urgent first. Limits are ours (set on the simulated finger),"
        " but for the area, which is where NFIQ 2 warns.\n"
    )
    rows = [
        (f"`{one.hint.value}`", " and ".join(f"`{test}`" for test in one.tests), one.reason, one.hint.sentence)
        for one in TABLE
    ]
    yield table(("hint", "when", "because", "sentence"), rows)


def _records() -> Iterator[str]:
    yield "## Compression\n"
    yield (
        "Prints are WSQ at 0.75 bit a pixel; the codec has no other rate. Size and ratio are in the manifest; a ratio"
        f" outside {RATIO_MIN:g}:1 to {RATIO_MAX:g}:1 is remarked on there and changes nothing else.\n"
    )


if __name__ == "__main__":
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(render())
