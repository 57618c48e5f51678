"""The live picture: when to take the portrait, what to tell the client meanwhile, and which of the frames to keep.

No device and no clock is known here: quick looks at small frames come in with their times, and out comes whether to
shoot. A gate that passes is not lost by a value that trembles about its limit, and one that fails is not won by it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite

from capture.face.limits import Limit
from capture.face.policy import demanded, rank
from capture.profile import FaceRule
from capture.sample import FaceSample
from drivers.contract import Hint, Retake

MARGIN_RATIO = 0.1
"""A gate that passes fails only beyond its limit by this share of the limit's half width (or of the bound itself, where
that is less), and one that fails passes only within it by as much. Own calibration: on the simulated camera, with four
times its usual noise, no value moves by more than half of that from one frame to the next, hot spots by two thirds."""
GAP_MAX_MS = 400
"""What was not looked at for so long was not held meanwhile."""
HELD_FRAMES_MIN = 3
"""A hold is seen in so many frames at least, however slow the camera is."""
MS_NS = 1_000_000
NOT_SEEN = Retake(Hint.NOT_SEEN_IN_TIME)
"""Nobody has looked yet."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a quick look has measured for one gate."""

    limit: Limit
    """The gate's limit."""
    value: float | None
    """In the limit's unit; None where it could not be assessed."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a quick look at a small frame found: one face, of which a portrait can be cut."""

    readings: tuple[Reading, ...]
    """In the order in which a person can do something about them."""
    taken_ns: int
    """The frame's monotonic time."""


@dataclass(frozen=True, slots=True)
class Guidance:
    """What the operator's page shows while the client finds the pose."""

    retake: Retake | None = None
    """Why no portrait could be cut at all; None where one could."""
    failed: tuple[Limit, ...] = ()
    """The gates that stand in the way, most urgent first."""
    held_ms: int = 0
    """How long every mandatory gate has passed by now."""

    @property
    def sentence(self) -> str:
        """What the operator can do, the most urgent only; empty while every gate passes."""
        if self.retake is not None:
            return self.retake.sentence
        return self.failed[0].sentence if self.failed else ""

    @property
    def client_sentence(self) -> str:
        """The same, as it is said to the client."""
        if self.retake is not None:
            return self.retake.client_sentence
        return self.failed[0].client_sentence if self.failed else ""


class Live:
    """One attempt's live picture."""

    def __init__(self, rule: FaceRule, retake: Retake = NOT_SEEN) -> None:
        """:param retake: why there is no portrait yet."""
        self._rule = rule
        self._passed: dict[str, bool] = {}
        self._began_ns: int | None = None
        self._face_since_ns: int | None = None
        self._seen_ns = 0
        self._held_frames = 0
        self.guidance = Guidance(retake)

    @property
    def face_seen(self) -> bool:
        """Whether a portrait could be cut from the newest frame."""
        return self.guidance.retake is None

    @property
    def shoot(self) -> bool:
        """Whether to take full frames now: every gate has held, or has been waited for long enough."""
        rule, holding = self._rule, self._held_frames > 0
        if holding and self._held_frames >= HELD_FRAMES_MIN and self.guidance.held_ms >= rule.hold_ms:
            return True
        # a hold that has begun may still succeed
        patience_ms = rule.pose_limit_ms + (rule.hold_ms if holding else 0)
        return self.face_seen and self._posed_ms >= patience_ms

    def miss(self, retake: Retake) -> Guidance:
        """No portrait could be cut from the newest frame."""
        self._lose()
        if retake.hint is Hint.NO_FACE:
            self._face_since_ns = None
            self._passed.clear()
        self.guidance = Guidance(retake)
        return self.guidance

    def see(self, preview: Preview) -> Guidance:
        """The newest frame's readings."""
        if (preview.taken_ns - self._seen_ns) / MS_NS > GAP_MAX_MS:
            self._lose()
        self._seen_ns = preview.taken_ns
        if self._face_since_ns is None:
            self._face_since_ns = preview.taken_ns
        failed = tuple(self._failed(preview))
        if failed:
            self._lose()
        else:
            self._began_ns = preview.taken_ns if self._began_ns is None else self._began_ns
            self._held_frames += 1
        began_ns = preview.taken_ns if self._began_ns is None else self._began_ns
        self.guidance = Guidance(failed=failed, held_ms=(preview.taken_ns - began_ns) // MS_NS)
        return self.guidance

    @property
    def _posed_ms(self) -> float:
        return 0 if self._face_since_ns is None else (self._seen_ns - self._face_since_ns) / MS_NS

    def _failed(self, preview: Preview) -> Iterator[Limit]:
        """What was not assessed does not stand in the way (the operator is asked about it), nor does what is waived."""
        for reading in preview.readings:
            limit, value = demanded(reading.limit, self._rule.relaxation), reading.value
            if limit is None or value is None:
                continue
            self._passed[limit.id] = passes(limit, value, before=self._passed.get(limit.id))
            if not self._passed[limit.id]:
                yield limit

    def _lose(self) -> None:
        self._began_ns, self._held_frames = None, 0


def passes(limit: Limit, value: float, *, before: bool | None) -> bool:
    """Whether a gate passes now. :param before: whether it passed in the frame before, None where nobody looked."""
    margin_ratio = 0.0 if before is None else MARGIN_RATIO if before else -MARGIN_RATIO
    half_width = (limit.high - limit.low) / 2
    low, high = (
        bound if not isfinite(bound) else bound + outwards * margin_ratio * min(half_width, abs(bound))
        for bound, outwards in ((limit.low, -1), (limit.high, 1))
    )
    return low <= value <= high


class BestOf:
    """The best of a few full frames, and why there is none yet."""

    def __init__(self, rule: FaceRule) -> None:
        self._rule = rule
        self._looks = 0
        self.sample: FaceSample | None = None
        self.retake = NOT_SEEN

    @property
    def enough(self) -> bool:
        """Whether no further frame is wanted: one passes every gate, or so many were looked at."""
        passing = self.sample is not None and not self.sample.failed
        return passing or self._looks >= self._rule.frames_per_attempt

    def add(self, judged: FaceSample | Retake) -> None:
        """Keep it if it is the best so far: most mandatory gates, then most others, then the latest."""
        self._looks += 1
        match judged:
            case Retake():
                self.retake = judged
            case FaceSample():
                rule, best = self._rule, self.sample
                if best is None or rank(judged.gates, rule) >= rank(best.gates, rule):
                    self.sample = judged
