"""agent/wire/table.py: what goes in comes out; what is anything else is refused without being repeated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import WireError
from agent.wire.table import Row, from_lines, to_lines

COLUMNS = ("number", "body", "signed")
VALUE = st.none() | st.text() | st.integers() | st.binary()


@given(st.lists(st.tuples(VALUE, VALUE, VALUE)))
def test_rows_come_out_as_they_went_in(rows: list[Row]) -> None:
    assert list(from_lines(COLUMNS, to_lines(COLUMNS, rows))) == rows


@pytest.mark.parametrize(
    "line",
    [
        b"[]",
        b"{}",
        b"null",
        b"{",
        b"\xff",
        b"[" * 100_000,
        b'{"number":1,"body":"secret"}',
        b'{"number":1,"body":"secret","signed":null,"secret":1}',
        b'{"number":true,"body":"secret","signed":null}',
        b'{"number":1.5,"body":"secret","signed":null}',
        b'{"number":1,"body":"secret","signed":{"base64":"A"}}',
        b'{"number":1,"body":"secret","signed":{"base64":1}}',
        b'{"number":1,"body":"secret","signed":["secret"]}',
    ],
)
def test_what_is_no_row_is_refused(line: bytes) -> None:
    with pytest.raises(WireError) as refused:
        list(from_lines(COLUMNS, line))
    assert "secret" not in refused.value.sentence


def test_a_body_with_any_line_separator_is_one_row() -> None:
    row = (1, "a\u2028b\u0085c\x1cd\n\r", None)
    assert list(from_lines(COLUMNS, to_lines(COLUMNS, [row]))) == [row]
