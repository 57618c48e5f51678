"""Migrations: once, again, at the same time, and after a newer release was here."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from agent.compose.migrate import run_migrations
from agent.config.paths import Paths
from agent.courier import tables as courier_tables
from agent.visit import tables as visit_tables
from vault.database import check_schema, open_database


def migrated(root: Path) -> None:
    run_migrations(Paths(root))


def check(paths: Paths) -> None:
    for database, tables in ((paths.station_database, visit_tables), (paths.courier_database, courier_tables)):
        engine = open_database(database)
        check_schema(engine, revision=tables.REVISION)
        engine.dispose()


def schema(database: Path) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY name").fetchall()


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    migrated(tmp_path)
    check(paths)
    before = [database.read_bytes() for database in (paths.station_database, paths.courier_database)]
    migrated(tmp_path)
    assert before == [database.read_bytes() for database in (paths.station_database, paths.courier_database)]


def test_runs_at_the_same_time_wait_for_each_other(tmp_path: Path) -> None:
    # the lock is the file's: it keeps threads apart as it keeps processes apart
    with ThreadPoolExecutor(4) as runs:
        for ran in [runs.submit(migrated, tmp_path) for _ in range(4)]:
            ran.result()
    check(Paths(tmp_path))


def test_what_a_newer_release_left_is_left_alone(tmp_path: Path) -> None:
    # an update that was rolled back: the older release runs on the newer schema
    paths = Paths(tmp_path)
    migrated(tmp_path)
    for database in (paths.station_database, paths.courier_database):
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
            connection.execute("CREATE TABLE of_tomorrow (id INTEGER)")
    before = [schema(database) for database in (paths.station_database, paths.courier_database)]
    migrated(tmp_path)
    assert before == [schema(database) for database in (paths.station_database, paths.courier_database)]
    check(paths)


def test_the_databases_are_their_owners_only(tmp_path: Path) -> None:
    migrated(tmp_path)
    paths = Paths(tmp_path)
    assert {path.stat().st_mode & 0o077 for path in (paths.station_database, paths.courier_database)} == {0}
    # the courier's folder is crossed by its group, on the way to the spool
    assert [path.stat().st_mode & 0o777 for path in (paths.station, paths.courier)] == [0o700, 0o710]
