"""The station's durable memory, on a real database; its tables and their revision."""

import contextlib
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text

from agent.visit.journal import DurableStep, Journal
from agent.visit.state import VisitState
from agent.visit.tables import REVISION, VERSIONS, Base
from vault.access import Purpose, access
from vault.database import check_schema, migrate, open_database
from vault.errors import ChainBroken
from vault.labels import ParcelId

AT = datetime(2026, 11, 22, 8, 15, 30, tzinfo=UTC)
VISIT, OTHER = "01jd0000000000000000000001", "01jd0000000000000000000002"
PARCEL = ParcelId("01jd0000000000000000000003")
TOLD = [{"step": "opened", "time": "2026-11-22T08:15:30.000Z", "ms": 0, "detail": ""}]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "station.db"
    migrate(path, VERSIONS)
    return path


@pytest.fixture
def engine(database: Path) -> Iterator[Engine]:
    engine = open_database(database)
    yield engine
    engine.dispose()


@pytest.fixture
def journal(engine: Engine) -> Journal:
    return Journal(engine)


def _open(journal: Journal, visit: str = VISIT, parcel: str = PARCEL) -> None:
    journal.open_visit(visit, parcel=ParcelId(parcel), subject="f" * 32, operator="op-7", at=AT)


def test_the_tables_are_those_of_the_revision(engine: Engine) -> None:
    check_schema(engine, revision=REVISION)
    found = inspect(engine)
    for table in Base.metadata.sorted_tables:
        columns = {column["name"]: bool(column["nullable"]) for column in found.get_columns(table.name)}
        assert columns == {column.name: bool(column.nullable) for column in table.columns}


def test_a_visit_that_was_opened_is_open_until_it_ends(journal: Journal) -> None:
    _open(journal)
    (left,) = journal.open_visits()
    assert (left.id, left.parcel, left.sealing) == (VISIT, PARCEL, False)
    journal.end_visit(VISIT, VisitState.DONE, at=AT, outcome=(None, "ab" * 32), timeline=TOLD)
    assert journal.open_visits() == []
    row = journal.visit(VISIT)
    assert row is not None
    assert (row.state, row.code, row.digest, row.ended_at, row.timeline) == ("done", None, "ab" * 32, AT, TOLD)


def test_visits_that_a_cut_left_come_oldest_first(journal: Journal) -> None:
    _open(journal, OTHER, "01jd0000000000000000000009")
    _open(journal)
    assert [left.id for left in journal.open_visits()] == [VISIT, OTHER]


@pytest.mark.parametrize("step", DurableStep)
@pytest.mark.parametrize("closed", [False, True], ids=["open", "closed"])
def test_a_visit_was_being_sealed_whether_its_line_is_open_or_closed(
    journal: Journal, step: DurableStep, closed: bool
) -> None:
    _open(journal)
    line = journal.intend(VISIT, step, at=AT)
    if closed:
        journal.close(line, at=AT)
    (left,) = journal.open_visits()
    assert left.sealing == (step is DurableStep.SEAL)


def test_the_end_of_a_visit_closes_its_lines_and_no_others(journal: Journal, engine: Engine) -> None:
    _open(journal)
    _open(journal, OTHER, "01jd0000000000000000000009")
    journal.close(journal.intend(VISIT, DurableStep.RESERVE, at=AT), at=AT)
    for visit in (VISIT, OTHER):
        journal.intend(visit, DurableStep.SEAL, at=AT)
    journal.end_visit(VISIT, VisitState.FAULTED, at=AT + timedelta(seconds=1), outcome=("cut-off", None))
    with engine.connect() as connection:
        lines = connection.execute(text("SELECT visit, step, closed_at IS NULL FROM journal ORDER BY id")).all()
    assert [tuple(line) for line in lines] == [(VISIT, "reserve", 0), (VISIT, "seal", 0), (OTHER, "seal", 1)]


def test_the_ledger_tells_of_every_step_and_verifies(journal: Journal, engine: Engine) -> None:
    _open(journal)
    journal.note(VISIT, "notice-shown", at=AT, detail={"language": "lt"})
    journal.end_visit(VISIT, VisitState.ABORTED, at=AT, outcome=("cancelled", None))
    assert journal.verify_ledger().number == 3
    with engine.begin() as connection:
        connection.execute(text("UPDATE ledger_line SET body = replace(body, 'lt', 'en') WHERE number = 2"))
    with pytest.raises(ChainBroken, match="line 2"):
        journal.verify_ledger()


def test_the_number_is_kept_sealed(journal: Journal) -> None:
    _open(journal)
    detail = access("operator:op-7", Purpose.CHECK_APPLICATION, subject="f" * 32)
    journal.keep_subject(VISIT, sealed=b"\x00sealed\xff", at=AT, detail=detail)
    row = journal.visit(VISIT)
    assert row is not None
    assert (row.subject, row.subject_sealed) == ("f" * 32, b"\x00sealed\xff")


def test_there_is_no_visit_that_was_not_opened(journal: Journal) -> None:
    assert journal.visit(VISIT) is None


def test_what_was_written_is_on_the_disk_when_the_call_returns(journal: Journal, database: Path) -> None:
    _open(journal)
    line = journal.intend(VISIT, DurableStep.RESERVE, at=AT)
    # another process opens what a power cut would have left
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as other:
        assert other.execute("SELECT id, closed_at FROM journal").fetchall() == [(line, None)]


def test_threads_that_write_at_once_wait_for_each_other(journal: Journal) -> None:
    _open(journal)

    def write(number: int) -> None:
        journal.note(VISIT, "decision", at=AT, detail={"turn": number})

    with ThreadPoolExecutor(8) as pool:
        assert len(list(pool.map(write, range(40)))) == 40
    assert journal.verify_ledger().number == 41
