"""What a visit asks for: fingers, order, thresholds, attempts, time limits. Part of the signed configuration.

Duties: R-FINGER-4 to 6 (order and thresholds are a profile, not constants in code), R-FACE-2.
"""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from drivers.contract import Digit, Finger, Hand

Score = Annotated[int, Field(ge=0, le=100)]


class _Rule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


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
    compression_ratio_max: float = Field(default=20.0, gt=1)
    """The JPEG is never smaller than the raw picture divided by this."""
    size_bytes_max: int = Field(default=92_160, gt=0)
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
    frames_per_attempt: int = Field(default=3, ge=1)
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

    name: str = Field(default="lt-eresident", pattern=r"^[a-z0-9-]{1,40}$")
    """The profile's name."""
    version: int = Field(default=1, ge=1)
    """Counted up with every change of its content."""
    face: FaceRule = FaceRule()
    """The portrait's rule."""
    finger: FingerRule = FingerRule()
    """The fingers' rule."""
    record: RecordRule = RecordRule()
    """The records' headers."""
    idle_limit_ms: int = Field(default=900_000, gt=0)
    """A visit on which nobody acts for so long ends by itself."""
