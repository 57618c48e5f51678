"""The walk over real ledgers, longer than one of its steps."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from agent.guard.walk import STEP_LINES, walk
from agent.visit.journal import Journal
from agent.visit.tables import VERSIONS
from tests.agent.courier.premises import BEGIN
from vault.chain import EMPTY, Head, digest_after
from vault.database import migrate, open_database
from vault.errors import ChainBroken, SchemaUnready
from vault.labels import Digest

LINES = 2 * STEP_LINES + 7


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "station.db"
    migrate(path, VERSIONS)
    head, rows = EMPTY, []
    for number in range(1, LINES + 1):
        body = json.dumps({"number": number}).encode()
        head = Head(number, digest_after(head.digest, body))
        rows.append((number, body.decode(), head.digest))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany("INSERT INTO ledger_line (number, body, digest) VALUES (?, ?, ?)", rows)
    return path


async def test_it_hears_every_line_and_ends_at_the_newest(path: Path) -> None:
    heard: list[bytes] = []
    head = await walk(path, hear=heard.append)
    assert (head.number, len(heard)) == (LINES, LINES)
    engine = open_database(path)
    journal = Journal(engine)
    assert head == journal.verify_ledger()
    journal.remark("one more", at=BEGIN, detail={})
    assert (await walk(path, hear=heard.append, anchor=head)).number == LINES + 1
    engine.dispose()


@pytest.mark.parametrize("number", [1, STEP_LINES, STEP_LINES + 1, LINES])
async def test_a_changed_line_is_found_and_the_lines_behind_it_are_heard(path: Path, number: int) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE ledger_line SET body = '{}' WHERE number = ?", (number,))
    heard: list[bytes] = []
    with pytest.raises(ChainBroken) as broken:
        await walk(path, hear=heard.append)
    assert (broken.value.number, len(heard)) == (number, LINES)


@pytest.mark.parametrize("number", [LINES - 1, LINES + 1], ids=["made-anew", "cut-off"])
async def test_a_chain_that_is_not_the_one_that_is_known_does_not_hold(path: Path, number: int) -> None:
    with pytest.raises(ChainBroken) as broken:
        await walk(path, hear=lambda _body: None, anchor=Head(number, Digest("a" * 64)))
    assert broken.value.number == number


async def test_no_database_is_no_broken_ledger(tmp_path: Path) -> None:
    with pytest.raises(SchemaUnready):
        await walk(tmp_path / "none.db", hear=lambda _body: None)
