"""What the station and a vendor's helper say to each other: `smilius-helper/1`, JSON lines both ways. Pure.

One request, one answer, with the same number; nothing is said unasked. A frame's answer is a line and then exactly as
many bytes as the line says. Requests are flat objects with fixed keys in a fixed order, no blanks and no escapes, so
that a helper in C needs no JSON parser. An unknown key in an answer is refused: within a version nothing is optional,
so a typing mistake cannot pass as a default. Only the answer to *hello* may hold more, because it comes before the two
have agreed on a version.

Source: docs/vendor-helper.md, which is the protocol's own page.
"""

import json
import zlib
from enum import StrEnum
from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic_core import ErrorDetails

from drivers.contract import (
    BusyFault,
    DeniedFault,
    Fault,
    Finger,
    GoneFault,
    Hint,
    OptionsFault,
    ProtocolFault,
    StuckFault,
    TimedOutFault,
    UncalibratedFault,
    UnreadableFault,
)

VERSION: Final = "smilius-helper/1"
LINE_BYTES_MAX: Final = 4_096
"""An answer's line, with its newline."""
SIDE_PX_MAX: Final = 2_048


class Verb(StrEnum):
    """What a helper is asked to do, in order of life."""

    HELLO = "hello"
    OPEN = "open"
    ARM = "arm"
    GRAB = "grab"
    DISARM = "disarm"
    CLOSE = "close"
    BYE = "bye"


def request(number: int, verb: Verb, **more: object) -> bytes:
    """One request as it is sent, with its newline.

    :param more: the verb's own keys: `speaks` for *hello*, those of `aimed` for *arm*, `wait_ms` for *grab*.
    """
    said = {"id": number, "do": verb.value, **more}
    return json.dumps(said, separators=(",", ":")).encode("ascii") + b"\n"


def aimed(finger: Finger) -> dict[str, object]:
    """What *arm* says of the finger: by its names, and by its position code, 1 to 10."""
    return {"hand": finger.hand.value, "digit": finger.digit.value, "position": finger.code}


