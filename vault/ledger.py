"""The ledger: what was done, by whom, when; one hash-chained line each, in the database of the process that did it.

A line is written in the same transaction as what it tells of, so that neither exists without the other. Bodies carry
no biometrics and no personal data in clear: subjects appear as keyed pseudonyms.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, Text
from sqlalchemy.orm import Session

from vault.chain import EMPTY, Head, digest_after, follow
from vault.database import driver, run
from vault.errors import ChainBroken
from vault.labels import Digest

TABLE = "ledger_line"
"""The table of every ledger."""

PAGE_LINES = 1024
"""So many lines are read at once. No read lasts longer, so that a long walk keeps nobody's write-ahead log from being
cut off; lines are only ever added, so that what is read page by page is what was there."""

_PAGE = f"SELECT number, CAST(body AS BLOB), digest FROM {TABLE} WHERE number > ? ORDER BY number LIMIT {PAGE_LINES}"  # noqa: S608 (our own name)
_HEAD = f"SELECT number, digest FROM {TABLE} ORDER BY number DESC LIMIT 1"  # noqa: S608 (as above)
_NEWEST = f"SELECT number, body FROM {TABLE} ORDER BY number DESC LIMIT 1"  # noqa: S608 (as above)
_DIGEST = f"SELECT digest FROM {TABLE} WHERE number = ?"  # noqa: S608 (as above)
_APPEND = f"INSERT INTO {TABLE} (number, body, digest) VALUES (:number, :body, :digest)"  # noqa: S608 (as above)

_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)

Line = tuple[int, bytes, str]
"""Number, body, digest."""

Detail = Mapping[str, str | int | bool | None]
"""What a line tells, beside its time and kind."""


def ledger_table(metadata: MetaData) -> Table:
    """The table that every ledger is kept in."""
    return Table(
        TABLE,
        metadata,
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("body", Text, nullable=False),
        Column("digest", String(64), nullable=False),
    )


def line_after(previous: Head, *, kind: str, time: str, detail: Detail) -> tuple[Head, str]:
    """The head and the body of the line that follows, for whoever writes it."""
    assert not detail.keys() & {"number", "time", "kind"}, "a detail may not stand for what the line itself says"
    number = previous.number + 1
    body = _JSON.encode({"number": number, "time": time, "kind": kind, **detail})
    return Head(number, digest_after(previous.digest, body.encode())), body


class Ledger:
    """One process's chain of lines, in the transactions of whoever writes."""

    def append(self, writing: Session | Connection, *, kind: str, time: str, detail: Detail) -> Head:
        """Add a line in the caller's transaction and return the new head.

        :param writing: a connection is the quicker one, for a line that stands alone.
        :param kind: what happened, lower case with hyphens.
        :param time: RFC 3339 UTC with milliseconds.
        """
        if isinstance(writing, Session):
            # what was added to the session comes before the line that tells of it
            writing.flush()
        connection = _connection(writing)
        head, body = line_after(_head(connection), kind=kind, time=time, detail=detail)
        run(connection, _APPEND, number=head.number, body=body, digest=head.digest)
        return head

    def head(self, reading: Session | Connection) -> Head:
        """The newest line's number and digest."""
        return _head(_connection(reading))

    def newest_time(self, reading: Session | Connection) -> datetime | None:
        """When the newest line says that it was written, None of an empty ledger. :raises: ChainBroken."""
        row = driver(_connection(reading)).execute(_NEWEST).fetchone()
        if row is None:
            return None
        try:
            time = datetime.fromisoformat(json.loads(row[1])["time"])
        except (ValueError, KeyError, TypeError):
            raise ChainBroken(int(row[0])) from None
        if time.tzinfo is None:
            raise ChainBroken(int(row[0]))
        return time

    def digest_at(self, reading: Session | Connection, number: int) -> Digest | None:
        """The digest of one line, None when there is no such line."""
        return digest_at(driver(_connection(reading)), number)

    def lines(self, session: Session) -> Iterator[Line]:
        """Every line as (number, body, digest), streamed."""
        return lines_of(driver(_connection(session)))

    def verify(self, session: Session) -> Head:
        """Walk the whole chain. :raises: ChainBroken at the first line that does not fit."""
        return follow(self.lines(session))


def lines_of(connection: sqlite3.Connection, *, after: int = 0) -> Iterator[Line]:
    """Every line behind that number, streamed, from a connection of the driver's own."""
    while page := connection.execute(_PAGE, (after,)).fetchall():
        yield from page
        after = page[-1][0]


def digest_at(connection: sqlite3.Connection, number: int) -> Digest | None:
    """The digest of one line, None when there is no such line; the table is not walked for it."""
    row = connection.execute(_DIGEST, (number,)).fetchone()
    return None if row is None else Digest(row[0])


def _head(connection: Connection) -> Head:
    row = run(connection, _HEAD).fetchone()
    return EMPTY if row is None else Head(row[0], Digest(row[1]))


def _connection(session: Session | Connection) -> Connection:
    return session.connection() if isinstance(session, Session) else session
