"""One writes at a time, whoever it is: bridge, another worker, a person's command.

What a transaction read since it began to write still holds at its commit, and no two lines of the ledger get one
number.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session, sessionmaker

from vault.database import driver

_WRITING = 0x736D696C
"""Of the server's advisory locks the one of whoever writes; it is given back at the transaction's end."""


def begin_writing(writing: Session | Connection) -> None:
    """From here to the end of the transaction nobody else writes; within it asking again is well.

    :raises: OperationalError when somebody else writes for too long.
    """
    connection = writing.connection() if isinstance(writing, Session) else writing
    if connection.dialect.name != "sqlite":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITING})
    elif not driver(connection).in_transaction:
        # the driver would begin one at the first change only
        connection.exec_driver_sql("BEGIN IMMEDIATE")


class Sessions(sessionmaker[Session]):
    """Sessions on the database: what it gives when called reads, what `begin` gives writes."""

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """One transaction that nobody writes beside, committed at its end."""
        with super().begin() as session:
            begin_writing(session)
            yield session
