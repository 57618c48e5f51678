"""The byte grammar of tagged records, against facts/standards.md section 3.1."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.records.errors import TransactionInvalid, TransactionTextRefused
from capture.records.itl import RECORDS_MAX, TEXT_MAX, TaggedRecord, is_plain, read_records, single, write_record
from tests.capture.records.damage import SETTINGS, damaged, outcome

RECORD = TaggedRecord(14, {2: single("2"), 24: (("2", "54"), ("7", "60"))}, b"\x1c\x1d\x1e\x1f 14.999:")
WRITTEN = b"14.001:56\x1d14.002:2\x1d14.024:2\x1f54\x1e7\x1f60\x1d14.999:\x1c\x1d\x1e\x1f 14.999:\x1c"


def test_a_record_is_written_as_the_grammar_says() -> None:
    assert write_record(RECORD) == WRITTEN
    assert len(WRITTEN) == 56


def test_separators_inside_data_are_data() -> None:
    assert read_records(WRITTEN) == (RECORD,)


def test_fields_are_written_in_ascending_order() -> None:
    assert write_record(TaggedRecord(2, {3: single("b"), 2: single("0")})) == b"2.001:25\x1d2.002:0\x1d2.003:b\x1c"


@given(size=st.integers(1, TEXT_MAX), data_bytes=st.integers(0, 12000))
@SETTINGS
def test_the_length_counts_itself(size: int, data_bytes: int) -> None:
    written = write_record(TaggedRecord(14, {2: single("x" * size)}, bytes(data_bytes)))
    assert int(written[7 : written.index(b"\x1d")]) == len(written)


@pytest.mark.parametrize("digits", [2, 3, 4, 5])
def test_the_length_is_right_where_its_digits_grow(digits: int) -> None:
    for total in range(10**digits - 3, 10**digits + 3):
        empty = len(write_record(TaggedRecord(2, {2: single("0")}, b"")))
        written = write_record(TaggedRecord(2, {2: single("0")}, bytes(max(0, total - empty))))
        assert int(written[6 : written.index(b"\x1d")]) == len(written)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x" * (TEXT_MAX + 1),
        "Łódź",
        "caf\xe9",
        "a\nb",
        "a\x1cb",
        "a\x1db",
        "a\x1eb",
        "a\x1fb",
        "\x7f",
        "X999:Y",
        "999:",
    ],
)
def test_text_that_no_record_carries_is_refused(text: str) -> None:
    assert not is_plain(text)
    with pytest.raises(TransactionTextRefused):
        write_record(TaggedRecord(2, {3: single(text)}))


@pytest.mark.parametrize("value", [(), ((),)])
def test_a_field_without_a_value_is_refused(value: tuple[tuple[str, ...], ...]) -> None:
    with pytest.raises(TransactionTextRefused):
        write_record(TaggedRecord(2, {3: value}))


def _measured(body: bytes) -> bytes:
    """A type 2 record around a body whose length has two digits."""
    return b"2.001:%d\x1d" % (len(body) + 10) + body + b"\x1c"


def test_the_measure_of_these_tests_is_right() -> None:
    assert read_records(_measured(b"2.002:0")) == (TaggedRecord(2, {2: single("0")}),)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(WRITTEN + b"\n", id="more after the end"),
        pytest.param(WRITTEN[:-1], id="no end"),
        pytest.param(WRITTEN.replace(b":56", b":55"), id="length too short"),
        pytest.param(WRITTEN.replace(b":56", b":57"), id="length too long"),
        pytest.param(WRITTEN.replace(b":56", b":056"), id="length with a zero"),
        pytest.param(WRITTEN.replace(b":56", b":-56"), id="negative length"),
        pytest.param(WRITTEN.replace(b"14.001:56", b"14.001:99999999"), id="huge length"),
        pytest.param(b"2.001:8\x1c", id="length alone"),
        pytest.param(b"2.001:9\x1d\x1c", id="empty field"),
        pytest.param(_measured(b"2.003:a\x1d2.002:0"), id="out of order"),
        pytest.param(_measured(b"2.002:0\x1d2.002:0"), id="a field twice"),
        pytest.param(_measured(b"2.001:0"), id="a second length"),
        pytest.param(_measured(b"3.002:0"), id="a field of another type"),
        pytest.param(_measured(b"02.002:0"), id="type with a zero"),
        pytest.param(_measured(b"2.02:0"), id="number of two digits"),
        pytest.param(_measured(b"2.002:0\x1d"), id="separator at the end"),
        pytest.param(_measured(b"2.002:"), id="empty value"),
        pytest.param(_measured(b"2.002:a\x1f"), id="empty item"),
        pytest.param(_measured(b"2.002:a\x1e\x1eb"), id="empty subfield"),
        pytest.param(_measured(b"2.002:\xc5\x81"), id="another character set"),
        pytest.param(_measured(b"2.002:x999:y"), id="the data field's tag in text"),
        pytest.param(_measured(b"2.002:0") * (RECORDS_MAX + 1), id="too many records"),
    ],
)
def test_what_is_not_written_so_is_refused(data: bytes) -> None:
    with pytest.raises(TransactionInvalid):
        read_records(data)


def test_a_field_s_only_value_is_asked_for_by_its_number() -> None:
    assert RECORD.text(2) == "2"
    for number in (3, 24):
        with pytest.raises(TransactionInvalid):
            RECORD.text(number)


@SETTINGS
@given(data=st.deferred(lambda: damaged(WRITTEN + _measured(b"2.002:0"))))
def test_damage_gives_typed_errors_only(data: bytes) -> None:
    records = outcome(read_records, data, error=TransactionInvalid)
    if isinstance(records, tuple):
        assert b"".join(map(write_record, records)) == data
