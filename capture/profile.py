"""What a visit asks for: fingers, order, thresholds, attempts, time limits. Part of the signed configuration.

Profiles are data: those in `profiles/` are shipped and chosen by their names, and what the configuration states beside
the name replaces what the shipped one says, key by key. A name that is not shipped is a profile of one's own.

Duties: R-FINGER-4 to 6 (order and thresholds are a profile, not constants in code), R-FACE-2.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from drivers.contract import Digit, Finger, Hand

Score = Annotated[int, Field(ge=0, le=100)]

GateId = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
"""A gate's stable name."""
RelaxationName = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
"""A relaxation's name."""

DEFAULT_PROFILE = "lt-eresident"
"""The shipped profile that a station follows when it is told nothing else."""


class _Rule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Bounds(_Rule):
    """What a gate's value must be within, in place of its usual limit."""

    low: float | None = Field(default=None, allow_inf_nan=False)
    """The lowest value that passes, None where there is no such bound."""
    high: float | None = Field(default=None, allow_inf_nan=False)
    """The highest value that passes, None where there is no such bound."""

    @model_validator(mode="after")
    def _bounds_something(self) -> Self:
        low, high = self.low, self.high
        if (low is None and high is None) or (low is not None and high is not None and low > high):
            raise ValueError("bounds have a low or a high, and the low is not above the high")
        return self


class Relaxation(_Rule):
    """What may not be demanded of some clients."""

    waived: tuple[GateId, ...] = ()
    """Gates that may fail: their values are recorded, but do not stop a portrait. One that failed is not a pass."""
    bounds: dict[GateId, Bounds] = {}
    """Gates with other limits."""


NOTHING_RELAXED = Relaxation()
"""All is demanded."""

MANDATORY_GATES = (
    "roll",
    "mouth_closed",
    "head_width",
    "head_length",
    "eye_line",
    "centring",
    "inter_eye",
    "over_exposed",
    "under_exposed",
    "sharpness_smilius",
    "grey_levels",
)
"""What has to be reported of every portrait (its size and colour space are so by construction); all else is optional.

Source: BSI TR-03121, table 5.2, facts/standards.md section 2.6."""

RELAXATIONS = {
    "child": Relaxation(bounds={"eye_line": Bounds(low=0.3, high=0.6), "head_length": Bounds(low=0.5, high=0.9)}),
    "disability": Relaxation(
        waived=(
            "yaw",
            "pitch",
            "roll",
            "eyes_open",
            "eye_contrast",
            "gaze",
            "mouth_closed",
            "motion_blur",
        )
    ),
}
"""For children under 11 years: the wider limits of clauses 8.3.3 and 8.3.5 (facts/standards.md section 2.6). For people
who cannot hold the pose, look, open their eyes or close their mouth: that is not demanded; light and framing are."""


class FaceRule(_Rule):
    """How the portrait is taken and framed."""

    width_px: int = Field(default=480, gt=0)
    """Width of the portrait (R-FACE-2)."""
    height_px: int = Field(default=640, gt=0)
    """Height of the portrait (R-FACE-2)."""
    inter_eye_px: float = Field(default=134.0, gt=0)
    """Distance between the eye centres in the portrait when the camera has pixels enough for it."""
    eye_line_ratio: float = Field(default=0.43, gt=0, lt=1)
    """Height of the eye line from the top, as a share of the portrait's height."""
    attempts: int = Field(default=3, ge=1)
    """How often a portrait that cannot be made at all is tried before the visit is refused."""
    frames_per_attempt: int = Field(default=3, ge=1)
    """Frames looked at in one attempt; the first that passes every gate wins, else the best."""
    time_limit_ms: int = Field(default=30_000, gt=0)
    """How long one attempt waits for a face."""
    hold_ms: int = Field(default=500, ge=0)
    """How long every mandatory gate has to pass in the live picture before the portrait is taken by itself."""
    pose_limit_ms: int = Field(default=10_000, ge=0)
    """After so long with a face in the live picture the portrait is taken whatever its gates say: a person decides."""
    compression_ratio_max: float = Field(default=20.0, gt=1)
    """The JPEG is never smaller than the raw picture divided by this."""
    size_bytes_max: int = Field(default=92_160, gt=0)
    """The JPEG is never larger than this."""
    mandatory: tuple[GateId, ...] = MANDATORY_GATES
    """The gates that count first when the best of several portraits is chosen; all others are optional."""
    relaxations: dict[RelaxationName, Relaxation] = RELAXATIONS
    """What an operator may choose for a client, by name."""

    @property
    def relaxation(self) -> Relaxation:
        """What may not be demanded of the client in the chair; a rule as it is configured demands all."""
        return NOTHING_RELAXED

    def relaxed(self, name: str | None) -> "FaceRule":
        """The rule for one client. :param name: one of `relaxations`, or None where nothing is relaxed."""
        return self if name is None else RelaxedRule(**dict(self), chosen=self.relaxations[name])


class RelaxedRule(FaceRule):
    """The rule as it is for one client; made for a visit, and never part of a profile."""

    chosen: Relaxation
    """What the operator has chosen."""

    @property
    def relaxation(self) -> Relaxation:
        """What was chosen."""
        return self.chosen


class CardRule(_Rule):
    """How the photograph with the card beside the face is framed and encoded (R-VISIT-5)."""

    width_px: int = Field(default=1200, gt=0)
    """Width of the photograph; less than its height for one that stands."""
    height_px: int = Field(default=900, gt=0)
    """Height of the photograph."""
    compression_ratio_max: float = Field(default=20.0, gt=1)
    """The JPEG is never smaller than the raw picture divided by this."""
    size_bytes_max: int = Field(default=307_200, gt=0)
    """The JPEG is never larger than this."""


