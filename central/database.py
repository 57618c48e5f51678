"""The bridge's database: opened like every database of the house (`vault.database`), and forgotten on demand.

It is SQLite, and nothing else today. Tables and columns are such that PostgreSQL would take them; how to open it, when
a line of the ledger may be written and how deleted bytes leave its disk are not written for it.
"""

from pathlib import Path

from sqlalchemy import Engine, text

from central.errors import SetUpError
from central.migrations import VERSIONS
from vault import database
from vault.envelope import VaultError

READER_MS = 200
"""How long the cut of the write-ahead log waits for a reader; whoever wants it cut tries again."""


def forget_deleted(engine: Engine) -> bool:
    """Bring the write-ahead log into the database and cut it off: what was deleted is not left in it either.

    :returns: False when a reader stood in the way and the log is still there: try again later.
    """
    with engine.connect() as connection:
        usual_ms = int(connection.execute(text("PRAGMA busy_timeout")).scalar_one())
        connection.execute(text(f"PRAGMA busy_timeout={READER_MS}"))
        try:
            # SQLite does not fail here; the first column says whether it was kept from it
            busy, _, _ = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).one()
        finally:
            connection.execute(text(f"PRAGMA busy_timeout={usual_ms}"))
    return not busy


def migrate(path: Path) -> None:
    """Bring the bridge's database to the newest revision, wholly or not at all.

    :raises: SetUpError when it cannot be opened or changed.
    """
    try:
        database.migrate(path, VERSIONS)
    except VaultError as error:
        raise SetUpError("The bridge's database cannot be opened or brought to this release.") from error


def check_schema(engine: Engine, *, revision: str) -> None:
    """The database is at this revision or a newer one. :raises: SetUpError when it is older or was never migrated."""
    try:
        database.check_schema(engine, revision=revision)
    except VaultError as error:
        raise SetUpError("The bridge's database is not migrated: run `smilius-central migrate` first.") from error
