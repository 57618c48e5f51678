"""The enrolment as one ANSI/NIST-ITL transaction: Type-1, Type-2, a Type-10 portrait and a Type-14 for each finger.

Measured against ANSI/NIST-ITL 1-2011 Update 2015 (version 0502), traditional encoding; not certified by anybody.

Ours, where the standard leaves it to the parties:
- The domain (1.013) is named SMILIUS, version 1, and 2.003 in it is the application number. Without a domain name a
  reader would assume another domain's meaning of 2.003.
- A score goes into 14.024 only when a registered algorithm made it (NFIQ 2 under vendor 0101). Any other score stands
  in the comment 14.020 with its algorithm's own name: no vendor number, 0000 included, is ours to write, and a reader
  that looks at the score alone could take it for NFIQ 2.
- SAP (10.013) is 13 only when every gate passed, 0 otherwise; an operator's acceptance does not change that.
- CSP (10.012) is SRGB: what the JPEG gives when it is decoded.
- In MMS (904) what is unknown is "0", and what the character set does not have is "?".
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from capture.missing import MissingReason
from capture.profile import RecordRule
from capture.records.errors import FACE, JpegInvalid, TransactionInvalid, TransactionTextRefused, WsqHeaderInvalid
from capture.records.itl import Subfields, TaggedRecord, is_plain, single, write_record
from capture.records.jpeg import read_header as read_jpeg
from capture.records.wsq_header import read_header as read_wsq
from capture.sample import Gate, Quality, Verdict
from drivers.contract import Finger

VERSION: Final = "0502"
DOMAIN: Final = ("SMILIUS", "1")
PPI: Final = 500
NFIQ_2: Final = "NFIQ 2"
NFIQ_2_VENDOR: Final = "0101"
NFIQ_2_PRODUCTS: Final = {"2.0": 33, "2.1": 55, "2.2": 56, "2.3": 57}
SAP_FULL_FRONTAL: Final = "13"
SAP_UNKNOWN: Final = "0"
SCORE_FAILED: Final = 255

_DEVICE_TEXT_MAX = 50
_COMMENT_TEXT_MAX = 126
_UNKNOWN = "0"


@dataclass(frozen=True, slots=True)
class DeviceName:
    """Make, model and serial number of what took a picture, as the device says them."""

    make: str
    """The manufacturer."""
    model: str
    """The manufacturer's name for the model."""
    serial: str
    """The serial number, empty where the device has none."""


@dataclass(frozen=True, slots=True)
class FaceImage:
    """The portrait."""

    jpeg: bytes = field(repr=False)
    """A whole baseline JPEG file in colour."""
    gates: tuple[Gate, ...]
    """Every gate that was looked at; they decide whether it may be called full frontal."""
    device: DeviceName | None
    """The camera, None where it is not to be named."""
    confirmed: tuple[str, ...] = ()
    """Ids of the gates that nothing could assess and a person confirmed."""


@dataclass(frozen=True, slots=True)
class FingerImage:
    """One print."""

    finger: Finger
    """The finger position."""
    wsq: bytes = field(repr=False)
    """A whole WSQ file at 500 ppi."""
    quality: Quality
    """The score with the name of what made it."""
    device: DeviceName | None
    """The scanner, None where it is not to be named."""


@dataclass(frozen=True, slots=True)
class MissingFinger:
    """A finger that cannot be given."""

    finger: Finger
    """The finger position."""
    reason: MissingReason
    """Why, as the operator said it."""


@dataclass(frozen=True, slots=True)
class TransactionContent:
    """All that a transaction is written from."""

    rule: RecordRule
    """What the receiver wants to read in the headers."""
    control_number: str
    """Unique number of the transaction (1.009): the parcel's id."""
    application_number: str = field(repr=False)
    """The e-application (2.003)."""
    created: datetime
    """When the transaction was made, in UTC; whole seconds are written."""
    captured_on: date
    """The day of the pictures, in UTC."""
    face: FaceImage | None
    """The portrait, None when an amendment has none."""
    fingers: tuple[FingerImage, ...]
    """The prints, in the order of their records."""
    missing: tuple[MissingFinger, ...]
    """Fingers that cannot be given, in the order of their records."""


def write_transaction(content: TransactionContent) -> bytes:
    """The transaction's bytes, the same for the same content.

    :raises: TransactionInvalid for a picture that is not a whole JPEG or WSQ file as described, a finger named twice,
        or a time that is not in UTC; TransactionTextRefused for text that the character set does not carry safely.
    Source: ANSI/NIST-ITL 1-2011 Update 2015, facts/standards.md sections 3.1 to 3.6.
    """
    _check(content)
    faces = [] if content.face is None else [_face(content.face, content=content)]
    fingers = [_finger(image, content=content) for image in content.fingers]
    missing = [_missing(finger, content=content) for finger in content.missing]
    records = [_type_2(content), *faces, *fingers, *missing]
    numbered = [_with_idc(record, idc) for idc, record in enumerate(records)]
    return b"".join(map(write_record, (with_contents(_type_1(content), numbered), *numbered)))


def is_full_frontal(gates: tuple[Gate, ...], *, confirmed: Collection[str]) -> bool:
    """Whether every gate passed, and there was one; of what nothing could assess a person has to say that it is so.

    :param confirmed: ids of the gates that a person confirmed.
    """
    return bool(gates) and all(
        gate.verdict is Verdict.PASS or (gate.verdict is Verdict.NOT_ASSESSED and gate.id in confirmed)
        for gate in gates
    )


