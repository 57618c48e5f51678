"""A recording as a file: a head, one event a line, and an end with the SHA-256 of all before it.

Lines of ASCII, so that two recordings can be compared by eye. A line is a JSON object; of an event with payloads, a tab
and what went to the device follow, and a tab and what came from it, each `size:base64(zlib)`. The digest shows that a
recording was cut or changed by accident or in good faith; it is no signature. A file may be anything: it is bounded
before it is read, its digest is compared before an event is looked at, no JSON is longer than it need be, and no
payload is unpacked beyond what it says.

Source: RFC 8259 (JSON), RFC 1950 (zlib), RFC 4648 (base64).
"""

import base64
import binascii
import hashlib
import io
import json
import os
import stat
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, ValidationError

from drivers.contract import (
    BusyFault,
    DeniedFault,
    DeviceKind,
    GoneFault,
    OptionsFault,
    ProtocolFault,
    StuckFault,
    TimedOutFault,
    UnreadableFault,
)
from drivers.transport.tap.phantom import Phantom
from drivers.transport.tap.tape import BYTES_MAX, EVENTS_MAX, Answer, Call, Data, Event, Failure

FORMAT: Final = 1
FILE_BYTES_MAX: Final = 96 * 1024 * 1024
"""Payloads that do not shrink at all have room in it."""
JSON_BYTES_MAX: Final = 16 * 1024
"""Of a line."""

_DAMAGED: Final = "The recording is damaged, or was changed after it was made."
_FAULTS: Final = {
    kind.code: kind
    for kind in (BusyFault, DeniedFault, GoneFault, OptionsFault, ProtocolFault, StuckFault, TimedOutFault)
}

Word = Annotated[str, Field(max_length=5000)]
"""A line of sysfs, or a path, and not much more."""
_Number = Annotated[int, Field(ge=-(2**63), lt=2**64)]
_Scalar = Word | bool | _Number | None


