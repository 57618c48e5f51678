"""vault/ledger.py: a line lives and dies with the transaction that it tells of, and nothing in it changes unnoticed."""

import json
import sqlite3
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, MetaData, delete, insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from vault.chain import EMPTY, GENESIS, Head, digest_after
from vault.database import open_database
from vault.errors import ChainBroken
from vault.ledger import PAGE_LINES, Detail, Ledger, ledger_table

METADATA = MetaData()
TABLE = ledger_table(METADATA)
LEDGER = Ledger()
TIME = "2026-11-22T04:30:00.123Z"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path / "ledger.db")
    METADATA.create_all(engine)
    yield engine
    engine.dispose()


def _append(engine: Engine, *details: Detail) -> Head:
    with Session(engine) as session, session.begin():
        for detail in details:
            LEDGER.append(session, kind="visit-opened", time=TIME, detail=detail)
        return LEDGER.head(session)


def _verified(engine: Engine) -> Head:
    with Session(engine) as session:
        return LEDGER.verify(session)


def _broken_at(engine: Engine) -> int:
    with pytest.raises(ChainBroken) as broken:
        _verified(engine)
    return broken.value.number


def test_an_empty_ledger_is_whole(engine: Engine) -> None:
    with Session(engine) as session:
        assert LEDGER.head(session) == LEDGER.verify(session) == EMPTY
        assert list(LEDGER.lines(session)) == []


def test_the_newest_line_says_when_it_was_written(engine: Engine) -> None:
    with Session(engine) as session:
        assert LEDGER.newest_time(session) is None
    _append(engine, {"visit": "01jd8x"})
    with Session(engine) as session:
        assert LEDGER.newest_time(session) == datetime(2026, 11, 22, 4, 30, 0, 123_000, tzinfo=UTC)


@pytest.mark.parametrize("body", ["", "{}", "[]", '{"time": 7}', '{"time": "soon"}', '{"time": "2026-11-22T04:30:00"}'])
def test_a_newest_line_that_tells_no_time_is_broken(engine: Engine, body: str) -> None:
    _append(engine, {"visit": "01jd8x"})
    with engine.begin() as connection:
        connection.execute(update(TABLE).values(body=body))
    with Session(engine) as session, pytest.raises(ChainBroken, match="line 1"):
        LEDGER.newest_time(session)


def test_a_line_is_these_bytes(engine: Engine) -> None:
    head = _append(engine, {"visit": "01jd8x", "known": True, "count": 2, "code": None})
    body = (
        b'{"code":null,"count":2,"kind":"visit-opened","known":true,"number":1,'
        b'"time":"2026-11-22T04:30:00.123Z","visit":"01jd8x"}'
    )
    with Session(engine) as session:
        assert list(LEDGER.lines(session)) == [(1, body, digest_after(GENESIS, body))]
    assert head == Head(1, digest_after(GENESIS, body))


def test_each_line_follows_the_one_before_also_over_a_restart(engine: Engine, tmp_path: Path) -> None:
    _append(engine, {"visit": "one"}, {"visit": "two"})
    again = open_database(tmp_path / "ledger.db")
    head = _append(again, {"visit": "three"})
    with Session(again) as session:
        lines = list(LEDGER.lines(session))
    assert [number for number, _, _ in lines] == [1, 2, 3]
    assert lines[2][2] == digest_after(lines[1][2], lines[2][1])  # type: ignore[arg-type]  # a digest as the table has it
    assert _verified(again) == head == Head(3, lines[2][2])  # type: ignore[arg-type]  # as above
    again.dispose()


def test_a_rolled_back_transaction_leaves_no_line(engine: Engine) -> None:
    head = _append(engine, {"visit": "one"})
    with Session(engine) as session:
        LEDGER.append(session, kind="visit-ended", time=TIME, detail={})
        assert LEDGER.head(session).number == 2
        session.rollback()
    assert _verified(engine) == head
    assert _append(engine, {"visit": "two"}).number == 2


def test_the_line_goes_with_what_it_tells_of(engine: Engine) -> None:
    with Session(engine) as session:
        LEDGER.append(session, kind="visit-opened", time=TIME, detail={})
        with pytest.raises(IntegrityError):
            session.execute(insert(TABLE).values(number=1, body="another", digest="d"))
        session.rollback()
    assert _verified(engine) == EMPTY


