"""Brings both databases to this release's revision, before the daemons start. Migrations only expand."""

import fcntl

from agent.config.paths import Paths
from agent.courier import tables as courier_tables
from agent.visit import tables as visit_tables
from vault.database import migrate


def run_migrations(paths: Paths) -> None:
    """Under a lock, so that two of these cannot meet; nothing happens to a database that is there already."""
    for folder in (paths.station, paths.courier):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (paths.station / "migration.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        migrate(paths.station_database, visit_tables.VERSIONS)
        migrate(paths.courier_database, courier_tables.VERSIONS)
