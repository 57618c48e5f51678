"""Which finger comes next, and which are kept: R-FINGER-4 and R-FINGER-5 as one pure function.

The rule in words, with the profile's order, thresholds and attempts:

1. Of each hand that the profile names one finger is kept. The hand's fingers are tried in the profile's order; a finger
   that the operator has marked missing is passed over, and one that the order does not name is never asked for.
2. A finger is tried until a print reaches its threshold, at most as often as the profile says; then the next one is.
   An attempt that ended without any print counts as tried.
3. The first finger at or above its threshold is kept; where the profile says so, an alternative must also have a higher
   score than the order's first finger, if that was tried and is poor. If none is kept by that, the one with the highest
   score is, the profile's tie-break deciding among equals.
4. A hand of which no finger can ever be captured is stood in for by the other: two of that are kept by the same order.
5. If that is so for both hands, the application is taken without prints and marked so: *exempt*.
6. Not regulated is everything else that leaves fewer fingers than wanted: one finger only, a hand without fingers for a
   time, a hand that gave no print. The answer says so, and what the operator's marks alone make impossible is said
   before anybody has to press. The policy is to postpone; if a supervisor accepts, the choice is made among what there
   is.

Hands are completed one after the other. Nothing here knows pictures: the station's process imports this file.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from capture.missing import MissingReason
from capture.profile import FingerRule
from drivers.contract import Digit, Finger, Hand

Tried = Mapping[Finger, Sequence[int | None]]
"""Per finger the score of each ended attempt, oldest first; None for an attempt that ended without a print."""

Missing = Mapping[Finger, MissingReason]
"""The fingers that the operator has marked, each with the reason."""


class Shortage(StrEnum):
    """Why fewer fingers can be had than wanted, where no rule says what to do then."""

    TEMPORARY = "temporary-injury"
    """A hand would have enough fingers if what is wrong with them were healed."""
    ONE_FINGER = "one-finger-only"
    """No more than one finger can be captured, now and later."""
    NO_PRINT = "no-print-made"
    """A finger that is there gave no print in all its attempts."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Capture this finger next."""

    finger: Finger
    """Which finger."""
    attempt_number: int
    """Which attempt on it, from 1."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """These fingers are kept; nothing is left to capture."""

    fingers: tuple[Finger, ...]
    """Hand by hand in the profile's order. Fewer than the profile wants only if a supervisor accepted that."""


@dataclass(frozen=True, slots=True)
class Exempt:
    """No finger can ever be captured: the application is taken without prints, and marked. Duty: R-FINGER-5."""


@dataclass(frozen=True, slots=True)
class Unregulated:
    """Fewer fingers than wanted, and no rule for it: postpone, unless a supervisor accepts. Duty: R-FINGER-5."""

    shortage: Shortage
    """Why there are fewer."""
    fingers: tuple[Finger, ...]
    """What there is, most wanted first: fingers that could be captured, or those that gave a print."""


Step = Ask | Chosen | Exempt | Unregulated


def next_step(rule: FingerRule, *, tried: Tried, missing: Missing, accepted: bool = False) -> Step:
    """What to do now.

    :param tried: what the attempts have given so far; fingers that are not in it were not tried.
    :param missing: every finger that the operator has marked.
    :param accepted: a supervisor has accepted that there are fewer fingers than wanted.
    Duties: R-FINGER-4 to R-FINGER-6.
    """
    hands = _hands(rule, tried=tried, missing=missing)
    if not hands:
        return Exempt()
    known = _shortage(hands)
    if known and not accepted:
        return Unregulated(known, _all(hand.at_hand for hand in hands))
    for hand in hands:
        if ask := hand.ask():
            return ask
    kept = _all(hand.kept for hand in hands)
    if any(len(hand.kept) < hand.wanted for hand in hands) and not accepted:
        return Unregulated(Shortage.NO_PRINT, kept)
    return Chosen(kept)


