"""Headquarters' database: SQLite by default, PostgreSQL for a fleet; migrations that expand only.

Sealed bytes pass through it, so deleted content is overwritten and the write-ahead log is cut off after a wipe.
"""

import sqlite3
from pathlib import Path

from sqlalchemy import URL, Engine, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import ConnectionPoolEntry

from central.errors import SetUpError

BUSY_MS = 5000
"""How long a statement waits for another process that has the database."""

READER_MS = 200
"""How long the cut of the write-ahead log waits for a reader; whoever wants it cut tries again."""

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=ON",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={BUSY_MS}",
    "PRAGMA temp_store=MEMORY",
)


def open_sqlite(path: Path) -> Engine:
    """An engine on the file, which is made when absent and is readable by its owner only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    engine = create_engine(URL.create("sqlite", database=str(path)), hide_parameters=True)
    event.listen(engine, "connect", _configure)
    return engine


def forget_deleted(engine: Engine) -> bool:
    """Bring the write-ahead log into the database and cut it off: what was deleted is not left in it either.

    :returns: False when a reader stood in the way and the log is still there: try again later.
    """
    with engine.connect() as connection:
        connection.execute(text(f"PRAGMA busy_timeout={READER_MS}"))
        try:
            # SQLite does not fail here; the first column says whether it was kept from it
            busy, _, _ = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).one()
        finally:
            connection.execute(text(f"PRAGMA busy_timeout={BUSY_MS}"))
    return not busy


def migrate(path: Path) -> None:
    """Bring the bridge's database to the newest revision. :raises: SetUpError when it cannot be opened or changed."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    engine = open_sqlite(path)
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except (DatabaseError, sqlite3.DatabaseError) as error:
        raise SetUpError("The bridge's database cannot be opened or brought to this release.") from error
    finally:
        engine.dispose()


def check_schema(engine: Engine, *, revision: str) -> None:
    """The database is at this revision or a newer one. :raises: SetUpError when it is older or was never migrated."""
    try:
        with engine.connect() as connection:
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except (DatabaseError, sqlite3.DatabaseError):
        found = None
    if found is None or str(found) < revision:
        raise SetUpError("The bridge's database is not migrated: run `smilius-central migrate` first.")


def _configure(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()
