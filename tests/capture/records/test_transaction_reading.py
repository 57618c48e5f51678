"""The reader of transactions: gives what was written, and refuses what we would not have written."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.records.errors import TransactionInvalid
from capture.records.itl import Subfields, TaggedRecord, read_records, single, write_record
from capture.records.transaction import FingerImage, write_transaction
from capture.records.transaction_reading import RegisteredScore, Transaction, read_transaction
from capture.sample import Quality
from drivers.contract import Finger
from tests.capture.records.damage import SETTINGS, damaged, outcome
from tests.capture.records.specimens import CREATED, LEFT, PARCEL, RIGHT, content, jpeg_by_hand, wsq_by_hand

WRITTEN = write_transaction(content())
TYPE_1, TYPE_2, FACE, OWN, REGISTERED, MISSING = range(6)


def _changed(record: int, fields: dict[int, Subfields | None], *, data: bytes | None = None) -> bytes:
    """The transaction with some fields of one record set or, with None, left out."""
    records = list(read_records(WRITTEN))
    before = records[record]
    merged: dict[int, Subfields | None] = {**before.fields, **fields}
    kept = {number: value for number, value in merged.items() if value is not None}
    records[record] = TaggedRecord(before.record_type, kept, data if data is not None else before.data)
    return b"".join(map(write_record, records))


def _without(record: int) -> bytes:
    records = list(read_records(WRITTEN))
    del records[record]
    return b"".join(map(write_record, records))


def test_what_was_written_is_read() -> None:
    read = read_transaction(WRITTEN)
    assert (read.transaction_type, read.destination_agency, read.originating_agency) == ("ENROL", "MIGRIS", "SMILIUS")
    assert (read.control_number, read.application_number) == (PARCEL, "EA-2026-000123")
    assert (read.created, read.captured_on) == (CREATED, date(2026, 11, 22))
    assert read.face is not None
    assert (read.face.jpeg, read.face.full_frontal) == (jpeg_by_hand(), True)
    assert list(read.fingers) == [RIGHT, LEFT]
    assert (read.fingers[RIGHT].wsq, read.fingers[LEFT].wsq) == (wsq_by_hand(), wsq_by_hand(data=b"other"))
    assert read.fingers[RIGHT].registered is None
    assert read.fingers[RIGHT].comment == "QUALITY 61 OF 100 BY smilius-ridges 1.0, NOT A REGISTERED ALGORITHM"
    assert read.fingers[LEFT].registered == RegisteredScore(54, 57)
    assert read.missing == {Finger.LEFT_RING: "XX"}


def test_pictures_of_two_days_are_read_and_said_to_be() -> None:
    records = list(read_records(WRITTEN))
    face = records[FACE]
    records[FACE] = TaggedRecord(face.record_type, face.fields | {5: single("20261121")}, face.data)
    read = read_transaction(b"".join(map(write_record, records)))
    assert (read.captured_on, read.same_day) == (date(2026, 11, 22), False)
    assert read_transaction(WRITTEN).same_day


def test_without_pictures_there_is_no_day() -> None:
    read = read_transaction(write_transaction(content(face=None, fingers=(), missing=())))
    assert (read.captured_on, read.face, read.fingers, read.missing) == (None, None, {}, {})


def test_a_failed_score_is_none() -> None:
    quality = Quality(score=None, algorithm="NFIQ 2", version="2.2", failure="blank")
    read = read_transaction(write_transaction(content(fingers=(FingerImage(RIGHT, wsq_by_hand(), quality, None),))))
    assert read.fingers[RIGHT].registered == RegisteredScore(None, 56)


def test_nothing_of_the_person_is_in_the_repr() -> None:
    assert "EA-2026" not in repr(read_transaction(WRITTEN))
    assert "ridges" not in repr(read_transaction(WRITTEN)).replace("smilius-ridges", "")


@pytest.mark.parametrize(
    ("record", "field", "value"),
    [
        (TYPE_1, 2, single("0400")),
        (TYPE_1, 3, (("1", "4"), ("2", "0"))),
        (TYPE_1, 5, single("20261123")),
        (TYPE_1, 9, None),
        (TYPE_1, 10, single("OTHER")),
        (TYPE_1, 11, single("19.69")),
        (TYPE_1, 13, (("NORAM", "EBTS"),)),
        (TYPE_1, 13, None),
        (TYPE_1, 14, single("20261122081560Z")),
        (TYPE_1, 14, single("2026112281530Z")),
        (TYPE_2, 2, single("1")),
        (TYPE_2, 3, None),
        (TYPE_2, 4, single("more")),
        (FACE, 2, single("2")),
        (FACE, 3, single("SCAR")),
        (FACE, 4, single("OTHER")),
        (FACE, 5, single("20261131")),
        (FACE, 5, single("2026112")),
        (FACE, 6, single("481")),
        (FACE, 7, single("0640")),
        (FACE, 8, single("1")),
        (FACE, 11, single("JP2")),
        (FACE, 12, None),
        (FACE, 13, single("14")),
        (OWN, 3, single("1")),
        (OWN, 6, single("480")),
        (OWN, 9, single("1000")),
        (OWN, 11, single("1")),
        (OWN, 13, single("13")),
        (OWN, 13, single("02")),
        (OWN, 13, single("7")),
        (OWN, 13, (("2",), ("3",))),
        (OWN, 22, (("2", "1"),)),
        (REGISTERED, 24, (("2", "54", "0101", "57"),)),
        (REGISTERED, 24, (("7", "101", "0101", "57"),)),
        (REGISTERED, 24, (("7", "054", "0101", "57"),)),
        (REGISTERED, 24, (("7", "54", "0000", "57"),)),
        (REGISTERED, 24, (("7", "54", "0101", "34"),)),
        (REGISTERED, 24, (("7", "54", "0101"),)),
        (MISSING, 18, (("9", "ZZ"),)),
        (MISSING, 18, (("8", "XX"),)),
        (MISSING, 18, (("9", "XX"), ("9", "UP"))),
        (MISSING, 6, single("320")),
    ],
)
def test_a_value_that_we_do_not_write_is_refused(record: int, field: int, value: Subfields | None) -> None:
    with pytest.raises(TransactionInvalid):
        read_transaction(_changed(record, {field: value}))


@pytest.mark.parametrize("day", ["20260230", "2026 1 1", "99999999", "20261"])
def test_a_day_that_is_none_is_refused(day: str) -> None:
    written = WRITTEN.replace(b"10.005:20261122", b"10.005:" + day.ljust(8, "0").encode())
    written = written.replace(b"14.005:20261122", b"14.005:" + day.ljust(8, "0").encode())
    with pytest.raises(TransactionInvalid):
        read_transaction(written)


@pytest.mark.parametrize(
    ("record", "data"), [(FACE, wsq_by_hand()), (OWN, jpeg_by_hand()), (OWN, wsq_by_hand(ppi=1000)), (TYPE_2, b"x")]
)
def test_data_of_another_kind_is_refused(record: int, data: bytes) -> None:
    with pytest.raises(TransactionInvalid):
        read_transaction(_changed(record, {}, data=data))


@pytest.mark.parametrize("record", range(6))
def test_a_record_that_is_gone_is_noticed(record: int) -> None:
    with pytest.raises(TransactionInvalid):
        read_transaction(_without(record))


def test_a_record_type_that_no_enrolment_has_is_refused() -> None:
    counted = (("1", "2"), ("2", "0"), ("17", "1"))
    first, second, *_ = read_records(WRITTEN)
    iris = TaggedRecord(17, {2: single("1")}, b"iris")
    records = (TaggedRecord(1, first.fields | {3: counted}), second, iris)
    with pytest.raises(TransactionInvalid):
        read_transaction(b"".join(map(write_record, records)))


def test_an_endless_transaction_is_refused() -> None:
    with pytest.raises(TransactionInvalid):
        read_transaction(bytes(5 * 1024 * 1024))


def test_a_finger_at_fault_is_named() -> None:
    with pytest.raises(TransactionInvalid) as refused:
        read_transaction(_changed(REGISTERED, {6: single("319")}))
    assert refused.value.part == "left-index"


@SETTINGS
@given(data=st.deferred(lambda: damaged(WRITTEN)))
def test_damage_gives_typed_errors_only(data: bytes) -> None:
    read = outcome(read_transaction, data, error=TransactionInvalid)
    assert read is None or isinstance(read, Transaction)