class FingerRule(_Rule):
    """Which fingers are asked for, and when a print is good enough."""

    hands: tuple[Hand, ...] = (Hand.RIGHT, Hand.LEFT)
    """One finger is wanted of each, in this order."""
    order: tuple[Digit, ...] = (Digit.INDEX, Digit.MIDDLE, Digit.RING, Digit.THUMB)
    """The order in which a hand's fingers are tried; a digit that is not named is never used."""
    thresholds: dict[Digit, Score] = {
        Digit.INDEX: 26,
        Digit.MIDDLE: 26,
        Digit.RING: 26,
        Digit.THUMB: 26,
    }
    """The lowest score that is good enough, per digit; 26 because R-FINGER-4 calls 0 to 25 poor."""
    attempts: int = Field(default=3, ge=1)
    """Attempts per finger while its score is below the threshold; the best is kept."""
    tie_break: tuple[Digit, ...] = ()
    """Which digit is kept among equal scores when all are poor, the first named wins; else the earlier in the order."""
    alternative_beats_first: bool = True
    """Whether an alternative that is good enough must also have a higher score than the order's first digit, where that
    was tried and is poor (R-FINGER-4)."""
    frames_per_attempt: int = Field(default=2, ge=1)
    """Frames scored in one attempt once the finger lies still; the best is kept."""
    time_limit_ms: int = Field(default=30_000, gt=0)
    """How long one attempt waits for a finger."""
    width_px: int = Field(default=320, gt=0)
    """Width of the print (R-FINGER-2)."""
    height_px: int = Field(default=480, gt=0)
    """Height of the print (R-FINGER-2)."""
    ppi: int = Field(default=500, gt=0)
    """Resolution of the print (R-FINGER-2)."""

    @model_validator(mode="after")
    def _every_digit_has_a_threshold(self) -> Self:
        missing = [digit for digit in self.order if digit not in self.thresholds]
        if missing or not self.order or not self.hands:
            raise ValueError("every digit in the order needs a threshold, and one hand and one digit are needed")
        return self

    def threshold(self, finger: Finger) -> int:
        """The lowest score that is good enough for this finger."""
        return self.thresholds[finger.digit]

    def precedence(self, finger: Finger) -> int:
        """Among equal scores the finger with the lower number is kept."""
        return tuple(dict.fromkeys((*self.tie_break, *self.order))).index(finger.digit)


class RecordRule(_Rule):
    """What the receiver wants to read in the records' headers."""

    transaction_type: str = Field(default="ENROL", pattern=r"^[A-Z0-9]{1,16}$")
    """ANSI/NIST field 1.004."""
    destination_agency: str = Field(default="MIGRIS", pattern=r"^[A-Za-z0-9]{1,32}$")
    """ANSI/NIST field 1.007."""
    originating_agency: str = Field(default="SMILIUS", pattern=r"^[A-Za-z0-9]{1,32}$")
    """ANSI/NIST field 1.008, and the source agency of each picture."""


class Profile(_Rule):
    """All that a kind of visit asks for, under a name that travels in the manifest."""

    name: str = Field(default=DEFAULT_PROFILE, pattern=r"^[a-z0-9-]{1,40}$")
    """The profile's name: a shipped one's, or one's own, which then states the fingers' order and thresholds."""
    version: int = Field(default=1, ge=1)
    """Counted up with every change of its content; a shipped profile has its own."""
    face: FaceRule = FaceRule()
    """The portrait's rule."""
    card: CardRule = CardRule()
    """The rule of the photograph with the card."""
    finger: FingerRule = FingerRule()
    """The fingers' rule."""
    record: RecordRule = RecordRule()
    """The records' headers."""
    idle_limit_ms: int = Field(default=900_000, gt=0)
    """A visit on which nobody acts for so long ends by itself."""

    @model_validator(mode="before")
    @classmethod
    def _stands_on_a_shipped_one(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        name = given.get("name", DEFAULT_PROFILE)
        if name in shipped_names():
            return _over(_shipped(name), given)
        finger = given.get("finger")
        if (isinstance(finger, Mapping) and {"order", "thresholds"} <= finger.keys()) or isinstance(finger, FingerRule):
            return given
        shipped = ", ".join(shipped_names())
        raise ValueError(f"no such profile is shipped ({shipped}), and one's own states finger.order and .thresholds")


@cache
def shipped_names() -> tuple[str, ...]:
    """The names of the profiles that come with the software, the default first."""
    names = sorted(entry.name.removesuffix(".toml") for entry in files("capture").joinpath("profiles").iterdir())
    return tuple(sorted(names, key=lambda name: name != DEFAULT_PROFILE))


def shipped_profile(name: str) -> Profile:
    """A shipped profile as it is. :param name: one of `shipped_names`."""
    return Profile(name=name)


@cache
def _shipped(name: str) -> dict[str, object]:
    return tomllib.loads(files("capture").joinpath("profiles", f"{name}.toml").read_text(encoding="utf-8"))


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Tables are laid over each other key by key; any other value above replaces the one below."""
    both = {key for key in below.keys() & above.keys() if isinstance(below[key], Mapping)}
    merged = {key: _over(below[key], above[key]) for key in both if isinstance(above[key], Mapping)}
    return {**below, **above, **merged}
