"""The manifest: what a package says of itself, of its visit, and of how its pictures came about.

It is written as canonical JSON (sorted keys, no spaces, UTF-8), and read back only in exactly that form: two readers
can then not see two things in it. Design: section 4 (what "manifest" and "bill" mean), R-FINGER-7 (evidence).
"""

import json
import re
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat, PlainSerializer, model_validator

from capture.missing import MissingReason
from capture.profile import RelaxationName, Score
from capture.records.errors import PackageManifestInvalid
from capture.rejection import REJECTIONS_MAX, RejectionReason
from capture.sample import Gate, PrintArea, Quality
from drivers.contract import CameraSettings, DeviceKind, Facts, Finger

MANIFEST_BYTES_MAX: Final = 256 * 1024

_NOT_WRITTEN: Final = {"face": {"gates": {"__all__": {"client_sentence"}}}}
"""Said to a person in a chair: the receiver has no use for it."""

RATIO_MIN: Final = 10.0
RATIO_MAX: Final = 20.0
"""What WSQ at 0.75 bit a pixel is expected to give; a print outside is sent all the same, and says so."""

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")


def _utc(value: object) -> datetime:
    """A time in UTC with whole milliseconds, from a datetime in UTC or from the one written form."""
    if isinstance(value, str) and _TIME.fullmatch(value):
        return datetime.fromisoformat(value)
    if not isinstance(value, datetime) or value.utcoffset() != timedelta(0):
        raise ValueError("a time is in UTC and written as RFC 3339 with milliseconds")
    return value.replace(microsecond=value.microsecond // 1000 * 1000, tzinfo=UTC)


def _written(value: datetime) -> str:
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _printable(value: object) -> object:
    if isinstance(value, StrEnum) or not isinstance(value, str):
        return value
    return "".join(letter if letter.isprintable() else "?" for letter in value)[:200]


UtcTime = Annotated[datetime, BeforeValidator(_utc), PlainSerializer(_written, return_type=str)]
Ulid = Annotated[str, Field(pattern=r"^[0-7][0-9a-hjkmnp-tv-z]{25}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]
GateId = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,64}$")]
Line = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{0,200}$")]
Sentence = Annotated[str, Field(min_length=1, max_length=2000)]
Positive = Annotated[int, Field(gt=0)]


_LATER: Final[Any] = Field(default=None, exclude_if=lambda value: value is None)
_NONE_LATER: Final[Any] = Field(default=(), exclude_if=lambda value: not value)
"""Keys that came after the first parcels were sealed: left out where there is nothing to say, so that those still
read, and are still written as they were."""


class Kind(StrEnum):
    """What a parcel is about; only an enrolment and its amendment are written today."""

    ENROLMENT = "enrolment"
    HANDOVER = "handover"
    AMENDMENT = "amendment"
    OUTCOME = "outcome"
    CARD_ACT = "card-act"


class _Entry(BaseModel):
    # a cache of what was read would know the application's number for as long as the reading process lives
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, cache_strings="keys")


class ProfileName(_Entry):
    """The profile that the visit followed."""

    name: Name
    """Its name."""
    version: Annotated[int, Field(ge=1)]
    """Its version."""


class Notice(_Entry):
    """The privacy notice as it was shown before the first capture. Duty: R-INFO-1."""

    language: Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
    """Language tag."""
    shown: UtcTime
    """When it was shown."""


class Times(_Entry):
    """The visit's times."""

    opened: UtcTime
    """When the operator opened the visit."""
    sealed: UtcTime
    """When the package was made, which is sealed at once."""


class DeviceEntry(_Entry):
    """A device that took part, as its driver describes it."""

    kind: DeviceKind
    """What it is used for."""
    make: Line
    """The manufacturer."""
    model: Line
    """The manufacturer's name for the model."""
    serial: Line
    """The serial number, empty where it has none."""
    firmware: Line
    """The firmware's version, empty where it has none."""
    certified: bool
    """Whether its picture quality is certified."""
    simulated: bool
    """Whether no hardware is behind it."""

    @classmethod
    def of(cls, facts: Facts) -> Self:
        """The entry for a device with these facts; its own words must not stop a visit, so they are made printable."""
        values = {name: getattr(facts, name) for name in cls.model_fields}
        return cls.model_validate({name: _printable(value) for name, value in values.items()})


class CameraEntry(_Entry):
    """What the portrait's frame was taken with; None is what the camera did not tell."""

    exposure_us: Annotated[int, Field(ge=0)] | None
    """Exposure in microseconds."""
    gain_ratio: Annotated[FiniteFloat, Field(ge=0)] | None
    """Analogue and digital gain together."""
    white_balance_ratios: tuple[FiniteFloat, FiniteFloat] | None
    """Gain of red and gain of blue over green."""
    focus_dioptres: FiniteFloat | None
    """One over the distance that the lens is focused at, in metres."""
    gain_steps: Annotated[int, Field(ge=-(2**31), lt=2**31)] | None = _LATER
    """Gain in the camera's own steps, where it tells no ratio."""
    white_balance_k: Annotated[int, Field(ge=0, lt=2**31)] | None = _LATER
    """The colour temperature that is rendered white, in kelvin, where it tells no ratios."""
    focus_steps: Annotated[int, Field(ge=-(2**31), lt=2**31)] | None = _LATER
    """Where the lens is, in the camera's own steps, where it tells no distance."""

    @classmethod
    def of(cls, settings: CameraSettings | None) -> Self | None:
        """The entry for these settings, None where the camera told nothing."""
        return None if settings is None else cls(**asdict(settings))


class FaceEntry(_Entry):
    """The portrait, and how it came about."""

    taken: UtcTime
    """When the frame was taken."""
    gates: Annotated[tuple[Gate, ...], Field(max_length=64)]
    """Every gate that was looked at."""
    accepted_with_reason: Sentence | None
    """Why the operator accepted what a gate did not pass, None where nothing had to be accepted."""
    width_px: Positive
    """Columns."""
    height_px: Positive
    """Rows."""
    jpeg_bytes: Positive
    """Size of the JPEG file."""
    compression_ratio: Annotated[FiniteFloat, Field(gt=0)]
    """Bytes of the raw picture divided by the bytes of the file."""
    confirmed: Annotated[tuple[GateId, ...], Field(max_length=64)] = _NONE_LATER
    """The gates that nothing could assess, to which the operator said that they are met."""
    camera: CameraEntry | None = _LATER
    """What its frame was taken with."""
    rejected_before: Annotated[tuple[RejectionReason, ...], Field(max_length=REJECTIONS_MAX)] = _NONE_LATER
    """Why the operator rejected portraits before this one, oldest first."""
    relaxation: RelaxationName | None = _LATER
    """By which of the profile's relaxations its gates were judged, None where everything was demanded."""

    @model_validator(mode="after")
    def _confirms_what_was_asked(self) -> Self:
        asked = {gate.id for gate in self.gates if gate.asks}
        if len(set(self.confirmed)) != len(self.confirmed) or not asked >= set(self.confirmed):
            raise ValueError("only what was not assessed is confirmed, and once")
        return self


class RatioRemark(StrEnum):
    """A print that was compressed less or more than is usual: the codec aims at a rate and not at a size."""

    LOW = "below-10-to-1"
    """Larger than a tenth of the raw picture."""
    HIGH = "above-20-to-1"
    """Smaller than a twentieth of it."""

    @classmethod
    def of(cls, ratio: float) -> Self | None:
        """The remark for this ratio, None from 10:1 to 20:1. Source: facts/standards.md sections 0 and 4.4."""
        if ratio < RATIO_MIN:
            return cls.LOW
        return cls.HIGH if ratio > RATIO_MAX else None


class FingerEntry(_Entry):
    """A print, and how it came about."""

    finger: Finger
    """The finger position."""
    taken: UtcTime
    """When the frame was taken."""
    quality: Quality
    """The score by which it was chosen."""
    threshold: Score
    """The lowest score that was good enough for this finger."""
    attempts: Positive
    """How often this finger was tried."""
    measures: Annotated[dict[Line, FiniteFloat], Field(max_length=128)]
    """What the score was made from."""
    wsq_bytes: Positive
    """Size of the WSQ file."""
    compression_ratio: Annotated[FiniteFloat, Field(gt=0)]
    """Bytes of the raw picture divided by the bytes of the file."""
    compression_remark: RatioRemark | None
    """Whether that is outside 10:1 to 20:1."""
    area: PrintArea | None
    """Where the finger lies in the print, and from which resolution it comes; None where nobody looked."""
    accepted_with_reason: Sentence | None
    """Why a print below the threshold was accepted, None where it was good enough."""

    @model_validator(mode="after")
    def _ratio_decides(self) -> Self:
        if self.compression_remark is not RatioRemark.of(self.compression_ratio):
            raise ValueError("the ratio decides what is remarked on it")
        return self


class MissingEntry(_Entry):
    """A finger that could not be given."""

    finger: Finger
    """The finger position."""
    reason: MissingReason
    """Why, as the operator said it."""
    permanent: bool
    """Whether it will still be so at another appointment."""

    @model_validator(mode="after")
    def _reason_decides(self) -> Self:
        if self.permanent != self.reason.permanent:
            raise ValueError("the reason decides whether it is permanent")
        return self


class Member(_Entry):
    """A file beside the manifest."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}\.[a-z0-9]{1,8}$")]
    """Its name in the package."""
    media_type: Annotated[str, Field(pattern=r"^[a-z0-9]+/[a-z0-9.+-]+$")]
    """What it is."""
    size_bytes: Annotated[int, Field(ge=0)]
    """Its size."""
    sha256: Sha256
    """Its digest."""


class Manifest(_Entry):
    """All that a package says of itself."""

    format_version: Literal[1] = 1
    """Counted up when a reader of this version could not read the next."""
    parcel: Ulid
    """The parcel's id, everywhere."""
    kind: Kind
    """What the parcel is about."""
    amends: Ulid | None = None
    """The parcel that an amendment adds to, None for every other kind."""
    tenant: Name
    """Whose station it is."""
    station: Name
    """The station."""
    application_number: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9./_-]{0,63}$", repr=False)]
    """The e-application."""
    operator: Annotated[Line, Field(min_length=1)]
    """The operator's id."""
    profile: ProfileName
    """The profile that the visit followed."""
    notice: Notice
    """The privacy notice that was shown."""
    software: Annotated[Line, Field(min_length=1)]
    """Version of the station's software."""
    devices: Annotated[tuple[DeviceEntry, ...], Field(max_length=8)]
    """Every device that took part."""
    times: Times
    """The visit's times."""
    face: FaceEntry | None
    """The portrait, None when an amendment has none."""
    fingers: Annotated[tuple[FingerEntry, ...], Field(max_length=10)]
    """The prints."""
    missing: Annotated[tuple[MissingEntry, ...], Field(max_length=10)]
    """Fingers that could not be given."""
    exempt: bool
    """Whether no finger at all can be captured, for which the application is marked in MIGRIS (R-FINGER-5)."""
    members: Annotated[tuple[Member, ...], Field(max_length=16)] = ()
    """Every file beside the manifest, in the package's order."""

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if (self.kind is Kind.AMENDMENT) != (self.amends is not None):
            raise ValueError("an amendment, and nothing else, names what it amends")
        named = [entry.finger for entry in self.fingers] + [entry.finger for entry in self.missing]
        if len(set(named)) != len(named):
            raise ValueError("a finger is named twice")
        if self.exempt and self.fingers:
            raise ValueError("who is exempt has no prints")
        if len({member.name for member in self.members}) != len(self.members):
            raise ValueError("a member is named twice")
        return self


def write_manifest(manifest: Manifest) -> bytes:
    """The manifest as canonical JSON.

    :raises: PackageManifestInvalid for a value that JSON does not have, such as a number that is none.
    """
    values = manifest.model_dump(mode="json", exclude=_NOT_WRITTEN)
    try:
        text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return text.encode()
    except ValueError as error:
        raise PackageManifestInvalid("The manifest holds a value that JSON does not have.") from error


def read_manifest(data: bytes) -> Manifest:
    """The manifest that these bytes are the canonical JSON of.

    :raises: PackageManifestInvalid for an unknown or missing key, a value out of range, or any other way to write it.
    """
    if len(data) > MANIFEST_BYTES_MAX:
        raise PackageManifestInvalid("The manifest is larger than a manifest gets.")
    try:
        manifest = Manifest.model_validate_json(data, strict=True)
    except ValueError as error:
        raise PackageManifestInvalid("The manifest is not one of this version.") from error
    if write_manifest(manifest) != data:
        raise PackageManifestInvalid("The manifest is not in its canonical form.")
    return manifest
