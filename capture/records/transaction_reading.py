"""Reads ANSI/NIST-ITL transactions as `transaction` writes them, and refuses all others.

Headquarters checks with it what a station sent. It shares the byte grammar and the names with the writer, but asks for
each value by itself: what it does not ask for may not be there.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final

from capture.records.errors import FACE, JpegInvalid, Part, TransactionInvalid, WsqHeaderInvalid
from capture.records.itl import TaggedRecord, read_records
from capture.records.jpeg import JpegHeader
from capture.records.jpeg import read_header as read_jpeg
from capture.records.transaction import (
    DOMAIN,
    NFIQ_2_PRODUCTS,
    NFIQ_2_VENDOR,
    PPI,
    SAP_FULL_FRONTAL,
    SAP_UNKNOWN,
    SCORE_FAILED,
    VERSION,
)
from capture.records.wsq_header import WsqHeader
from capture.records.wsq_header import read_header as read_wsq
from drivers.contract import Finger

TRANSACTION_BYTES_MAX: Final = 4 * 1024 * 1024

_TYPE_1_FIELDS = frozenset({2, 3, 4, 5, 7, 8, 9, 11, 12, 13, 14})
_TYPE_2_FIELDS = frozenset({2, 3})
_FACE_FIELDS = frozenset({2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13})
_FINGER_FIELDS = frozenset({2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13})
_MISSING_FIELDS = frozenset({2, 3, 4, 5, 13, 18})
_DEVICE, _COMMENT, _SCORE = 904, 20, 24

_TYPE_1_VALUES = {2: VERSION, 11: "00.00", 12: "00.00"}
_FACE_VALUES = {3: "FACE", 8: "0", 9: "1", 10: "1", 11: "JPEGB", 12: "SRGB"}
_FINGER_VALUES = {3: "0", 8: "1", 9: str(PPI), 10: str(PPI), 11: "WSQ20", 12: "8"}
_AMPUTATION_CODES = frozenset({"XX", "UP"})


@dataclass(frozen=True, slots=True)
class ReadFace:
    """The portrait of a transaction."""

    jpeg: bytes = field(repr=False)
    """A whole JPEG file of the dimensions that the record states."""
    full_frontal: bool
    """Whether the record claims SAP 13."""


@dataclass(frozen=True, slots=True)
class RegisteredScore:
    """A score that NFIQ 2 made."""

    score: int | None
    """0 to 100, None where NFIQ 2 failed."""
    product: int
    """The release's registered product number."""


@dataclass(frozen=True, slots=True)
class ReadFinger:
    """One print of a transaction."""

    wsq: bytes = field(repr=False)
    """A whole WSQ file of the dimensions that the record states."""
    registered: RegisteredScore | None
    """The score of 14.024, None without one."""
    comment: str | None
    """The comment of 14.020, where a score of another algorithm stands."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """What a transaction says."""

    transaction_type: str
    """1.004."""
    destination_agency: str
    """1.007."""
    originating_agency: str
    """1.008, and the source of every picture."""
    control_number: str
    """1.009: the parcel's id."""
    application_number: str = field(repr=False)
    """2.003."""
    created: datetime
    """1.014, in UTC."""
    captured_on: date | None
    """The day of the newest picture, None where there is no record that has one."""
    same_day: bool
    """Whether all pictures are of that day; those of an amended visit need not be."""
    face: ReadFace | None
    """The portrait."""
    fingers: dict[Finger, ReadFinger]
    """The prints, in the order of their records."""
    missing: dict[Finger, str]
    """`XX` or `UP` of each finger that cannot be given."""


def read_transaction(data: bytes) -> Transaction:
    """What the transaction says, after everything in it was checked.

    :raises: TransactionInvalid, with the face or finger where one is at fault.
    Source: ANSI/NIST-ITL 1-2011 Update 2015, facts/standards.md sections 3.1 to 3.6.
    """
    if len(data) > TRANSACTION_BYTES_MAX:
        raise TransactionInvalid("The transaction is larger than one visit makes it.")
    first, *others = read_records(data)
    _check_count(first, others)
    second, *pictures = others
    faces = [record for record in pictures if record.record_type == 10]
    prints = _by_finger([record for record in pictures if record.record_type == 14])
    if len(faces) + len(prints) != len(pictures) or len(faces) > 1:
        raise TransactionInvalid("The transaction holds a record that no enrolment has.")
    days = _days(pictures, origin=first.text(8))
    return Transaction(
        transaction_type=first.text(4),
        destination_agency=first.text(7),
        originating_agency=first.text(8),
        control_number=first.text(9),
        application_number=second.text(3),
        created=_created(first),
        captured_on=max(days, default=None),
        same_day=len(days) <= 1,
        face=_face(faces[0]) if faces else None,
        fingers={finger: _finger(record, finger) for finger, record in prints.items() if record.data is not None},
        missing={finger: _missing(record, finger) for finger, record in prints.items() if record.data is None},
    )


