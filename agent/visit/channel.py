"""What station and worker say to each other: one JSON line a message over an inherited socket, validated at both ends.

Pictures never cross: a command names a step, a report says what was measured. What is sealed crosses as base64.
"""

import asyncio
from typing import Annotated, Literal, TypeVar

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from agent.errors import WireError
from agent.wire import Applicant
from agent.wire.document import Instant
from capture.missing import MissingReason
from capture.profile import RelaxationName
from capture.rejection import RejectionReason
from capture.sample import Gate, Quality
from drivers.contract import Approach, Finger, Hint

LINE_BYTES_MAX = 1_048_576
"""No message is longer; both ends make their readers with this limit, for asyncio's own is shorter than an answer."""


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AskApplication(_Message):
    """Seal a question to MIGRIS about this application, which is the visit's from now on."""

    op: Literal["ask-application"] = "ask-application"
    """Tells the commands apart."""
    application: str = Field(repr=False)
    """The application's number."""
    question: str
    """The question's id."""
    expires: Instant
    """After this nobody waits."""


class ReadAnswer(_Message):
    """Open MIGRIS's answer."""

    op: Literal["read-answer"] = "read-answer"
    """Tells the commands apart."""
    sealed: Base64Bytes
    """As it came."""


class OpenDevices(_Message):
    """Take camera and sensor."""

    op: Literal["open-devices"] = "open-devices"
    """Tells the commands apart."""


class TakeStep(_Message):
    """Capture one step."""

    op: Literal["take"] = "take"
    """Tells the commands apart."""
    step: str
    """`face` or a finger's name."""
    fresh: bool
    """Forget what was taken in this step before."""
    relaxation: RelaxationName | None = None
    """What is not demanded of the portrait, by its name in the profile."""


class PressShutter(_Message):
    """Take the portrait now; heard while its step is at work, and not answered."""

    op: Literal["shutter"] = "shutter"
    """Tells the commands apart."""


class KeptFinger(_Message):
    """A finger that goes into the package."""

    finger: Finger
    """Which."""
    attempts: int
    """How many prints were taken of it."""


class MissedFinger(_Message):
    """A finger that cannot be given."""

    finger: Finger
    """Which."""
    reason: MissingReason
    """Why."""


class Pack(_Message):
    """Write the records and the package, in memory."""

    op: Literal["pack"] = "pack"
    """Tells the commands apart."""
    parcel: str
    """The parcel's id."""
    operator: str
    """Who drove the visit."""
    notice_language: str
    """In which language the privacy notice was shown."""
    notice_shown: Instant
    """When it was shown."""
    opened: Instant
    """When the visit began."""
    face_reason: str | None
    """Why a portrait with failed gates was accepted."""
    face_rejections: tuple[RejectionReason, ...] = ()
    """Why the operator rejected portraits before this one."""
    face_relaxation: RelaxationName | None = None
    """What was not demanded of the portrait, by its name in the profile."""
    fingers: tuple[KeptFinger, ...]
    """The fingers that go in."""
    fingers_reason: str | None
    """Why fewer fingers than wanted were accepted."""
    missing: tuple[MissedFinger, ...]
    """Fingers that cannot be given."""
    exempt: bool
    """No finger can ever be captured."""


class Seal(_Message):
    """Seal the package and put it on the disk."""

    op: Literal["seal"] = "seal"
    """Tells the commands apart."""
    wrap_key: Base64Bytes = Field(repr=False)
    """The parcel's key on this unit's disk."""


class Close(_Message):
    """Disarm, close, zero, end."""

    op: Literal["close"] = "close"
    """Tells the commands apart."""


class Ready(_Message):
    """The worker has loaded everything that it needs."""

    op: Literal["ready"] = "ready"
    """Tells the reports apart."""
    memory_locked: bool
    """Whether its memory cannot be swapped out."""


class QuestionSealed(_Message):
    """The question, and the number for the ledger, both for central only."""

    op: Literal["question-sealed"] = "question-sealed"
    """Tells the reports apart."""
    sealed: Base64Bytes
    """The question."""
    number_sealed: Base64Bytes
    """The application's number."""


