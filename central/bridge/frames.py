"""What bridge and opener say to each other over the opener's standard input and output: length-prefixed CBOR.

Bytes stay bytes (no base64), and both ends validate what they read.
"""

import asyncio
import struct
from typing import Annotated, Literal, TypeVar

import cbor2
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from agent.wire import PARCEL_BYTES_MAX, Cause
from central.errors import CentralError

_LENGTH = struct.Struct(">I")
PARCELS_MAX = 4
"""So many come together at the most: an amendment, and what it amends."""
FRAME_BYTES_MAX = PARCELS_MAX * PARCEL_BYTES_MAX + 65_536


class Message(BaseModel):
    """What travels in a frame."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class _Frame(Message):
    number: int
    """Which request it belongs to."""


class Kept(Message):
    """A sealed parcel that was rejected, and that another one amends."""

    parcel: str
    """Its id."""
    kind: str
    """What it is about."""
    part: str | None
    """The finger or the face for which it was rejected."""
    seal_public: str
    """Verifies the station's seal, PEM."""
    content: bytes = Field(repr=False)
    """The sealed bytes."""


class Deliver(_Frame):
    """Open a parcel, check it, hand it to MIGRIS."""

    op: Literal["deliver"] = "deliver"
    """Tells the requests apart."""
    tenant: str
    """Whose parcel."""
    station: str
    """From which station."""
    parcel: str
    """Its id."""
    kind: str
    """What it is about."""
    seal_public: str
    """Verifies the station's seal, PEM."""
    content: bytes = Field(repr=False)
    """The sealed bytes."""
    again: bool = False
    """Whether an earlier attempt at it ended without a word: MIGRIS may have it."""
    amends: str | None = None
    """The parcel that it amends."""
    amended: tuple[Kept, ...] = ()
    """What it is merged with: what it amends, what that amends and so on, oldest first."""


class Enquire(_Frame):
    """Ask MIGRIS what became of a parcel that it has; nothing is opened and nothing submitted."""

    op: Literal["enquire"] = "enquire"
    """Tells the requests apart."""
    tenant: str
    """Whose parcel."""
    parcel: str
    """Its id."""


class Forget(_Frame):
    """Have the connector wipe what it keeps of a parcel."""

    op: Literal["forget"] = "forget"
    """Tells the requests apart."""
    tenant: str
    """Whose parcel."""
    parcel: str
    """Its id."""


class Ask(_Frame):
    """Open a question, ask MIGRIS, seal the answer."""

    op: Literal["ask"] = "ask"
    """Tells the requests apart."""
    tenant: str
    """Whose question."""
    station: str
    """From which station."""
    question: str
    """Its id."""
    seal_public: str
    """Verifies the station's seal, PEM."""
    content: bytes = Field(repr=False)
    """The sealed bytes."""


class Delivered(_Frame):
    """What became of a parcel."""

    op: Literal["delivered"] = "delivered"
    """Tells the answers apart."""
    result: Literal[
        "accepted",
        "rejected",
        "silent",
        "keyless",
        "unchecked",
        "unreadable",
        "unfit",
        "refused",
        "hung",
        "unsure",
        "pending",
    ]
    """*silent*: MIGRIS did not answer; *keyless*: its station's keys cannot be read here; *unchecked*: what checks
    packages cannot be started; these are tried again later.
    *unreadable*: the seal does not open; *unfit*: what is in it is no package, or a damaged one; *refused*: MIGRIS
    makes nothing of what it was sent and does not say which part; *hung*: the opener came to no end with it;
    *unsure*: MIGRIS may have it, and cannot be asked; in these a person must look. *pending*: MIGRIS has it and decides
    later."""
    reference: str | None = Field(default=None, max_length=80)
    """MIGRIS's reference when accepted."""
    cause: Cause | None = None
    """Why it was rejected, or is unfit."""


class Answered(_Frame):
    """The sealed answer, or none when the question was not readable or expired."""

    op: Literal["answered"] = "answered"
    """Tells the answers apart."""
    content: bytes | None = Field(repr=False)
    """The sealed answer."""


class Ready(_Frame):
    """The opener has all that it needs, and listens. Said once, with number 0."""

    op: Literal["ready"] = "ready"
    """Tells the answers apart."""


class Forgotten(_Frame):
    """Whether the connector has nothing left of a parcel."""

    op: Literal["forgotten"] = "forgotten"
    """Tells the answers apart."""
    done: bool
    """False when that could not be done, or seen, now."""


Request = Deliver | Enquire | Forget | Ask
Response = Delivered | Forgotten | Answered | Ready
_REQUEST: TypeAdapter[Request] = TypeAdapter(Annotated[Request, Field(discriminator="op")])
_RESPONSE: TypeAdapter[Response] = TypeAdapter(Annotated[Response, Field(discriminator="op")])


_Known = TypeVar("_Known")


def encode(message: Message) -> bytes:
    """A frame: length and CBOR."""
    body = cbor2.dumps(message.model_dump())
    return _LENGTH.pack(len(body)) + body


def decode(frame: bytes, adapter: TypeAdapter[_Known]) -> _Known:
    """What is in exactly one frame. :raises: CentralError when it is not what the adapter knows."""
    body = frame[_LENGTH.size :]
    if frame[: _LENGTH.size] != _LENGTH.pack(len(body)):
        raise CentralError("Bridge and opener do not understand each other.")
    return _validated(body, adapter)


async def read_request(reader: asyncio.StreamReader) -> Request | None:
    """The next request, or None at the end. :raises: CentralError when it is not one."""
    return await read_frame(reader, _REQUEST)


async def read_response(reader: asyncio.StreamReader) -> Response | None:
    """The next response, or None at the end. :raises: CentralError when it is not one."""
    return await read_frame(reader, _RESPONSE)


async def read_frame(reader: asyncio.StreamReader, adapter: TypeAdapter[_Known]) -> _Known | None:
    """What is in the next frame, or None at the end. :raises: CentralError when it is not what the adapter knows."""
    body = await _body(reader)
    return None if body is None else _validated(body, adapter)


def _validated(body: bytes, adapter: TypeAdapter[_Known]) -> _Known:
    try:
        return adapter.validate_python(cbor2.loads(body))
    except (cbor2.CBORDecodeError, ValidationError):
        # what was wrong with it may be a person's
        raise CentralError("Bridge and opener do not understand each other.") from None


async def _body(reader: asyncio.StreamReader) -> bytes | None:
    try:
        (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        if length > FRAME_BYTES_MAX:
            raise CentralError("Bridge and opener do not understand each other.")
        return await reader.readexactly(length)
    except asyncio.IncompleteReadError:
        return None
