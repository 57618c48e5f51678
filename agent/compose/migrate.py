"""Brings both databases to this release's revision, before the daemons start. Migrations only expand."""

import fcntl
from pathlib import Path

from agent.config.paths import Paths
from agent.courier import tables as courier_tables
from agent.visit import tables as visit_tables
from vault.database import check_schema, migrate, open_database
from vault.disk import belong_to_folder
from vault.errors import SchemaUnready


def run_migrations(paths: Paths) -> None:
    """Under a lock, so that two of these cannot meet; nothing happens to a database that is there already."""
    paths.make_folders()
    with (paths.station / "migration.lock").open("w") as lock:
        belong_to_folder(Path(lock.name))
        fcntl.flock(lock, fcntl.LOCK_EX)
        _bring(paths.station_database, visit_tables.VERSIONS, revision=visit_tables.REVISION)
        _bring(paths.courier_database, courier_tables.VERSIONS, revision=courier_tables.REVISION)


def _bring(database: Path, versions: Path, *, revision: str) -> None:
    """A newer release may have been here before this one was rolled back to: what is far enough is left alone."""
    engine = open_database(database)
    try:
        check_schema(engine, revision=revision)
    except SchemaUnready:
        migrate(database, versions)
    finally:
        engine.dispose()