def test_two_writers_cannot_both_add_the_same_number(engine: Engine) -> None:
    with Session(engine) as late:
        head = LEDGER.head(late)
        _append(engine, {"visit": "first"})
        with pytest.raises(IntegrityError):
            late.execute(insert(TABLE).values(number=head.number + 1, body="{}", digest=digest_after(GENESIS, b"{}")))
        late.rollback()
    assert _verified(engine).number == 1


@pytest.mark.parametrize("text", ["Šakėnas", "日本", "🖐", 'quote " and \\ backslash', "line\nbreak\u2028", "\x00"])
def test_any_text_is_kept_as_it_was(engine: Engine, text: str) -> None:
    head = _append(engine, {"operator": text})
    with Session(engine) as session:
        ((_, body, _),) = LEDGER.lines(session)
    assert json.loads(body)["operator"] == text
    assert _verified(engine) == head


def test_text_that_is_none_is_refused_and_leaves_no_line(engine: Engine) -> None:
    with Session(engine) as session, pytest.raises(UnicodeEncodeError):
        LEDGER.append(session, kind="visit-opened", time=TIME, detail={"operator": "\ud800"})
    assert _verified(engine) == EMPTY


@pytest.mark.parametrize("name", ["number", "time", "kind"])
def test_a_detail_cannot_stand_for_what_the_line_itself_says(engine: Engine, name: str) -> None:
    with pytest.raises(AssertionError):
        _append(engine, {name: "other"})
    assert _verified(engine) == EMPTY


@pytest.mark.parametrize("number", [1, 3, 5])
def test_a_changed_body_is_found(engine: Engine, number: int) -> None:
    _append(engine, *({"visit": str(n)} for n in range(5)))
    with engine.begin() as connection:
        body = '{"kind":"visit-opened"}'
        connection.execute(update(TABLE).where(TABLE.c.number == number).values(body=body))
    assert _broken_at(engine) == number


@pytest.mark.parametrize("number", [1, 3, 5])
def test_a_changed_digest_is_found(engine: Engine, number: int) -> None:
    _append(engine, *({"visit": str(n)} for n in range(5)))
    with engine.begin() as connection:
        connection.execute(update(TABLE).where(TABLE.c.number == number).values(digest="0" * 64))
    assert _broken_at(engine) == number


@pytest.mark.parametrize("number", [1, 3])
def test_a_line_that_was_taken_out_is_found(engine: Engine, number: int) -> None:
    _append(engine, *({"visit": str(n)} for n in range(5)))
    with engine.begin() as connection:
        connection.execute(delete(TABLE).where(TABLE.c.number == number))
    assert _broken_at(engine) == number


def test_a_tail_that_was_cut_off_shows_in_the_head(engine: Engine) -> None:
    head = _append(engine, *({"visit": str(n)} for n in range(5)))
    with engine.begin() as connection:
        connection.execute(delete(TABLE).where(TABLE.c.number == 5))
    assert _verified(engine).number == 4
    assert _verified(engine) != head


def test_a_long_ledger_is_verified_line_by_line(engine: Engine) -> None:
    """5000 lines of 2 kB are 10 MB: a tenth of that is in memory at once."""
    filling = "x" * 2000
    previous, rows = GENESIS, []
    for number in range(1, 5001):
        previous = digest_after(previous, filling.encode())
        rows.append({"number": number, "body": filling, "digest": previous})
    with engine.begin() as connection:
        connection.execute(insert(TABLE), rows)
    rows.clear()
    tracemalloc.start()
    try:
        assert _verified(engine) == Head(5000, previous)
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


def test_a_line_that_stands_alone_needs_no_session(engine: Engine) -> None:
    _append(engine, {"visit": "one"})
    with engine.begin() as connection:
        head = LEDGER.append(connection, kind="visit-ended", time=TIME, detail={"visit": "one"})
        assert LEDGER.head(connection) == head
        assert LEDGER.digest_at(connection, 2) == head.digest
        assert LEDGER.digest_at(connection, 3) is None
    assert _verified(engine) == head == Head(2, head.digest)


def test_a_walk_lets_the_log_be_cut_off_between_its_pages(engine: Engine, tmp_path: Path) -> None:
    _append(engine, *({"visit": str(number)} for number in range(PAGE_LINES + 1)))
    other = sqlite3.connect(tmp_path / "ledger.db")
    with Session(engine) as session:
        walk = LEDGER.lines(session)
        next(walk)
        with Session(engine) as writer, writer.begin():
            LEDGER.append(writer, kind="visit-ended", time=TIME, detail={})
        busy, *_ = other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        assert busy == 0
        assert sum(1 for _ in walk) == PAGE_LINES + 1
    other.close()
