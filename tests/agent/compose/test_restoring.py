"""A restore that was cut off: no daemon starts on it, and the migration ends it one way or the other."""

import shutil
from pathlib import Path

import pytest

from agent.compose.migrate import run_migrations
from agent.compose.restoring import replaced, standing_still
from agent.config.paths import Paths
from agent.errors import Refused
from agent.visit.journal import Journal
from agent.visit.tables import REVISION
from tests.agent.courier.premises import BEGIN
from vault.database import check_schema, open_database
from vault.errors import SchemaUnready
from vault.swap import STAGE, Swap


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """A station's databases, and a successor of one that has a line and is not decided on."""
    paths = Paths(tmp_path / "station")
    run_migrations(paths)
    other = Paths(tmp_path / "other")
    run_migrations(other)
    engine = open_database(other.station_database)
    Journal(engine).remark("restored", at=BEGIN, detail={})
    engine.dispose()
    swap = Swap(replaced(paths))
    swap.begin()
    shutil.copyfile(other.station_database, swap.place(paths.station_database))
    return paths


def decide(paths: Paths) -> None:
    (replaced(paths)[0] / STAGE / "decided").touch()


def lines(paths: Paths) -> int:
    engine = open_database(paths.station_database)
    try:
        check_schema(engine, revision=REVISION)
        return Journal(engine).head().number
    finally:
        engine.dispose()


@pytest.mark.parametrize("decided", [False, True])
def test_the_migration_ends_it(paths: Paths, *, decided: bool) -> None:
    if decided:
        decide(paths)
    with pytest.raises(SchemaUnready):
        lines(paths)
    run_migrations(paths)
    assert lines(paths) == decided
    assert list(paths.root.rglob(STAGE)) == []


def test_it_is_not_ended_under_a_running_process(paths: Paths) -> None:
    decide(paths)
    with standing_still(paths):
        with pytest.raises(Refused) as refused:
            run_migrations(paths)
        assert refused.value.reason == "already-running"
    run_migrations(paths)
    assert lines(paths) == 1