@dataclass(frozen=True, slots=True)
class _HandSoFar:
    """One hand, and how many of its fingers are wanted."""

    hand: Hand
    wanted: int
    rule: FingerRule
    tried: Tried
    missing: Missing

    @property
    def named(self) -> tuple[Finger, ...]:
        """The hand's fingers in the profile's order."""
        return _named(self.hand, self.rule.order)

    @property
    def at_hand(self) -> tuple[Finger, ...]:
        """Those of them that can be captured."""
        return tuple(finger for finger in self.named if finger not in self.missing)

    @property
    def lost(self) -> bool:
        """No finger of it can be captured, now or ever."""
        return all(finger in self.missing and self.missing[finger].permanent for finger in self.named)

    @property
    def heals(self) -> bool:
        """Some of it will be there at another appointment."""
        return any(finger in self.missing and not self.missing[finger].permanent for finger in self.named)

    @property
    def scores(self) -> dict[Finger, int]:
        """The best score of each finger that is at hand and gave a print, in the order."""
        given = {
            finger: [score for score in self.tried.get(finger, ()) if score is not None] for finger in self.at_hand
        }
        return {finger: max(scores) for finger, scores in given.items() if scores}

    @property
    def good(self) -> tuple[Finger, ...]:
        """The fingers that have reached their thresholds, and beat the first one where they must; in the order."""
        scores, first = self.scores, self.named[0]
        value = scores.get(first, -1)
        poor = self.rule.alternative_beats_first and value < self.rule.threshold(first)
        to_beat = value if poor and first in scores else None
        return tuple(
            finger
            for finger, score in scores.items()
            if score >= self.rule.threshold(finger) and (to_beat is None or score > to_beat)
        )

    @property
    def kept(self) -> tuple[Finger, ...]:
        """The good ones, then those with the highest scores; as many as are wanted, or as there are."""
        scores = self.scores
        highest = sorted(scores, key=lambda finger: (-scores[finger], self.rule.precedence(finger)))
        return tuple(dict.fromkeys((*self.good, *highest)))[: self.wanted]

    def ask(self) -> Ask | None:
        """The first finger in the order with an attempt left, unless enough before it are good."""
        wanted, good = self.wanted, self.good
        for finger in self.at_hand:
            attempts = len(self.tried.get(finger, ()))
            if finger in good:
                wanted -= 1
            elif attempts < self.rule.attempts:
                return Ask(finger, attempts + 1)
            if wanted == 0:
                return None
        return None


@cache
def _named(hand: Hand, order: tuple[Digit, ...]) -> tuple[Finger, ...]:
    mine = {finger.digit: finger for finger in Finger if finger.hand is hand}
    return tuple(mine[digit] for digit in dict.fromkeys(order))


def _hands(rule: FingerRule, *, tried: Tried, missing: Missing) -> tuple[_HandSoFar, ...]:
    """The hands to take from; a hand that is lost is stood in for by the other, and none is left if both are."""

    def so_far(hand: Hand, *, wanted: int) -> _HandSoFar:
        return _HandSoFar(hand=hand, wanted=wanted, rule=rule, tried=tried, missing=missing)

    lost = {hand for hand in Hand if so_far(hand, wanted=0).lost}
    if len(lost) == len(Hand):
        return ()
    other = {Hand.RIGHT: Hand.LEFT, Hand.LEFT: Hand.RIGHT}
    wanted = Counter(other[hand] if hand in lost else hand for hand in rule.hands)
    return tuple(so_far(hand, wanted=count) for hand, count in wanted.items())


def _shortage(hands: tuple[_HandSoFar, ...]) -> Shortage | None:
    """What the marked fingers alone make impossible."""
    short = [hand for hand in hands if len(hand.at_hand) < hand.wanted]
    if not short:
        return None
    return Shortage.TEMPORARY if any(hand.heals for hand in short) else Shortage.ONE_FINGER


def _all(parts: Iterator[tuple[Finger, ...]]) -> tuple[Finger, ...]:
    return tuple(finger for part in parts for finger in part)
