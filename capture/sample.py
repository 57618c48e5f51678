"""What a judge makes of a frame: an encoded portrait or print, with everything that was measured on it."""

from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from drivers.contract import CameraSettings, Finger, GreyPixels, Hint


class Verdict(StrEnum):
    """What a gate says. *Not assessed* is never a pass: the operator is asked instead."""

    PASS = "pass"  # noqa: S105 (a verdict, not a password)
    FAIL = "fail"
    NOT_ASSESSED = "not_assessed"


WAIVED = "waived"
"""Stands for a limit that was not held against a value: a gate that may not be demanded of this client."""


class Gate(BaseModel):
    """One requirement, measured."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    """Stable name, lower case with underscores."""
    value: float | None
    """What was measured, or None where it was not assessed."""
    unit: str
    """Unit of `value` and of `limit`: px, deg, ratio, bits, levels."""
    limit: str
    """The limit in words that a person can compare with the value, such as `<= 5.0`."""
    verdict: Verdict
    """Whether the value is within the limit."""
    sentence: str
    """One sentence for the operator: what is wrong when the gate fails."""
    client_sentence: str = ""
    """One sentence for the client: what to do when the gate fails. Empty in what was made before there was one."""

    @property
    def asks(self) -> bool:
        """Whether a person has to answer it: nothing could assess it, and it may be demanded."""
        return self.verdict is Verdict.NOT_ASSESSED and self.limit != WAIVED


class Component(BaseModel):
    """One component of ISO/IEC 29794-5, computed here. What could not be assessed has no values and says why.

    The points that it was made from are not those of the standard's reference: no value is an OFIQ value.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """The component's name as OFIQ reports it."""
    code: int = Field(ge=0x41, le=0x5C)
    """The standard's code for it."""
    raw: float | None = Field(default=None, allow_inf_nan=False)
    """What was measured, in the component's own unit."""
    value: int | None = Field(default=None, ge=0, le=100)
    """0 to 100, higher is better."""
    failure: str | None = None
    """Why there are no values."""
    deviation: str | None = None
    """What was measured otherwise than the standard defines it, beyond the points."""

    @model_serializer(mode="wrap")
    def _without_what_is_absent(self, write: SerializerFunctionWrapHandler) -> dict[str, object]:
        return {key: value for key, value in write(self).items() if value is not None}


class Quality(BaseModel):
    """A score with the name of what made it. No score is a value too, and says why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    score: int | None
    """0 to 100, higher is better; None when it could not be assessed."""
    algorithm: str
    """The algorithm's own name, never another's."""
    version: str
    """The algorithm's version."""
    failure: str | None = None
    """Why there is no score."""


class PrintArea(BaseModel):
    """Where the finger lies in its print, and by how much the sensor's picture was made smaller for it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    x_px: int = Field(ge=0)
    """Left side of the finger's box in the print."""
    y_px: int = Field(ge=0)
    """Its upper side."""
    width_px: int = Field(gt=0)
    """Its width."""
    height_px: int = Field(gt=0)
    """Its height."""
    area_mm2: float = Field(gt=0, allow_inf_nan=False)
    """Ridged area of the finger on the sensor, in square millimetres."""
    sensor_ppi: float = Field(gt=0, allow_inf_nan=False)
    """The sensor's calibrated resolution."""
    scale_ratio: float = Field(gt=0, le=1)
    """Pixels of the print for one of the sensor's: 1 where they are taken as they are."""


@dataclass(frozen=True, slots=True)
class FaceSample:
    """A portrait that the records can carry. Its gates may still have failed: a person decides on that."""

    jpeg: bytes = field(repr=False)
    """The portrait, JPEG baseline, RGB, encoded once from the sensor's pixels."""
    width_px: int
    """Width of the portrait."""
    height_px: int
    """Height of the portrait."""
    eyes_px: tuple[tuple[int, int], tuple[int, int]] = field(repr=False)
    """Eye centres in the portrait as (x, y): the client's right eye first (on the picture's left)."""
    gates: tuple[Gate, ...]
    """Every gate that was looked at."""
    taken_ns: int
    """The frame's monotonic time."""
    settings: CameraSettings | None = None
    """What the camera took the frame with; None where it tells nothing."""

    @property
    def failed(self) -> tuple[Gate, ...]:
        """The gates that did not pass."""
        return tuple(gate for gate in self.gates if gate.verdict is Verdict.FAIL)


@dataclass(frozen=True, slots=True)
class FingerSample:
    """A print that the records can carry."""

    finger: Finger
    """The finger that was asked for."""
    pixels: GreyPixels = field(repr=False)
    """Shape (height_px, width_px), uint8, 0 = ridge, at `ppi`."""
    wsq: bytes = field(repr=False)
    """The print, WSQ at 0.75 bit a pixel."""
    ppi: int
    """Resolution of the print."""
    quality: Quality
    """The score by which fingers are chosen."""
    measures: dict[str, float]
    """What the score was made from, under NFIQ 2's own identifiers where they exist."""
    taken_ns: int
    """The frame's monotonic time."""
    area: PrintArea | None = None
    """Where the finger lies in the print; None where nobody looked, as for a picture that was not framed here."""
    hints: tuple[Hint, ...] = ()
    """What the person can do better next time, most urgent first."""

    @property
    def score(self) -> int:
        """The score for comparison: a print that could not be assessed is worth less than any that could."""
        return -1 if self.quality.score is None else self.quality.score

    def zero(self) -> None:
        """Overwrite the pixels."""
        self.pixels.setflags(write=True)
        self.pixels.fill(0)
