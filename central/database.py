"""The bridge's database: opened and migrated like every database of the house (`vault.database`).

It is SQLite, and nothing else today. Tables and columns are such that PostgreSQL would take them; how to open it, when
a line of the ledger may be written and how deleted bytes leave its disk are not written for it.
"""

from pathlib import Path

from sqlalchemy import Engine

from central.errors import SetUpError
from central.migrations import VERSIONS
from vault import database
from vault.envelope import VaultError


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
