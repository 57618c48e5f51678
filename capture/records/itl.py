"""The byte grammar of ANSI/NIST-ITL traditional encoding, for tagged records; what their fields mean is elsewhere.

A record is `TT.001:length`, then fields `TT.NNN:value` in ascending order, GS between them and FS at the end. A value
is subfields with RS between, a subfield is items with US between. Field 999 is last and holds raw bytes, in which
separators are data. The length counts every byte of the record, its own digits and the FS too.
Source: ANSI/NIST-ITL 1-2011, facts/standards.md section 3.1.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from capture.records.errors import TransactionInvalid, TransactionTextRefused

FS: Final = b"\x1c"
GS: Final = b"\x1d"
RS: Final = b"\x1e"
US: Final = b"\x1f"

RECORDS_MAX: Final = 32
TEXT_MAX: Final = 512

Subfields = tuple[tuple[str, ...], ...]
"""A field's value: subfields of items."""

_LENGTH, _DATA = 1, 999
# some readers look for the data field by its number alone, so that text holding it would cut the record elsewhere
_DATA_TAG = "999:"
_TEXT = re.compile(r"[ -~]+")
_HEAD = re.compile(rb"([1-9][0-9]?)\.001:([1-9][0-9]{0,7})\x1d")
_TAG = re.compile(rb"([1-9][0-9]?)\.([0-9]{3}):")


@dataclass(frozen=True, slots=True)
class TaggedRecord:
    """One record without its length, which only the bytes have."""

    record_type: int
    """1, 2, 9 or above; 3 to 8 are binary and have no tags."""
    fields: dict[int, Subfields]
    """Values by field number, 002 and above."""
    data: bytes | None = field(default=None, repr=False)
    """Field 999, None without one."""

    def text(self, number: int) -> str:
        """The field's only item. :raises: TransactionInvalid when it is not there or has more than one."""
        match self.fields.get(number):
            case ((item,),):
                return item
            case _:
                raise TransactionInvalid(f"Field {self.record_type}.{number:03} is missing or has more than one value.")


def single(text: str) -> Subfields:
    """A value of one subfield with one item."""
    return ((text,),)


def write_record(record: TaggedRecord) -> bytes:
    """The record's bytes with its length in front.

    :raises: TransactionTextRefused when a text is empty, too long, not printable ASCII or holds the data field's tag.
    """
    parts = [_field(number, value, record_type=record.record_type) for number, value in sorted(record.fields.items())]
    if record.data is not None:
        parts.append(f"{record.record_type}.{_DATA}:".encode() + record.data)
    body = GS.join((b"", *parts)) + FS
    tag = f"{record.record_type}.{_LENGTH:03}:".encode()
    return tag + _length_digits(len(tag) + len(body)) + body


def read_records(data: bytes) -> tuple[TaggedRecord, ...]:
    """All records of a file.

    :raises: TransactionInvalid when a length, tag, order or separator is wrong; TransactionTextRefused for such text.
    """
    records: list[TaggedRecord] = []
    position = 0
    while position < len(data) and len(records) < RECORDS_MAX:
        head = _HEAD.match(data, position)
        end = position + int(head[2]) if head else 0
        if head is None or end <= head.end() or data[end - 1 : end] != FS:
            raise TransactionInvalid("A record's length is missing or does not lead to its end.")
        records.append(_record(int(head[1]), data[head.end() : end - 1]))
        position = end
    if not records or position != len(data):
        raise TransactionInvalid("The transaction is empty, or has more after its last record.")
    return tuple(records)


def is_plain(text: str) -> bool:
    """Whether a text may stand in a field: printable ASCII, not too long, without what could be read as a tag."""
    return len(text) <= TEXT_MAX and _TEXT.fullmatch(text) is not None and _DATA_TAG not in text


def _field(number: int, value: Subfields, *, record_type: int) -> bytes:
    texts = [item for subfield in value for item in subfield]
    if not texts or not all(map(is_plain, texts)):
        raise TransactionTextRefused(f"Field {record_type}.{number:03} holds text that the record cannot carry.")
    written = RS.join(US.join(item.encode("ascii") for item in subfield) for subfield in value)
    return f"{record_type}.{number:03}:".encode() + written


def _length_digits(others_bytes: int) -> bytes:
    """The digits of a length that counts these other bytes and the digits themselves."""
    digits = str(others_bytes)
    while str(others_bytes + len(digits)) != digits:
        digits = str(others_bytes + len(digits))
    return digits.encode()


def _record(record_type: int, body: bytes) -> TaggedRecord:
    fields: dict[int, Subfields] = {}
    position, previous = 0, _LENGTH
    while position <= len(body):
        tag = _TAG.match(body, position)
        number = int(tag[2]) if tag else 0
        if tag is None or int(tag[1]) != record_type or number <= previous:
            raise TransactionInvalid(f"A field of a type {record_type} record has a wrong tag or is out of order.")
        if number == _DATA:
            return TaggedRecord(record_type, fields, body[tag.end() :])
        end = body.find(GS, tag.end())
        end = len(body) if end < 0 else end
        fields[number] = _value(body[tag.end() : end], record_type=record_type, number=number)
        position, previous = end + 1, number
    return TaggedRecord(record_type, fields)


def _value(written: bytes, *, record_type: int, number: int) -> Subfields:
    value = tuple(tuple(item.decode("latin-1") for item in subfield.split(US)) for subfield in written.split(RS))
    if not all(is_plain(item) for subfield in value for item in subfield):
        raise TransactionTextRefused(f"Field {record_type}.{number:03} holds text that no record may carry.")
    return value
