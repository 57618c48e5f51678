"""Rows of a database's table as lines of JSON, for an archive; read back strictly. Bytes travel as base64. Pure."""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Sequence

from agent.errors import WireError

Value = str | int | bytes | None
"""What our tables have in a column that travels."""

Row = tuple[Value, ...]
"""In the order of the columns."""

_BYTES = "base64"


def to_lines(columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    """One object a line, in the order of the rows."""
    lines = []
    for row in rows:
        told = {name: _told(value) for name, value in zip(columns, row, strict=True)}
        lines.append(json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n")
    return b"".join(lines)


def from_lines(columns: Sequence[str], content: bytes) -> Iterator[Row]:
    """The rows again. :raises: WireError at the first line that has other columns, or is none; it is not repeated."""
    wanted = set(columns)
    for line in content.splitlines():
        try:
            told = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise WireError("A table in the archive cannot be read.") from error
        if not isinstance(told, dict) or set(told) != wanted:
            raise WireError("A table in the archive has other columns than it should.")
        yield tuple(_value(told[name]) for name in columns)


def _told(value: Value) -> object:
    return {_BYTES: b64encode(value).decode()} if isinstance(value, bytes) else value


def _value(told: object) -> Value:
    if isinstance(told, dict) and set(told) == {_BYTES} and isinstance(told[_BYTES], str):
        try:
            return b64decode(told[_BYTES], validate=True)
        except ValueError as error:
            raise WireError("A table in the archive cannot be read.") from error
    # JSON's true is a number to Python
    if isinstance(told, bool) or not isinstance(told, str | int | None):
        raise WireError("A table in the archive has a value of no known sort.")
    return told
