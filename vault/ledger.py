"""The ledger: what was done, by whom, when; one hash-chained line each, in the database of the process that did it.

A line is written in the same transaction as what it tells of, so that neither exists without the other. Bodies carry
no biometrics and no personal data in clear: subjects appear as keyed pseudonyms.
"""

import json
from collections.abc import Iterator, Mapping

from sqlalchemy import Column, Integer, MetaData, String, Table, Text, insert, select
from sqlalchemy.orm import Session

from vault.chain import EMPTY, Head, digest_after, follow
from vault.labels import Digest

Detail = Mapping[str, str | int | bool | None]
"""What a line tells, beside its time and kind."""


def ledger_table(metadata: MetaData) -> Table:
    """The table that every ledger is kept in."""
    return Table(
        "ledger_line",
        metadata,
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("body", Text, nullable=False),
        Column("digest", String(64), nullable=False),
    )


class Ledger:
    """One process's chain of lines."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def append(self, session: Session, *, kind: str, time: str, detail: Detail) -> Head:
        """Add a line in the caller's transaction and return the new head.

        :param kind: what happened, lower case with hyphens.
        :param time: RFC 3339 UTC with milliseconds.
        """
        assert not detail.keys() & {"number", "time", "kind"}, "a detail may not stand for what the line itself says"
        previous = self.head(session)
        number = previous.number + 1
        line = {"number": number, "time": time, "kind": kind, **detail}
        body = json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        digest = digest_after(previous.digest, body.encode())
        session.execute(insert(self._table).values(number=number, body=body, digest=digest))
        return Head(number, digest)

    def head(self, session: Session) -> Head:
        """The newest line's number and digest."""
        columns = self._table.c
        newest = select(columns.number, columns.digest).order_by(columns.number.desc()).limit(1)
        row = session.execute(newest).first()
        return EMPTY if row is None else Head(row.number, Digest(row.digest))

    def lines(self, session: Session) -> Iterator[tuple[int, bytes, str]]:
        """Every line as (number, body, digest), streamed."""
        columns = self._table.c
        wanted = select(columns.number, columns.body, columns.digest).order_by(columns.number)
        for row in session.execute(wanted.execution_options(yield_per=1000)):
            yield row.number, row.body.encode(), row.digest

    def verify(self, session: Session) -> Head:
        """Walk the whole chain. :raises: ChainBroken at the first line that does not fit."""
        return follow(self.lines(session))
