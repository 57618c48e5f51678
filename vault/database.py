"""A process's SQLite database: one writer, commits synced, deleted content overwritten, migrations that expand only.

`synchronous=FULL` with WAL makes a commit durable when it returns; `secure_delete=ON` overwrites deleted content with
zeros, and what the write-ahead log still has of it goes when the last connection closes.
Source: sqlite.org/pragma.html; design.md section 5.
"""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from sqlalchemy import URL, Connection, Dialect, Engine, String, TypeDecorator, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from vault.disk import belong_to_folder
from vault.errors import SchemaUnready
from vault.forgetting import close_forgetting
from vault.swap import STAGE

if TYPE_CHECKING:
    from alembic.config import Config

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=ON",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
    "PRAGMA temp_store=MEMORY",
)


def utc_text(value: datetime) -> str:
    """A moment as every database has it: UTC, to the microsecond, sortable."""
    assert value.tzinfo is not None, "a moment without a zone is not one"
    return value.astimezone(UTC).isoformat(timespec="microseconds")


class UtcInstant(TypeDecorator[datetime]):
    """A moment in UTC, kept as sortable text: SQLite itself would forget the zone."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> str | None:
        """To text."""
        return None if value is None else utc_text(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> datetime | None:
        """From text."""
        return None if value is None else datetime.fromisoformat(value)


def open_database(path: Path) -> Engine:
    """An engine on the file, which is made when absent and is readable by its owner only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    belong_to_folder(path)
    engine = create_engine(URL.create("sqlite", database=str(path)), hide_parameters=True)
    event.listen(engine, "connect", _configure)
    return engine


def open_to_read(path: Path) -> sqlite3.Connection:
    """A connection that can only read, beside the daemon that writes; nothing is made that is not there.

    :raises: SchemaUnready when there is no such database.
    """
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        connection.execute("PRAGMA busy_timeout=5000")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        raise SchemaUnready("There is no database that can be read.") from error
    return connection


def run(connection: Connection, query: str, **values: str | int | bytes | None) -> sqlite3.Cursor:
    """Run one statement in the connection's transaction, without all that an engine makes of a statement.

    :raises: OperationalError, IntegrityError as the engine does.
    """
    try:
        return driver(connection).execute(query, values)
    except sqlite3.IntegrityError as error:
        raise IntegrityError(None, None, error) from error
    except sqlite3.OperationalError as error:
        raise OperationalError(None, None, error) from error


def driver(connection: Connection) -> sqlite3.Connection:
    """The driver's own connection."""
    return cast(sqlite3.Connection, connection.connection.driver_connection)


def _configure(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def migrate(path: Path, versions: Path) -> None:
    """Bring the database to the newest revision in the folder, wholly or not at all.

    A log that a killed process left is overwritten. Nothing else happens when it is there already, or further:
    then this is an older release in a slot that was rolled back.

    :param versions: folder of Alembic revisions that only expand; numbered 0001, 0002, ...
    :raises: SchemaUnready when the file cannot be read as a database.
    """
    engine = open_database(path)
    try:
        with engine.begin() as connection:
            # the driver begins a transaction before the first INSERT, and tables are made before that
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            upgrade(connection, versions)
    except DatabaseError as error:
        raise SchemaUnready("The database cannot be read.") from error
    finally:
        # a process that was killed may have left a log, and closing it last would let SQLite unlink it as it is
        close_forgetting(engine)


def upgrade(connection: Connection, versions: Path) -> None:
    """Run the revisions that are missing, in the caller's transaction, in which nobody else may migrate."""
    from alembic import command
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = _configuration(versions)
    newest = ScriptDirectory.from_config(config).get_current_head()
    found = MigrationContext.configure(connection).get_current_revision()
    if found is None or found < str(newest):
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _configuration(versions: Path) -> "Config":
    from alembic.config import Config

    config = Config()
    for name, folder in {
        "script_location": Path(__file__).parent / "migrations",
        "version_locations": versions,
    }.items():
        # alembic's own file format gives the sign a meaning
        config.set_main_option(name, str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    return config


def check_schema(engine: Engine, *, revision: str) -> None:
    """The database is at this revision or a newer one, which this release can run on because migrations only expand.

    :raises: SchemaUnready when it is older, was never migrated, cannot be read, or is about to be replaced by another.
    """
    if (Path(str(engine.url.database)).parent / STAGE).exists():
        raise SchemaUnready("A restore was cut off: run `python -m agent migrate` first, which ends it.")
    try:
        with engine.connect() as connection:
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except OperationalError:
        found = None
    except DatabaseError as error:
        raise SchemaUnready("The database cannot be read.") from error
    if found is None or str(found) < revision:
        raise SchemaUnready("The database is not migrated for this release: run `python -m agent migrate` first.")
