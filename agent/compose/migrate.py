"""Brings both databases to this release's revision, before the daemons start. Migrations only expand."""

import fcntl
from pathlib import Path

from agent.compose.restoring import settle_restore
from agent.config.paths import Paths
from agent.courier import tables as courier_tables
from agent.visit import tables as visit_tables
from vault.ballast import Ballast
from vault.database import migrate
from vault.disk import belong_to_folder


def run_migrations(paths: Paths) -> None:
    """Under a lock, so that two of these cannot meet; nothing happens to a database that is there already.

    A restore that was cut off is ended first.

    :raises: Refused when that is wanted and a daemon runs; DiskFailed, SchemaUnready.
    """
    paths.make_folders()
    with (paths.station / "migration.lock").open("w") as lock:
        belong_to_folder(Path(lock.name))
        fcntl.flock(lock, fcntl.LOCK_EX)
        # the courier must start on a full disk: only its wipes empty it
        Ballast(paths.ballast, size_bytes=0).relieve()
        settle_restore(paths)
        migrate(paths.station_database, visit_tables.VERSIONS)
        migrate(paths.courier_database, courier_tables.VERSIONS)
