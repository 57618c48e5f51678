"""What was deleted is readable neither in the log nor behind it, and whoever cuts the log loses nothing."""

import os
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from sqlalchemy import Engine, text

from vault.database import open_database
from vault.forgetting import forget_deleted

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