class ApplicationRead(_Message):
    """What MIGRIS says of the application."""

    op: Literal["application-read"] = "application-read"
    """Tells the reports apart."""
    known: bool
    """Whether there is one."""
    open: bool
    """Whether it takes biometrics now."""
    failure: str | None
    """A code when MIGRIS could not be asked."""
    applicant: Applicant | None = Field(repr=False)
    """Whom the operator should see; shown, never stored."""


class DevicesReady(_Message):
    """Camera and sensor are ours."""

    op: Literal["devices-ready"] = "devices-ready"
    """Tells the reports apart."""


class LiveReport(_Message):
    """What the live picture says now; more follow, and then the step's own report."""

    op: Literal["live"] = "live"
    """Tells the reports apart."""
    sentence: str
    """What the operator can do; empty while every gate passes."""
    client_sentence: str
    """What to tell the client; empty while every gate passes."""
    hint: Hint | None
    """Why no portrait could be cut."""
    approach: Approach | None = None
    """How near the client must come."""
    failed: tuple[str, ...]
    """Ids of the gates that stand in the way."""
    held_ms: int
    """How long every mandatory gate has passed by now."""


class PortraitReport(_Message):
    """A portrait is held."""

    op: Literal["portrait"] = "portrait"
    """Tells the reports apart."""
    gates: tuple[Gate, ...]
    """Everything that was measured."""
    taken_ns: int
    """The frame's monotonic time."""


class PrintReport(_Message):
    """A print is held."""

    op: Literal["print"] = "print"
    """Tells the reports apart."""
    finger: Finger
    """Whose."""
    quality: Quality
    """Its score."""
    taken_ns: int
    """The frame's monotonic time."""
    hints: tuple[Hint, ...] = ()
    """What the person can do better, should it be taken again."""


class NothingReport(_Message):
    """A step gave nothing usable in its time."""

    op: Literal["nothing"] = "nothing"
    """Tells the reports apart."""
    step: str
    """Which step."""
    hint: Hint
    """What the person can do."""
    same_as: Finger | None = None
    """The finger that was given again in this one's place."""
    approach: Approach | None = None
    """How near the client must come."""


class PackedReport(_Message):
    """The package is in memory."""

    op: Literal["packed"] = "packed"
    """Tells the reports apart."""
    plain_bytes: int
    """Its size."""


class SealedReport(_Message):
    """The parcel is on the disk, whole and synced."""

    op: Literal["sealed"] = "sealed"
    """Tells the reports apart."""
    digest: str
    """SHA-256 of the sealed bytes."""
    size: int
    """Their size."""
    synced_ns: int
    """The monotonic time when it was synced."""


class FailedReport(_Message):
    """A command could not be carried out."""

    op: Literal["failed"] = "failed"
    """Tells the reports apart."""
    code: str
    """Stable code."""
    sentence: str
    """One sentence for the operator."""


Command = Annotated[
    AskApplication | ReadAnswer | OpenDevices | TakeStep | PressShutter | Pack | Seal | Close, Field(discriminator="op")
]
Report = Annotated[
    Ready
    | QuestionSealed
    | ApplicationRead
    | DevicesReady
    | LiveReport
    | PortraitReport
    | PrintReport
    | NothingReport
    | PackedReport
    | SealedReport
    | FailedReport,
    Field(discriminator="op"),
]
# a cache of what was read would know names and keys for as long as the station lives
_FORGETFUL = ConfigDict(cache_strings="keys")

COMMANDS: TypeAdapter[Command] = TypeAdapter(Command, config=_FORGETFUL)
"""Reads a command."""
REPORTS: TypeAdapter[Report] = TypeAdapter(Report, config=_FORGETFUL)
"""Reads a report."""

_Known = TypeVar("_Known")


def write_line(message: BaseModel) -> bytes:
    """The message as one line."""
    return message.model_dump_json().encode() + b"\n"


async def read_line(reader: asyncio.StreamReader, adapter: TypeAdapter[_Known]) -> _Known | None:
    """The next message, or None when the other side has ended. :raises: WireError when it is not one."""
    try:
        line = await reader.readline()
    except ConnectionError:
        return None
    except ValueError:
        raise WireError("Station and worker do not understand each other: a line is too long.") from None
    if not line.endswith(b"\n"):
        return None
    try:
        return adapter.validate_json(line)
    except ValidationError:
        raise WireError("Station and worker do not understand each other.") from None