def nfiq_2_product(quality: Quality) -> int | None:
    """The registered product number of the NFIQ 2 release that made this score, None for any other algorithm.

    Source: CBEFF registry as in facts/standards.md section 5.6.
    """
    release = ".".join(quality.version.split(".")[:2])
    return NFIQ_2_PRODUCTS.get(release) if quality.algorithm == NFIQ_2 else None


def _check(content: TransactionContent) -> None:
    named = [image.finger for image in content.fingers] + [finger.finger for finger in content.missing]
    if len(set(named)) != len(named):
        raise TransactionInvalid("A finger is named twice.")
    if content.created.utcoffset() != timedelta(0):
        raise TransactionInvalid("The transaction's time is not in UTC.")


def with_contents(first: TaggedRecord, others: list[TaggedRecord]) -> TaggedRecord:
    """The Type-1 record with a list of what follows it."""
    counted: Subfields = (("1", str(len(others))), *((str(other.record_type), other.text(2)) for other in others))
    return TaggedRecord(first.record_type, first.fields | {3: counted}, first.data)


def _type_1(content: TransactionContent) -> TaggedRecord:
    rule = content.rule
    return TaggedRecord(
        1,
        {
            2: single(VERSION),
            4: single(rule.transaction_type),
            5: single(_day(content.created.date())),
            7: single(rule.destination_agency),
            8: single(rule.originating_agency),
            9: single(content.control_number),
            11: single("00.00"),  # both resolutions speak of Type-4 records, and there is none
            12: single("00.00"),
            13: (DOMAIN,),
            14: single(content.created.strftime("%Y%m%d%H%M%SZ")),
        },
    )


def _type_2(content: TransactionContent) -> TaggedRecord:
    return TaggedRecord(2, {3: single(content.application_number)})


def _face(image: FaceImage, *, content: TransactionContent) -> TaggedRecord:
    try:
        header = read_jpeg(image.jpeg)
    except JpegInvalid as error:
        raise TransactionInvalid(error.sentence, part=FACE) from error
    if header.components != 3:
        raise TransactionInvalid("The portrait is not in colour.", part=FACE)
    fields = {
        3: single("FACE"),
        4: single(content.rule.originating_agency),
        5: single(_day(content.captured_on)),
        6: single(str(header.width_px)),
        7: single(str(header.height_px)),
        8: single("0"),  # no scale, so 009 and 010 are the pixels' aspect ratio
        9: single("1"),
        10: single("1"),
        11: single("JPEGB"),
        12: single("SRGB"),
        13: single(SAP_FULL_FRONTAL if is_full_frontal(image.gates, confirmed=image.confirmed) else SAP_UNKNOWN),
    }
    return TaggedRecord(10, fields | _device(image.device), image.jpeg)


def _finger(image: FingerImage, *, content: TransactionContent) -> TaggedRecord:
    try:
        header = read_wsq(image.wsq)
    except WsqHeaderInvalid as error:
        raise TransactionInvalid(error.sentence, part=image.finger) from error
    if header.ppi != PPI:
        raise TransactionInvalid(f"The print does not state {PPI} pixels an inch.", part=image.finger)
    fields = _type_14(image.finger, content=content) | {
        6: single(str(header.width_px)),
        7: single(str(header.height_px)),
        8: single("1"),  # pixels an inch
        9: single(str(PPI)),
        10: single(str(PPI)),
        11: single("WSQ20"),
        12: single("8"),
    }
    return TaggedRecord(14, fields | _quality(image) | _device(image.device), image.wsq)


def _missing(missing: MissingFinger, *, content: TransactionContent) -> TaggedRecord:
    fields = _type_14(missing.finger, content=content)
    return TaggedRecord(14, fields | {18: ((str(missing.finger.code), missing.reason.amp_code),)})


def _type_14(finger: Finger, *, content: TransactionContent) -> dict[int, Subfields]:
    return {
        3: single("0"),  # plain contact
        4: single(content.rule.originating_agency),
        5: single(_day(content.captured_on)),
        13: single(str(finger.code)),
    }


def comment_on(quality: Quality) -> str | None:
    """What 14.020 says of a score that no registered algorithm made, None for one that 14.024 holds."""
    if nfiq_2_product(quality) is not None:
        return None
    score = "NO SCORE" if quality.score is None else f"QUALITY {quality.score} OF 100"
    return f"{score} BY {quality.algorithm} {quality.version}, NOT A REGISTERED ALGORITHM"


def _quality(image: FingerImage) -> dict[int, Subfields]:
    comment, product = comment_on(image.quality), nfiq_2_product(image.quality)
    if comment is None:
        score = SCORE_FAILED if image.quality.score is None else image.quality.score
        return {24: ((str(image.finger.code), str(score), NFIQ_2_VENDOR, str(product)),)}
    if len(comment) > _COMMENT_TEXT_MAX or not is_plain(comment):
        raise TransactionTextRefused("The quality algorithm's name cannot stand in a comment.", part=image.finger)
    return {20: single(comment)}


def _device(device: DeviceName | None) -> dict[int, Subfields]:
    if device is None:
        return {}
    return {904: ((_device_text(device.make), _device_text(device.model), _device_text(device.serial)),)}


def _device_text(text: str) -> str:
    """A device's own words must not stop an enrolment, so what cannot be written becomes a question mark."""
    plain = "".join(letter if " " <= letter <= "~" else "?" for letter in text.strip())
    return plain.replace("999:", "999?")[:_DEVICE_TEXT_MAX] or _UNKNOWN


def _with_idc(record: TaggedRecord, idc: int) -> TaggedRecord:
    return TaggedRecord(record.record_type, record.fields | {2: single(str(idc))}, record.data)


def _day(day: date) -> str:
    return day.strftime("%Y%m%d")