def _check_count(first: TaggedRecord, others: list[TaggedRecord]) -> None:
    headers = (first, *others[:1])
    if [record.record_type for record in headers] != [1, 2] or any(record.data is not None for record in headers):
        raise TransactionInvalid("The transaction does not begin with its Type-1 and Type-2 records.")
    _check_fields(first, required=_TYPE_1_FIELDS, values=_TYPE_1_VALUES)
    _check_fields(others[0], required=_TYPE_2_FIELDS)
    counted = tuple((str(other.record_type), str(idc)) for idc, other in enumerate(others))
    found = tuple(other.text(2) for other in others)
    if first.fields[3] != (("1", str(len(others))), *counted) or found != tuple(idc for _, idc in counted):
        raise TransactionInvalid("The transaction's list of contents is not what follows.")
    if first.fields[13] != (DOMAIN,):
        raise TransactionInvalid("The transaction belongs to another domain.")


def _check_fields(
    record: TaggedRecord,
    *,
    required: frozenset[int],
    optional: frozenset[int] = frozenset(),
    values: dict[int, str] | None = None,
    part: Part | None = None,
) -> None:
    present = frozenset(record.fields)
    if not required <= present <= required | optional:
        raise TransactionInvalid(f"A type {record.record_type} record lacks a field, or has one too many.", part=part)
    wrong = [number for number, value in (values or {}).items() if record.text(number) != value]
    if wrong:
        raise TransactionInvalid(
            f"Field {record.record_type}.{wrong[0]:03} has a value that we do not write.", part=part
        )


def _created(first: TaggedRecord) -> datetime:
    try:
        created = datetime.strptime(first.text(14), "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise TransactionInvalid("The transaction's time is not a time.") from error
    if first.text(14) != created.strftime("%Y%m%d%H%M%SZ") or first.text(5) != created.strftime("%Y%m%d"):
        raise TransactionInvalid("The transaction's date is not that of its time.")
    return created


def _days(pictures: list[TaggedRecord], *, origin: str) -> set[date]:
    if any(picture.text(4) != origin for picture in pictures):
        raise TransactionInvalid("The pictures are not all of one source.")
    return {_day(picture.text(5)) for picture in pictures}


def _day(text: str) -> date:
    try:
        day = datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).date()
    except ValueError as error:
        raise TransactionInvalid("A picture's day is not a day.") from error
    if text != day.strftime("%Y%m%d"):
        raise TransactionInvalid("A picture's day is not written as a day.")
    return day


def _face(record: TaggedRecord) -> ReadFace:
    _check_fields(record, required=_FACE_FIELDS, optional=frozenset({_DEVICE}), values=_FACE_VALUES, part=FACE)
    try:
        header = read_jpeg(record.data or b"")
    except JpegInvalid as error:
        raise TransactionInvalid(error.sentence, part=FACE) from error
    _check_dimensions(record, header, part=FACE)
    if header.components != 3 or record.text(13) not in {SAP_FULL_FRONTAL, SAP_UNKNOWN}:
        raise TransactionInvalid("The portrait is not in colour, or of a profile that we do not write.", part=FACE)
    return ReadFace(record.data or b"", full_frontal=record.text(13) == SAP_FULL_FRONTAL)


def _finger(record: TaggedRecord, finger: Finger) -> ReadFinger:
    optional = frozenset({_DEVICE, _COMMENT, _SCORE})
    _check_fields(record, required=_FINGER_FIELDS, optional=optional, values=_FINGER_VALUES, part=finger)
    try:
        header = read_wsq(record.data or b"")
    except WsqHeaderInvalid as error:
        raise TransactionInvalid(error.sentence, part=finger) from error
    _check_dimensions(record, header, part=finger)
    if header.ppi != PPI:
        raise TransactionInvalid(f"The print does not state {PPI} pixels an inch.", part=finger)
    comment = record.text(_COMMENT) if _COMMENT in record.fields else None
    return ReadFinger(record.data or b"", registered=_score(record, finger), comment=comment)


def _score(record: TaggedRecord, finger: Finger) -> RegisteredScore | None:
    if _SCORE not in record.fields:
        return None
    match record.fields[_SCORE]:
        case ((code, score, vendor, product),) if code == str(finger.code) and vendor == NFIQ_2_VENDOR:
            scores = {str(value): value for value in (*range(101), SCORE_FAILED)}
            products = {str(value): value for value in NFIQ_2_PRODUCTS.values()}
            if score in scores and product in products:
                return RegisteredScore(None if scores[score] == SCORE_FAILED else scores[score], products[product])
    raise TransactionInvalid("The print's score is not one of NFIQ 2.", part=finger)


def _missing(record: TaggedRecord, finger: Finger) -> str:
    _check_fields(record, required=_MISSING_FIELDS, values={3: "0"}, part=finger)
    match record.fields[18]:
        case ((code, reason),) if code == str(finger.code) and reason in _AMPUTATION_CODES:
            return reason
    raise TransactionInvalid("The reason why a finger is missing is not one that we write.", part=finger)


def _check_dimensions(record: TaggedRecord, header: JpegHeader | WsqHeader, *, part: Part) -> None:
    if (record.text(6), record.text(7)) != (str(header.width_px), str(header.height_px)):
        raise TransactionInvalid("The record and its picture do not have the same dimensions.", part=part)


def _by_finger(prints: list[TaggedRecord]) -> dict[Finger, TaggedRecord]:
    found = {_position(record): record for record in prints}
    if len(found) != len(prints):
        raise TransactionInvalid("A finger has two records.")
    return found


def _position(record: TaggedRecord) -> Finger:
    fingers = {str(finger.code): finger for finger in Finger}
    if record.text(13) not in fingers:
        raise TransactionInvalid("A print's position is not that of one finger.")
    return fingers[record.text(13)]
