"""The database's tables: brought to this release, or looked at. The revisions are the same for both kinds."""

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from central.database.place import Place, open_database
from central.database.server import Server, check_server
from central.errors import SetUpError
from central.migrations import VERSIONS
from vault import database
from vault.envelope import VaultError

UNREACHABLE = "The bridge's database cannot be reached: see what its server says."
UNREADY = "The bridge's database is not migrated: run `smilius-central migrate` first."

_MIGRATING = 0x536D696C
"""Of the server's advisory locks the one of whoever migrates."""


def migrate(place: Place) -> None:
    """Bring the bridge's database to the newest revision, wholly or not at all.

    :raises: SetUpError when it cannot be opened or changed.
    """
    if isinstance(place, Server):
        _migrate_server(place)
        return
    try:
        database.migrate(place, VERSIONS)
    except VaultError as error:
        raise SetUpError("The bridge's database cannot be opened or brought to this release.") from error


def check_schema(engine: Engine, *, revision: str) -> None:
    """The database is at this revision or a newer one, and a server's word can be relied on.

    :raises: SetUpError when it is older, was never migrated or does not answer.
    """
    if engine.dialect.name == "sqlite":
        try:
            database.check_schema(engine, revision=revision)
        except VaultError as error:
            raise SetUpError(UNREADY) from error
        return
    try:
        check_server(engine)
        with engine.connect() as connection:
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except ProgrammingError as error:
        raise SetUpError(UNREADY) from error
    except DBAPIError as error:
        raise SetUpError(UNREACHABLE) from error
    if found is None or str(found) < revision:
        raise SetUpError(UNREADY)


def _migrate_server(server: Server) -> None:
    engine = open_database(server)
    try:
        check_server(engine)
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATING})
            database.upgrade(connection, VERSIONS)
    except DBAPIError as error:
        raise SetUpError("The bridge's database cannot be reached or brought to this release.") from error
    finally:
        engine.dispose()
