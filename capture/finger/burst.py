"""One attempt's frames, one after the other: wait until the finger lies still, then keep the best of a few.

No device and no clock is known here: frames come in, `enough` says when to stop asking for more, and `outcome` what
came of it. Whatever is not kept is overwritten at once. The frames that showed the finger lying still are the first of
the burst, so a sensor that goes on giving frames is asked for no more than that with the usual two.
"""

from dataclasses import dataclass

from capture.finger.framing import FramedPrint, frame_print
from capture.finger.plate import MM_PER_INCH
from capture.finger.score import BUILT_IN, Scorer
from capture.finger.scored import ScoredPrint
from capture.finger.segment import Contact
from capture.profile import FingerRule
from capture.sample import FingerSample
from drivers.contract import Finger, Frame, Hint, Retake

SHIFT_MAX_MM = 0.9
"""Two frames show a finger lying still when no side of its box has moved by more than this: one that the sensor's edge
cuts off moves at its other sides only."""

AREA_RATIO_MIN = 0.85
"""And when the smaller of its two areas is at least this share of the larger one: it neither comes down nor lifts."""

QUIET_MS = 1_000
"""A sensor that has shown a finger and then shows nothing for so long gives one frame a touch: that one is taken."""


def lies_still(before: Contact, after: Contact, *, ppi: int) -> bool:
    """Whether a finger is at the same place with the same area in two frames, both measured at this resolution."""
    shift_px = max(abs(one - other) for one, other in zip(before.box_px, after.box_px, strict=True))
    smaller, larger = sorted((before.finger_px, after.finger_px))
    return shift_px * MM_PER_INCH / ppi <= SHIFT_MAX_MM and smaller >= AREA_RATIO_MIN * larger


@dataclass(frozen=True, slots=True)
class _Seen:
    """A frame with a finger on it, framed and not scored."""

    framed: FramedPrint
    taken_ns: int

    def scored(self) -> ScoredPrint:
        return ScoredPrint.of(self.framed, taken_ns=self.taken_ns)


class Burst:
    """All that one attempt has seen. Its methods compute for tens of milliseconds: call them in a thread, in turn."""

    def __init__(self, finger: Finger, *, rule: FingerRule, scorer: Scorer = BUILT_IN) -> None:
        """A burst that has seen nothing.

        :param finger: which finger was asked for; a picture cannot tell.
        :param scorer: scores the print that is kept; the built-in model alone is fast enough to choose it.
        """
        self._finger, self._rule, self._scorer = finger, rule, scorer
        self._hint = Hint.NOT_SEEN_IN_TIME
        self._last: _Seen | None = None
        self._best: ScoredPrint | None = None
        self._still: Contact | None = None
        self._scored = 0
        self._moves = False
        self._ended = False

    @property
    def enough(self) -> bool:
        """Whether no further frame is wanted."""
        return self._ended or self._scored >= self._rule.frames_per_attempt

    @property
    def finger_seen(self) -> bool:
        """Whether the newest frame showed a finger."""
        return self._last is not None or self._best is not None

    def add(self, frame: Frame) -> None:
        """Look at a frame, which may be zeroed afterwards.

        :param frame: a sensor's, tip up, 0 = ridge, with its resolution.
        :raises: PrintFrameUnusable, PrintInverted, PrintResolutionUnfit, ScoreModelUnreadable.
        """
        framed = frame_print(frame, rule=self._rule)
        if isinstance(framed, Retake):
            self.miss(framed.hint)
        else:
            self._take(_Seen(framed, frame.taken_ns))

    def miss(self, hint: Hint) -> None:
        """No finger was shown: a burst that has begun is over, a finger that was only seen is forgotten."""
        self._hint = hint
        self._ended = self._best is not None
        self._drop_last()
        self._moves = False

    def outcome(self) -> FingerSample | Retake:
        """The best print; or why there is none. The sample takes its memory over.

        :raises: ScoreModelUnreadable, WsqUnencodable.
        """
        if self._best is None and self._last is not None and not self._moves:
            self._keep(self._last.scored())  # the only frame of this touch
            self._last = None
        if self._best is None:
            return Retake(Hint.LIFT_FINGER if self._last is not None else self._hint)
        sample = self._best.sample(self._finger, rule=self._rule, scorer=self._scorer)
        self._best = None
        return sample

    def zero(self) -> None:
        """Overwrite whatever is still held."""
        self._drop_last()
        if self._best is not None:
            self._best.zero()
            self._best = None

    def _take(self, seen: _Seen) -> None:
        before = self._still or (None if self._last is None else self._last.framed.contact)
        still = before is not None and lies_still(before, seen.framed.contact, ppi=self._rule.ppi)
        if still:
            self._score(seen)
        elif self._best is not None:
            self._ended = True
            seen.framed.zero()
        else:
            self._moves = self._last is not None
            self._drop_last()
            self._last = seen

    def _score(self, seen: _Seen) -> None:
        """Invariant: the frame before the first still one is scored with it, where more than one frame is wanted."""
        if self._last is not None and self._rule.frames_per_attempt > 1:
            self._keep(self._last.scored())
            self._last = None
        self._drop_last()
        self._still = seen.framed.contact
        self._keep(seen.scored())

    def _keep(self, scored: ScoredPrint) -> None:
        """The better of two, the earlier among equals; the other one is overwritten."""
        self._scored += 1
        best = self._best
        if best is not None and best.rank >= scored.rank:
            scored.zero()
            return
        if best is not None:
            best.zero()
        self._best = scored

    def _drop_last(self) -> None:
        if self._last is not None:
            self._last.framed.zero()
            self._last = None
