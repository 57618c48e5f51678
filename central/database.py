"""Headquarters' database: SQLite by default, PostgreSQL for a fleet; migrations that expand only.

Sealed bytes pass through it, so deleted content is overwritten and the write-ahead log is cut off after a wipe.
"""

from pathlib import Path

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from central.errors import SetUpError

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=ON",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
    "PRAGMA temp_store=MEMORY",
)


def open_sqlite(path: Path) -> Engine:
    """An engine on the file, which is made when absent and is readable by its owner only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    engine = create_engine(f"sqlite:///{path}", hide_parameters=True)
    event.listen(engine, "connect", _configure)
    return engine


def forget_deleted(engine: Engine) -> None:
    """Bring the write-ahead log into the database and cut it off: what was deleted is not left in it either."""
    with engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))


def migrate(path: Path) -> None:
    """Bring the bridge's database to the newest revision."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    engine = open_sqlite(path)
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def check_schema(engine: Engine, *, revision: str) -> None:
    """The database is at this revision or a newer one. :raises: SetUpError when it is older or was never migrated."""
    try:
        with engine.connect() as connection:
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except OperationalError:
        found = None
    if found is None or str(found) < revision:
        raise SetUpError("The bridge's database is not migrated: run `smilius-central init` or `migrate` first.")


def _configure(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()