def _plain(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("printable, without blanks around it")
    return text


Text: TypeAlias = Annotated[str, Field(max_length=64), AfterValidator(_plain)]
Side: TypeAlias = Annotated[int, Field(ge=64, le=SIDE_PX_MAX)]
Resolution: TypeAlias = Annotated[float, Field(ge=250, le=1_500, allow_inf_nan=False)]


class Answer(BaseModel):
    """What every answer has."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    id: int
    """The number of the request that it answers."""


class Hello(Answer):
    """The helper is there."""

    model_config = ConfigDict(extra="ignore")

    kind: Literal["hello"]
    """Which answer this is."""
    speaks: Text
    """The one version that it speaks from here on."""
    program: Text
    """Its own name and version, for whoever looks after it."""


class Opened(Answer):
    """The sensor is held, and this is which one it is."""

    kind: Literal["opened"]
    """Which answer this is."""
    make: Annotated[Text, Field(min_length=1)]
    """The manufacturer."""
    model: Annotated[Text, Field(min_length=1)]
    """The manufacturer's name for the model."""
    serial: Text
    """The serial number, empty where it has none."""
    firmware: Text
    """The firmware's version, empty where it has none."""
    certified: bool
    """Whether sensor and software, as they run here, hold a certificate for their pictures' quality."""
    certificate: Text
    """Which one; empty where there is none."""
    simulated: bool
    """Whether no sensor is behind it."""
    ppi: Resolution
    """Resolution of every frame, in pixels an inch."""
    width_px: Side
    """Columns of every frame."""
    height_px: Side
    """Rows of every frame."""

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if self.certified != bool(self.certificate) or (self.certified and self.simulated):
            raise ValueError("a certificate has a name, and nothing simulated has one")
        return self


class Done(Answer):
    """It was done, and there is nothing to tell."""

    kind: Literal["done"]
    """Which answer this is."""


class Grabbed(Answer):
    """What *grab* is answered with: one of the two below."""


class Hinted(Grabbed):
    """No frame, and what the person can do about it."""

    kind: Literal["hint"]
    """Which answer this is."""
    hint: Literal[
        Hint.NO_FINGER,
        Hint.PRESS_HARDER,
        Hint.PRESS_LIGHTER,
        Hint.CENTRE_FINGER,
        Hint.CLEAN_PLATE,
        Hint.DRY_FINGER,
        Hint.LIFT_FINGER,
        Hint.ONE_FINGER,
        Hint.SHADE_PLATE,
    ]
    """One of those that a sensor can know."""


class FrameHead(Grabbed):
    """A frame follows, as `bytes` bytes: rows from the finger's tip down, 0 = ridge, one byte a pixel."""

    kind: Literal["frame"]
    """Which answer this is."""
    width_px: Side
    """Columns, as *open* said."""
    height_px: Side
    """Rows, as *open* said."""
    bits: Literal[8]
    """Bits a pixel."""
    ppi: Resolution
    """Resolution, as *open* said."""
    bytes: int
    """Columns times rows."""
    crc32: Annotated[int, Field(ge=0, lt=2**32)]
    """The bytes' CRC-32 as in PNG and zlib, decimal."""


class Failed(Answer):
    """The machine failed; there is no text, because the operator reads only sentences that the station knows."""

    kind: Literal["fault"]
    """Which answer this is."""
    code: Literal[
        "device-busy",
        "device-denied",
        "device-gone",
        "device-protocol",
        "device-timed-out",
        "device-stuck",
        "device-uncalibrated",
        "device-options",
        "device-order",
        "recording-unreadable",
    ]
    """One of the contract's codes."""


AnyAnswer = Hello | Opened | Done | Hinted | FrameHead | Failed

_ANSWERS: TypeAdapter[AnyAnswer] = TypeAdapter(Annotated[AnyAnswer, Field(discriminator="kind")])
_KEYS: Final = frozenset(
    name for model in (Hello, Opened, Done, Hinted, FrameHead, Failed) for name in model.model_fields
)


def read_answer(line: bytes) -> AnyAnswer:
    """The answer in a line without its newline. :raises: ProtocolFault, which names our keys and nothing of theirs."""
    try:
        return _ANSWERS.validate_json(line)
    except ValidationError as error:
        wrong = ", ".join(sorted({_wrong(item) for item in error.errors(include_input=False)}))
        raise ProtocolFault(f"The sensor's helper gave an answer that cannot be used: {wrong}.") from None


def _wrong(item: ErrorDetails) -> str:
    match item["loc"]:
        case (_, str() as key, *_):
            # what is not ours may hold anything
            return key if key in _KEYS else "an unknown key"
        case (_,):
            return "it contradicts itself"
        case _:
            return "it is no answer of this protocol"


def check_head(head: FrameHead, *, opened: Opened) -> None:
    """The frame has the size and resolution that *open* told. :raises: ProtocolFault."""
    told = (opened.width_px, opened.height_px, opened.ppi)
    if (head.width_px, head.height_px, head.ppi) != told or head.bytes != head.width_px * head.height_px:
        raise ProtocolFault("The sensor's helper gave a picture of another size than it had said.")


def check_pixels(head: FrameHead, pixels: bytearray) -> None:
    """The bytes are those that were sent. :raises: ProtocolFault."""
    if zlib.crc32(pixels) != head.crc32:
        raise ProtocolFault("The sensor's helper gave a picture that was damaged on the way.")


FAULTS: Final[dict[str, tuple[type[Fault], str]]] = {
    "device-busy": (BusyFault, "Another program holds the fingerprint sensor."),
    "device-denied": (DeniedFault, "The system does not let the sensor's helper have the fingerprint sensor."),
    "device-gone": (GoneFault, "The fingerprint sensor is not plugged in."),
    "device-protocol": (ProtocolFault, "The sensor's helper was told by its sensor, or by us, what it cannot use."),
    "device-timed-out": (TimedOutFault, "The fingerprint sensor did not answer its helper in time."),
    "device-stuck": (StuckFault, "The fingerprint sensor does not work any more: unplug it and plug it in again."),
    "device-uncalibrated": (UncalibratedFault, "The fingerprint sensor is not calibrated for its helper."),
    "device-options": (OptionsFault, "The sensor's helper cannot use its own settings."),
    # the driver keeps the order, so whoever says this counts differently
    "device-order": (ProtocolFault, "The sensor's helper says that it was asked out of order."),
    "recording-unreadable": (UnreadableFault, "The sensor's helper cannot read its recordings."),
}
"""What each code of a helper means here."""
