"""Every revision: together they give the models' tables, and the release before runs on what they give."""

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from central.bridge.tables import REVISION, Base
from central.database import check_schema, migrate
from central.migrations import VERSIONS
from central.subject import tables as _register  # noqa: F401 (its tables are among the models)
from vault.database import open_database


def test_the_newest_revision_is_the_one_that_this_release_asks_for() -> None:
    config = Config()
    config.set_main_option("script_location", str(VERSIONS.parent))
    script = ScriptDirectory.from_config(config)
    assert script.get_current_head() == REVISION
    revisions = [revision.revision for revision in script.walk_revisions()]
    assert revisions == ["0007", "0006", "0005", "0004", "0003", "0002", "0001"]


def test_migrated_and_modelled_tables_are_the_same(tmp_path: Path) -> None:
    migrate(tmp_path / "bridge.db")
    engine = open_database(tmp_path / "bridge.db")
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True, "target_metadata": Base.metadata}
        )
        assert compare_metadata(context, Base.metadata) == []
        found = inspect(connection)
        for table in Base.metadata.sorted_tables:
            assert found.get_pk_constraint(table.name)["constrained_columns"] == [
                column.name for column in table.primary_key
            ]
        assert [unique["column_names"] for unique in found.get_unique_constraints("parcel")] == [["tenant", "parcel"]]
    check_schema(engine, revision=REVISION)
    engine.dispose()


def test_migrating_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "bridge.db"
    migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        before = connection.execute("SELECT sql FROM sqlite_master").fetchall()
    migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT sql FROM sqlite_master").fetchall() == before


def test_the_first_releases_statements_still_run(tmp_path: Path) -> None:
    migrate(tmp_path / "bridge.db")
    engine = open_database(tmp_path / "bridge.db")
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO parcel (tenant, parcel, station, kind, digest, size, stage, stored_at)"
                " VALUES ('lt', 'p', 's', 'enrolment', 'd', 1, 'stored', '2026')"
            )
        )
        assert connection.execute(text("SELECT openings FROM parcel")).scalar() == 0
    engine.dispose()