class _Written(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Sitting(_Written):
    """What a driver was asked for while it was recorded, and what it made of it."""

    seam: Literal["usb", "v4l2"]
    """Where it was recorded."""
    kind: DeviceKind
    """What the device is used for."""
    driver: Word
    """The driver's name in its kind."""
    options: dict[Word, JsonValue]
    """The driver's own."""
    aim: Word
    """What the device was armed for: `portrait`, or a finger."""
    recorded: AwareDatetime
    """When."""
    software: Word
    """What made it."""
    outcome: tuple[Word, ...]
    """What the driver made of it, a line for each grab: a hint, a frame's size and digest, or a failure's code."""


class Head(Sitting):
    """What a recording is of."""

    smilius_tap: Literal[1] = 1
    """The format's version."""
    devices: tuple[Word, ...]
    """What answered, as its seam names it; with several, one was plugged in after the other."""
    phantom: Phantom
    """What was before it."""


class _Raised(_Written):
    code: Word | None = None
    sentence: Word = ""
    errno: Annotated[int, Field(ge=1, le=4095)] | None = None


class _Line(_Written):
    verb: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
    arguments: dict[Word, _Scalar] = {}
    value: _Scalar | dict[Word, _Scalar] = None
    raised: _Raised | None = None
    us: Annotated[int, Field(ge=0, lt=2**63)] = 0


_NOTHING: Final = b"0:"
_Model = TypeVar("_Model", bound=_Written)


class _End(_Written):
    events: Annotated[int, Field(ge=0, le=EVENTS_MAX)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


@dataclass(frozen=True, slots=True)
class Recording:
    """What was read."""

    head: Head
    """What it is of."""
    events: tuple[Event, ...]
    """In the order in which they happened."""


def store(path: Path, head: Head, *, events: Iterable[Event]) -> None:
    """Write a new file that only its owner may read; whole, or not at all.

    :raises: OSError, also when there is one; OptionsFault when the head is longer than is read again.
    """
    if len(_dump(head.model_dump(mode="json"))) > JSON_BYTES_MAX:
        raise OptionsFault("The driver's options are too long to be recorded.")
    descriptor, whole = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), False
    try:
        with os.fdopen(descriptor, "wb") as file:
            for line in _lines(head, events):
                file.write(line)
            file.flush()
            os.fsync(file.fileno())
        whole = True
    finally:
        if not whole:
            # half a recording is none
            path.unlink()


def load(path: Path) -> Recording:
    """Read a file. :raises: UnreadableFault."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise UnreadableFault("What is named for the recording is not a file.")
        if found.st_size > FILE_BYTES_MAX:
            raise UnreadableFault("The file is too large for a recording.")
        with path.open("rb") as file:
            return read(file.read(FILE_BYTES_MAX + 1))
    except FileNotFoundError:
        raise UnreadableFault("There is no such recording.") from None
    except OSError:
        raise UnreadableFault("The recording cannot be read.") from None


def read(content: bytes) -> Recording:
    """Read a file's content. :raises: UnreadableFault."""
    if len(content) > FILE_BYTES_MAX:
        raise UnreadableFault("The file is too large for a recording.")
    first = content[: content.find(b"\n", 0, JSON_BYTES_MAX) + 1]
    _need_version(first)
    ends_at = content.rfind(b"\n", 0, -1) + 1
    if not content.endswith(b"\n") or ends_at < len(first):
        raise UnreadableFault(_DAMAGED)
    end = _parsed(_End, content[ends_at:])
    body = memoryview(content)[:ends_at]
    if hashlib.sha256(body).hexdigest() != end.sha256 or content.count(b"\n") != end.events + 2:
        raise UnreadableFault(_DAMAGED)
    lines, budget = io.BytesIO(content), _Budget()
    head = _parsed(Head, lines.readline())
    return Recording(head, tuple(_event(lines.readline(), budget) for _ in range(end.events)))


def _need_version(first: bytes) -> None:
    """Told apart before anything else is believed: another version may look different in everything."""
    try:
        said = json.loads(first)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or "smilius_tap" not in said:
        raise UnreadableFault("The file is no recording of a device.")
    if said["smilius_tap"] != FORMAT:
        raise UnreadableFault(f"The recording has another format than {FORMAT}, the only one that is known here.")


def _parsed(model: type[_Model], line: bytes) -> _Model:
    if len(line) > JSON_BYTES_MAX:
        raise UnreadableFault(_DAMAGED)
    try:
        return model.model_validate_json(line)
    except ValidationError:
        raise UnreadableFault(_DAMAGED) from None


class _Budget:
    """How many bytes of payloads may still be unpacked."""

    def __init__(self) -> None:
        self._left_bytes = BYTES_MAX

    def unpack(self, payload: bytes) -> bytes:
        said, _, packed = payload.partition(b":")
        if not said.isdigit() or len(said) > len(str(BYTES_MAX)):
            raise UnreadableFault(_DAMAGED)
        size_bytes = int(said)
        self._left_bytes -= size_bytes
        if self._left_bytes < 0:
            raise UnreadableFault("The recording is larger than is read here.")
        if size_bytes == 0:
            return b""
        unpacker = zlib.decompressobj()
        try:
            # one more than it says, so that what is longer shows
            data = unpacker.decompress(base64.b64decode(packed, validate=True), size_bytes + 1)
        except (binascii.Error, zlib.error):
            raise UnreadableFault(_DAMAGED) from None
        if len(data) != size_bytes or not unpacker.eof or unpacker.unused_data:
            raise UnreadableFault(_DAMAGED)
        return data


def _event(line: bytes, budget: _Budget) -> Event:
    parts = line.rstrip(b"\n").split(b"\t", 2)
    said = _parsed(_Line, parts[0])
    if len(parts) == 2:
        raise UnreadableFault(_DAMAGED)
    sent, came = map(budget.unpack, parts[1:] or (_NOTHING, _NOTHING))
    result = Answer(said.value, came) if said.raised is None else _failure(said.raised)
    return Event(Call(said.verb, said.arguments, sent), result, said.us)


def _failure(raised: _Raised) -> Failure:
    if raised.errno is not None:
        return OSError(raised.errno, os.strerror(raised.errno))
    kind = _FAULTS.get(raised.code or "")
    if kind is None:
        raise UnreadableFault("The recording has a failure in it that no seam has.")
    return kind(raised.sentence)


def _lines(head: Head, events: Iterable[Event]) -> Iterator[bytes]:
    digest, count = hashlib.sha256(), -1
    for line in _dumped(head, events):
        digest.update(line)
        count += 1
        yield line
    yield _dump({"events": count, "sha256": digest.hexdigest()})


def _dumped(head: Head, events: Iterable[Event]) -> Iterator[bytes]:
    yield _dump(head.model_dump(mode="json"))
    for event in events:
        sent, came = event.call.data, event.result.data if isinstance(event.result, Answer) else b""
        line = _dump(_line_of(event))
        yield line if not sent and not came else line[:-1] + b"\t%b\t%b\n" % (_packed(sent), _packed(came))


def _line_of(event: Event) -> dict[str, object]:
    full: dict[str, object] = {"verb": event.call.verb, "us": event.spent_us}
    if event.call.arguments:
        full["arguments"] = dict(event.call.arguments)
    match event.result:
        case Answer():
            full["value"] = event.result.value
        case OSError():
            full["raised"] = {"errno": event.result.errno}
        case fault:
            full["raised"] = {"code": fault.code, "sentence": fault.sentence}
    return full


def _packed(data: Data) -> bytes:
    return b"%d:%b" % (len(data), base64.b64encode(zlib.compress(data))) if data else _NOTHING


def _dump(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode() + b"\n"
