"""Every revision: together they give the models' tables, and the release before runs on what they give."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from central.bridge.tables import REVISION, Base
from central.database import Place, check_schema, migrate, open_database
from central.migrations import VERSIONS
from central.subject import tables as _register  # noqa: F401 (its tables are among the models)
from tests.central.kept import on_server
from tests.central.postgresql import Cluster, server_at


def test_the_newest_revision_is_the_one_that_this_release_asks_for() -> None:
    config = Config()
    config.set_main_option("script_location", str(VERSIONS.parent))
    script = ScriptDirectory.from_config(config)
    assert script.get_current_head() == REVISION
    revisions = [revision.revision for revision in script.walk_revisions()]
    assert revisions == [
        "0013",
        "0012",
        "0011",
        "0010",
        "0009",
        "0008",
        "0007",
        "0006",
        "0005",
        "0004",
        "0003",
        "0002",
        "0001",
    ]


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database in which every revision has run."""
    place: Place = tmp_path / "bridge.db"
    if request.param == "postgresql":
        cluster: Cluster = request.getfixturevalue("postgresql")
        place = server_at(cluster.emptied(), tmp_path)
    migrate(place)
    engine = open_database(place)
    yield engine
    engine.dispose()


def test_migrated_and_modelled_tables_are_the_same(migrated: Engine) -> None:
    with migrated.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True, "target_metadata": Base.metadata}
        )
        # a server makes one constraint of the two that say the same of a parcel
        once = ["add_constraint"] if on_server(migrated) else []
        assert [change[0] for change in compare_metadata(context, Base.metadata)] == once
        found = inspect(connection)
        for table in Base.metadata.sorted_tables:
            assert found.get_pk_constraint(table.name)["constrained_columns"] == [
                column.name for column in table.primary_key
            ]
        uniques = [unique["column_names"] for unique in found.get_unique_constraints("parcel")]
        assert uniques == ([] if once else [["tenant", "parcel"]])
    check_schema(migrated, revision=REVISION)


def test_migrating_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "bridge.db"
    migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        before = connection.execute("SELECT sql FROM sqlite_master").fetchall()
    migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT sql FROM sqlite_master").fetchall() == before


def test_the_first_releases_statements_still_run(migrated: Engine) -> None:
    with migrated.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO parcel (tenant, parcel, station, kind, digest, size, stage, stored_at)"
                " VALUES ('lt', 'p', 's', 'enrolment', 'd', 1, 'stored', '2026')"
            )
        )
        assert connection.execute(text("SELECT openings FROM parcel")).scalar() == 0
