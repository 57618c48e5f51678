"""Headquarters' database: owner only, durable, and nothing deleted stays readable."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from sqlalchemy import Engine, text

from central.bridge.beside import opened_beside
from central.bridge.tables import REVISION
from central.database import check_schema, forget_deleted, migrate
from central.errors import SetUpError
from central.paths import Paths
from vault.database import open_database

SECRET = os.urandom(64)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bridge" / "bridge.db"


def disk(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.iterdir())


def keep_and_delete(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE kept (content BLOB)"))
        connection.execute(text("INSERT INTO kept VALUES (:content)"), {"content": SECRET * 500})
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM kept"))


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


def test_what_was_deleted_is_gone_after_the_log_was_cut(path: Path) -> None:
    engine = open_database(path)
    keep_and_delete(engine)
    assert SECRET in disk(path), "without the cut it would still be there"
    assert forget_deleted(engine)
    assert SECRET not in disk(path)
    engine.dispose()


class Watched:
    """While entered, the log is looked at whenever something was synced; the product is neither replaced nor told."""

    def __init__(self, path: Path, *, before_begin: Callable[[], object] = bool) -> None:
        self._path = path
        self._before_begin = before_begin
        self.logs: list[bytes] = []
        self.database = b""

    def __enter__(self) -> "Watched":
        sys.setprofile(self._see)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _see(self, _frame: FrameType, event: str, called: Any) -> None:
        if event == "c_return" and called is os.fsync:
            self.logs.append(self._path.with_name(self._path.name + "-wal").read_bytes())
            self.database = self.database or self._path.read_bytes()
        # SQLAlchemy goes through cursors; the connection itself is asked to begin only
        if event == "c_call" and getattr(called, "__qualname__", "") == "Connection.execute":
            self._before_begin()


def test_the_log_is_overwritten_before_it_is_cut_off_its_head_first(path: Path) -> None:
    engine = open_database(path)
    keep_and_delete(engine)
    with Watched(path) as watched:
        assert forget_deleted(engine)
    first, last = watched.logs[0], watched.logs[-1]
    assert first[:32] == bytes(32)
    assert SECRET in first, "the head was synced before the rest was touched"
    assert last == bytes(len(first))
    engine.dispose()


def test_a_cut_after_the_logs_head_loses_nothing(path: Path, tmp_path: Path) -> None:
    engine = open_database(path)
    keep_and_delete(engine)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO kept VALUES ('stays')"))
    with Watched(path) as watched:
        assert forget_deleted(engine)
    engine.dispose()
    for number, log in enumerate(watched.logs):
        after = tmp_path / f"after-{number}" / "bridge.db"
        after.parent.mkdir()
        after.write_bytes(watched.database)
        after.with_name("bridge.db-wal").write_bytes(log)
        with closing(sqlite3.connect(after)) as found:
            assert found.execute("SELECT content FROM kept").fetchall() == [("stays",)]
            assert found.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_what_another_process_writes_meanwhile_is_not_overwritten(path: Path) -> None:
    engine = open_database(path)
    keep_and_delete(engine)
    written: list[str] = []

    def write() -> None:
        if not written:
            written.append("meanwhile")
            with closing(sqlite3.connect(path)) as other, other:
                other.execute("INSERT INTO kept VALUES ('meanwhile')")

    with Watched(path, before_begin=write) as watched:
        forgotten = forget_deleted(engine)
    assert (written, forgotten, watched.logs) == (["meanwhile"], False, [])
    assert forget_deleted(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT content FROM kept")).scalars().all() == ["meanwhile"]
    assert SECRET not in disk(path)
    engine.dispose()


def test_a_reader_in_the_way_is_told(path: Path) -> None:
    engine = open_database(path)
    keep_and_delete(engine)
    with closing(sqlite3.connect(path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM kept").fetchone()
        assert not forget_deleted(engine)
        assert SECRET in disk(path)
    assert forget_deleted(engine)
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA busy_timeout")).scalar() == 5000
    engine.dispose()


KILLED = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import text
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
