"""Headquarters' database: owner only, durable, migrated wholly or not at all."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from central.bridge.beside import opened_beside
from central.bridge.tables import REVISION
from central.database import check_schema, migrate
from central.database import open_database as open_place
from central.errors import SetUpError
from central.paths import Paths
from tests.central.postgresql import Cluster, server_at
from tests.vault.test_forgetting import SECRET, disk
from vault.database import open_database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bridge" / "bridge.db"


def test_only_its_owner_can_read_it(path: Path) -> None:
    engine = open_database(path)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE kept (content BLOB)"))
        assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}
        assert len(list(path.parent.iterdir())) == 3, "database, log and the log's index"
    assert path.parent.stat().st_mode & 0o777 == 0o700
    engine.dispose()


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("secure_delete", 1), ("foreign_keys", 1), ("temp_store", 2)],
)
def test_every_connection_is_set_so_that_commits_last(path: Path, pragma: str, value: str | int) -> None:
    engine = open_database(path)
    with engine.connect() as first, engine.connect() as second:
        for connection in (first, second):
            assert connection.execute(text(f"PRAGMA {pragma}")).scalar() == value
    engine.dispose()


KILLED = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import text
from tests.central.postgresql import Cluster, server_at
from tests.vault.test_forgetting import SECRET, disk
from vault.database import open_database

with open_database(Path(sys.argv[1])).begin() as connection:
    connection.execute(text("CREATE TABLE kept (content BLOB)"))
    connection.execute(text("INSERT INTO kept VALUES (:content)"), {"content": bytes.fromhex(sys.argv[2]) * 500})
with open_database(Path(sys.argv[1])).begin() as connection:
    connection.execute(text("DELETE FROM kept"))
    connection.execute(text("DROP TABLE kept"))
    connection.commit()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def _audited(paths: Paths) -> None:
    with opened_beside(paths) as session:
        session.execute(text("SELECT count(*) FROM parcel"))


def _migrated(paths: Paths) -> None:
    migrate(paths.bridge_database)


@pytest.mark.parametrize("touch", [_audited, _migrated])
def test_who_comes_after_a_killed_bridge_overwrites_what_its_log_has(
    headquarters: Paths, touch: Callable[[Paths], None]
) -> None:
    path = headquarters.bridge_database
    killed = subprocess.run([sys.executable, "-c", KILLED, str(path), SECRET.hex()], check=False)
    assert killed.returncode == -signal.SIGKILL
    # what the log's place on the disk holds is seen after its name is gone, too
    with path.with_name(f"{path.name}-wal").open("rb") as log:
        assert SECRET in log.read()
        touch(headquarters)
        log.seek(0)
        assert SECRET not in log.read()
    assert SECRET not in disk(path)


def test_a_migrated_database_is_ready(path: Path) -> None:
    migrate(path)
    engine = open_database(path)
    check_schema(engine, revision=REVISION)
    check_schema(engine, revision="0001")
    with pytest.raises(SetUpError):
        check_schema(engine, revision="9999")
    engine.dispose()


def test_a_database_that_was_never_migrated_is_not_ready(path: Path) -> None:
    engine = open_database(path)
    with pytest.raises(SetUpError, match="smilius-central migrate"):
        check_schema(engine, revision=REVISION)
    engine.dispose()


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(os.urandom(8192))
    engine = open_database(path)
    with pytest.raises(SetUpError):
        check_schema(engine, revision=REVISION)
    engine.dispose()
    with pytest.raises(SetUpError):
        migrate(path)


CUT = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import Engine, event
from central.database import migrate

left = int(sys.argv[2])

@event.listens_for(Engine, "after_cursor_execute")
def cut(connection, cursor, statement, *_):
    global left
    left -= statement.lstrip().startswith(("CREATE", "ALTER", "INSERT", "UPDATE"))
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)

migrate(Path(sys.argv[1]))
"""
"""A migration that is killed after its n-th statement that changes something."""


@pytest.mark.parametrize("statements", [1, 3, 9, 12, 14])
def test_a_migration_that_is_killed_can_be_run_again(path: Path, statements: int) -> None:
    ended = subprocess.run([sys.executable, "-c", CUT, str(path), str(statements)], check=False)
    assert ended.returncode == -signal.SIGKILL
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [], "wholly or not at all"
    migrate(path)
    engine = open_database(path)
    check_schema(engine, revision=REVISION)
    engine.dispose()


def test_a_newer_releases_database_is_left_as_it_is(path: Path) -> None:
    migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    migrate(path)
    engine = open_database(path)
    check_schema(engine, revision=REVISION)
    engine.dispose()


@pytest.mark.parametrize("name", ["100%", "a?b=c", "#1", "with space"])
def test_a_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    migrate(tmp_path / name / "bridge.db")
    assert [file.name for file in (tmp_path / name).iterdir()] == ["bridge.db"]


def test_a_failed_statement_does_not_repeat_its_values(path: Path) -> None:
    engine = open_database(path)
    with engine.connect() as connection, pytest.raises(Exception, match="no such table") as failed:
        connection.execute(text("INSERT INTO nowhere VALUES (:name)"), {"name": "Ona Pavyzdė"})
    assert "Pavyzdė" not in str(failed.value)
    engine.dispose()


def test_a_servers_database_is_made_ready_once(postgresql: Cluster, tmp_path: Path) -> None:
    server = server_at(postgresql.made("made_ready"), tmp_path)
    engine = open_place(server)
    with pytest.raises(SetUpError, match="smilius-central migrate"):
        check_schema(engine, revision=REVISION)
    migrate(server)
    migrate(server)
    check_schema(engine, revision=REVISION)
    with pytest.raises(SetUpError, match="smilius-central migrate"):
        check_schema(engine, revision="9999")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    migrate(server)
    check_schema(engine, revision=REVISION)
    engine.dispose()


CUT_AT_SERVER = CUT.replace(
    "migrate(Path(sys.argv[1]))",
    "from tests.central.postgresql import server_at; migrate(server_at(sys.argv[1], Path(sys.argv[3])))",
)


@pytest.mark.parametrize("statements", [1, 12])
def test_a_servers_migration_that_is_killed_can_be_run_again(
    postgresql: Cluster, tmp_path: Path, statements: int
) -> None:
    url = postgresql.made(f"cut_at_{statements}")
    ended = subprocess.run([sys.executable, "-c", CUT_AT_SERVER, url, str(statements), str(tmp_path)], check=False)
    assert ended.returncode == -signal.SIGKILL
    server = server_at(url, tmp_path)
    engine = open_place(server)
    assert inspect(engine).get_table_names() == [], "wholly or not at all"
    migrate(server)
    check_schema(engine, revision=REVISION)
    engine.dispose()


def test_a_server_that_would_lose_letters_is_refused(postgresql: Cluster, tmp_path: Path) -> None:
    with postgresql.owner() as connection:
        connection.execute("CREATE DATABASE latin OWNER bridge ENCODING 'LATIN1' TEMPLATE template0")
    with pytest.raises(SetUpError, match="server_encoding = LATIN1"):
        migrate(server_at(postgresql.url("latin"), tmp_path))
