"""Ballast on a small file system of its own."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tests.small_disk import SmallDisk
from vault.ballast import FULL_BYTES, Ballast
from vault.database import open_database
from vault.disk import free_bytes
from vault.errors import DiskFailed

MIB = 1 << 20


@pytest.fixture
def ballast(small_disk: SmallDisk) -> Ballast:
    return Ballast(small_disk.folder / "ballast", size_bytes=4 * MIB)


def test_it_takes_the_space_that_it_holds(small_disk: SmallDisk, ballast: Ballast) -> None:
    before = free_bytes(small_disk.folder)
    assert ballast.missing_bytes() == 4 * MIB
    assert ballast.take_up()
    assert ballast.missing_bytes() == 0
    assert before - free_bytes(small_disk.folder) >= 4 * MIB


def test_nothing_is_given_up_while_there_is_space(ballast: Ballast) -> None:
    assert ballast.take_up()
    assert not ballast.relieve()
    assert ballast.missing_bytes() == 0


def test_a_full_disk_gets_half_of_it_at_a_time(small_disk: SmallDisk, ballast: Ballast) -> None:
    ballast.take_up()
    missing = []
    while True:
        small_disk.fill()
        assert free_bytes(small_disk.folder) < FULL_BYTES
        if not ballast.relieve():
            break
        assert free_bytes(small_disk.folder) >= FULL_BYTES
        missing.append(ballast.missing_bytes())
    assert missing == [2 * MIB, 3 * MIB, 4 * MIB]
    assert not ballast.take_up()
    small_disk.empty()
    assert ballast.take_up()
    assert ballast.missing_bytes() == 0


def test_a_database_is_written_on_a_full_disk(small_disk: SmallDisk, ballast: Ballast) -> None:
    ballast.take_up()
    engine = open_database(small_disk.folder / "test.db")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE word (word TEXT)"))
    small_disk.fill()

    def write() -> None:
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO word VALUES (:word)"), {"word": "x" * 100_000})

    def write_often() -> None:
        for _ in range(20):
            write()

    with pytest.raises(OperationalError):
        write_often()
    ballast.sparing(write)
    assert 0 < ballast.missing_bytes() < 4 * MIB
    engine.dispose()
    with sqlite3.connect(small_disk.folder / "test.db") as database:
        (count,) = database.execute("SELECT count(*) FROM word").fetchone()
    database.close()
    assert count >= 1


def test_without_ballast_a_full_disk_is_said(tmp_path: Path) -> None:
    ballast = Ballast(tmp_path / "ballast", size_bytes=0)

    def fail() -> None:
        raise OperationalError("", None, sqlite3.OperationalError("database or disk is full"))

    with pytest.raises(OperationalError):
        ballast.sparing(fail)
    assert ballast.take_up()
    with pytest.raises(DiskFailed):
        Ballast(tmp_path / "nowhere" / "ballast", size_bytes=MIB).take_up()
