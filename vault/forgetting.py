"""What was deleted from a database leaves the disk too: the write-ahead log still has it, until it is overwritten.

`secure_delete=ON` (`vault.database`) puts zeros into the database itself. Source: sqlite.org/walformat.html.
"""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DatabaseError

READER_MS = 200
"""How long the cut of the write-ahead log waits for a reader; whoever wants it cut tries again."""

_LOG_HEAD_BYTES = 32
_PIECE_BYTES = 1 << 20


def forget_deleted(engine: Engine) -> bool:
    """Bring the write-ahead log into the database, overwrite it and cut it off: what was deleted is not left in it.

    Overwritten first, because the file system keeps what a file was cut off by. On flash old cells may survive.

    :returns: False when somebody stood in the way and the log is still there: try again later.
    """
    with engine.connect() as connection:
        usual_ms = int(connection.execute(text("PRAGMA busy_timeout")).scalar_one())
        connection.execute(text(f"PRAGMA busy_timeout={READER_MS}"))
        try:
            forgotten = _overwritten(connection) and _checkpointed(connection, "TRUNCATE")
        finally:
            connection.execute(text(f"PRAGMA busy_timeout={usual_ms}"))
    if forgotten:
        # a connection keeps its statements, and each of them the values that it was last run with
        engine.dispose()
    return forgotten


def close_forgetting(engine: Engine) -> None:
    """Close it, for who may be the last to have it open: SQLite takes the log away then, with all that it still has.

    Whoever is not the last, or not able to, leaves the log to the one who is.
    """
    try:
        forget_deleted(engine)
    except DatabaseError:
        # no database, or one that does not answer: whoever used it has been told already
        pass
    finally:
        engine.dispose()


def _checkpointed(connection: Connection, mode: str) -> bool:
    # SQLite does not fail here; the first column says whether it was kept from it
    busy, _, _ = connection.execute(text(f"PRAGMA wal_checkpoint({mode})")).one()
    return not busy


def _overwritten(connection: Connection) -> bool:
    """Nobody reads a log that is wholly in the database, and whoever may write next begins it anew."""
    seen = _data_version(connection)
    if not _checkpointed(connection, "RESTART"):
        return False
    # begun by hand: the driver begins a transaction at the first change only
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection), "SQLite, and nothing else today"
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return False
    try:
        if _data_version(connection) != seen:
            # another process wrote between the two: its frames are not in the database
            return False
        _zero(Path(f"{connection.engine.url.database}-wal"))
        return True
    finally:
        driver.rollback()


def _data_version(connection: Connection) -> int:
    """Another number after anybody else's commit. Source: sqlite.org/pragma.html#pragma_data_version."""
    return int(connection.execute(text("PRAGMA data_version")).scalar_one())


def _zero(log: Path) -> None:
    """Head first and synced: without it a log is empty to whoever recovers it. Source: sqlite.org/walformat.html."""
    if not log.exists():
        return
    with log.open("r+b", buffering=0) as file:
        left = os.fstat(file.fileno()).st_size
        for piece in (_LOG_HEAD_BYTES, left):
            for length in _lengths(min(piece, left)):
                left -= file.write(bytes(length))
            os.fsync(file.fileno())


def _lengths(size: int) -> Iterator[int]:
    while size > 0:
        yield min(size, _PIECE_BYTES)
        size -= _PIECE_BYTES
