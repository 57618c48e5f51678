"""vault/database.py and vault/migrations: commits that stay, deletions that overwrite, migrations that only expand."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, Engine, Integer, MetaData, Table, Text, inspect, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from agent.courier import tables as courier_tables
from agent.visit import tables as station_tables
from vault.database import UtcInstant, check_schema, migrate, open_database, open_to_read, run
from vault.errors import SchemaUnready
from vault.swap import STAGE

SECRET = "deleted-content-" * 8

_REVISION = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "{revision}", {before}


def upgrade() -> None:
    op.create_table("table_{revision}", sa.Column("id", sa.Integer, primary_key=True))
    {then}
"""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path / "state.db")
    yield engine
    engine.dispose()


def _versions(folder: Path, *revisions: str, then: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    before = None
    for revision in revisions:
        last = then if revision == revisions[-1] else ""
        content = _REVISION.format(revision=revision, before=repr(before), then=last)
        (folder / f"r{revision}.py").write_text(content)
        before = revision
    return folder


def _tables(path: Path) -> set[str]:
    with sqlite3.connect(path) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    connection.close()
    return names


def test_every_pooled_connection_is_configured(engine: Engine) -> None:
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "foreign_keys": 1,
        "busy_timeout": 5000,
        "temp_store": 2,
    }
    with ExitStack() as open_at_once:
        connections = [open_at_once.enter_context(engine.connect()) for _ in range(5)]
        for connection in connections:
            found = {name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in wanted}
            assert found == wanted
        assert len({id(connection.connection.dbapi_connection) for connection in connections}) == 5


def test_the_files_are_their_owners_only(tmp_path: Path) -> None:
    path = tmp_path / "state/station.db"
    engine = open_database(path)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE visit (id INTEGER)"))
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    engine.dispose()
    assert modes == {"station.db": 0o600, "station.db-wal": 0o600, "station.db-shm": 0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["a?b", "a#b", "a%20b", "mode=ro&b", "ė ž"])
def test_a_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name / "state.db"
    migrate(path, _versions(tmp_path / f"{name} versions", "0001"))
    assert "table_0001" in _tables(path)
    assert sorted(item.name for item in tmp_path.iterdir()) == sorted([name, f"{name} versions"])


def test_a_reference_to_nothing_is_refused(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE parcel (id TEXT PRIMARY KEY)"))
        connection.execute(text("CREATE TABLE receipt (parcel TEXT REFERENCES parcel (id))"))
        with pytest.raises(IntegrityError):
            connection.execute(text("INSERT INTO receipt VALUES ('none')"))


def test_parameters_are_in_no_error(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE visit (id TEXT PRIMARY KEY)"))
        insert = text("INSERT INTO visit VALUES (:id)")
        connection.execute(insert, {"id": SECRET})
        with pytest.raises(IntegrityError) as refused:
            connection.execute(insert, {"id": SECRET})
    assert "deleted-content" not in str(refused.value)


def test_what_goes_to_the_driver_is_in_the_engines_transaction_and_fails_as_the_engine_does(engine: Engine) -> None:
    with engine.begin() as connection:
        run(connection, "CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT)")
        run(connection, "INSERT INTO a VALUES (:number, :name)", number=1, name="kept")
    with engine.connect() as connection:
        run(connection, "INSERT INTO a VALUES (:number, :name)", number=2, name="taken back")
        with pytest.raises(IntegrityError) as refused:
            run(connection, "INSERT INTO a VALUES (:number, :name)", number=1, name="somebody's")
        connection.rollback()
    assert "somebody" not in str(refused.value)
    with pytest.raises(OperationalError), engine.connect() as connection:
        run(connection, "SELECT name FROM nowhere")
    with engine.connect() as connection:
        assert run(connection, "SELECT name FROM a").fetchall() == [("kept",)]


def test_deleted_content_is_overwritten(engine: Engine, tmp_path: Path) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE subject (id INTEGER PRIMARY KEY, content TEXT)"))
        # the second is larger than a page, so that pages of its own are freed
        for content in (SECRET, SECRET * 100):
            connection.execute(text("INSERT INTO subject (content) VALUES (:content)"), {"content": content})
    with engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    assert SECRET.encode() in (tmp_path / "state.db").read_bytes()
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM subject"))
    with engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    assert {path.name: SECRET[:12].encode() in path.read_bytes() for path in tmp_path.iterdir()} == {
        "state.db": False,
        "state.db-wal": False,
        "state.db-shm": False,
    }


def test_deleted_content_is_in_no_log_either_when_the_process_has_ended(engine: Engine, tmp_path: Path) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE subject (content TEXT)"))
        connection.execute(text("INSERT INTO subject VALUES (:content)"), {"content": SECRET})
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM subject"))
    engine.dispose()
    assert [path.name for path in tmp_path.iterdir()] == ["state.db"]
    assert SECRET[:12].encode() not in (tmp_path / "state.db").read_bytes()


MOMENTS = Table("moment", MetaData(), Column("id", Integer, primary_key=True), Column("at", UtcInstant()))


@pytest.mark.parametrize(
    "moment",
    [
        None,
        datetime(2026, 11, 22, 4, 30, tzinfo=UTC),
        datetime(2026, 11, 22, 4, 30, 0, 123456, tzinfo=UTC),
        datetime(2026, 11, 22, 6, 30, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_moments_come_back_in_utc(engine: Engine, moment: datetime | None) -> None:
    MOMENTS.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(MOMENTS.insert().values(at=moment))
        found = connection.execute(select(MOMENTS.c.at)).scalar()
    assert found == moment
    assert found is None or found.tzinfo is UTC or found.utcoffset() == timedelta(0)


def test_moments_are_kept_in_an_order_that_text_has_too(engine: Engine) -> None:
    MOMENTS.metadata.create_all(engine)
    first = datetime(2026, 11, 22, 23, 59, 59, 999999, tzinfo=timezone(timedelta(hours=2)))
    moments = [first, first + timedelta(microseconds=1), first + timedelta(hours=3)]
    with engine.begin() as connection:
        for moment in reversed(moments):
            connection.execute(MOMENTS.insert().values(at=moment))
        assert list(connection.scalars(select(MOMENTS.c.at).order_by(MOMENTS.c.at))) == moments


def test_a_moment_without_a_zone_is_our_own_mistake() -> None:
    with pytest.raises(AssertionError):
        UtcInstant().process_bind_param(datetime(2026, 11, 22), None)  # type: ignore[arg-type]  # noqa: DTZ001  # that is it


@pytest.mark.parametrize(
    ("versions", "metadata", "revision"),
    [
        (station_tables.VERSIONS, station_tables.Base.metadata, station_tables.REVISION),
        (courier_tables.VERSIONS, courier_tables.Base.metadata, courier_tables.REVISION),
    ],
    ids=["station", "courier"],
)
def test_migrations_bring_an_empty_database_to_exactly_the_models(
    tmp_path: Path, versions: Path, metadata: MetaData, revision: str
) -> None:
    path = tmp_path / "state.db"
    for _ in range(2):
        migrate(path, versions)
    engine = open_database(path)
    check_schema(engine, revision=revision)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == revision
        for table in metadata.sorted_tables:
            found = inspect(connection).get_columns(table.name)
            declared = [(column.name, column.nullable) for column in table.columns]
            assert [(column["name"], column["nullable"]) for column in found] == declared
    engine.dispose()


def test_the_comparison_notices_a_difference(tmp_path: Path) -> None:
    migrate(tmp_path / "state.db", courier_tables.VERSIONS)
    metadata = MetaData()
    for table in courier_tables.Base.metadata.sorted_tables:
        table.to_metadata(metadata)
    Table("parcel", metadata, Column("more", Text), extend_existing=True)
    engine = open_database(tmp_path / "state.db")
    with engine.connect() as connection:
        (difference,) = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()
    assert difference[0] == "add_column"


def test_a_database_is_brought_on_from_any_revision(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    migrate(path, _versions(tmp_path / "versions", "0001"))
    migrate(path, _versions(tmp_path / "versions", "0001", "0002", "0003"))
    assert _tables(path) == {"alembic_version", "table_0001", "table_0002", "table_0003"}


def test_a_migration_that_is_cut_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    migrate(path, _versions(tmp_path / "versions", "0001"))
    cut = _versions(tmp_path / "versions", "0001", "0002", "0003", then="raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        migrate(path, cut)
    assert _tables(path) == {"alembic_version", "table_0001"}
    migrate(path, _versions(tmp_path / "versions", "0001", "0002", "0003"))
    assert "table_0003" in _tables(path)


def test_a_release_that_was_rolled_back_leaves_the_newer_database_alone(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    migrate(path, _versions(tmp_path / "newer", "0001", "0002"))
    before = path.read_bytes()
    migrate(path, _versions(tmp_path / "older", "0001"))
    assert path.read_bytes() == before
    engine = open_database(path)
    check_schema(engine, revision="0001")
    engine.dispose()


def test_a_database_that_is_older_or_was_never_migrated_is_not_ready(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    engine = open_database(path)
    with pytest.raises(SchemaUnready, match="migrate"):
        check_schema(engine, revision="0001")
    migrate(path, _versions(tmp_path / "versions", "0001"))
    check_schema(engine, revision="0001")
    with pytest.raises(SchemaUnready, match="migrate"):
        check_schema(engine, revision="0002")
    engine.dispose()


def test_a_file_that_is_no_database_is_not_ready(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(b"this is not a database, and it is longer than a header " * 20)
    engine = open_database(path)
    with pytest.raises(SchemaUnready, match=r"^The database cannot be read\.$") as unready:
        check_schema(engine, revision="0001")
    assert str(path) not in _open_files(), f"left open by what raised {unready.value!r}"
    with pytest.raises(SchemaUnready, match=r"^The database cannot be read\.$"):
        migrate(path, _versions(tmp_path / "versions", "0001"))
    engine.dispose()


def _open_files() -> set[str]:
    return {os.readlink(link) for link in Path("/proc/self/fd").iterdir() if link.exists()}


def test_a_connection_that_reads_changes_nothing_and_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(SchemaUnready):
        open_to_read(tmp_path / "nothing.db")
    assert list(tmp_path.iterdir()) == []
    engine = open_database(tmp_path / "here?.db")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (n INTEGER)")
    reading = open_to_read(tmp_path / "here?.db")
    assert reading.execute("SELECT count(*) FROM t").fetchone() == (0,)
    with pytest.raises(sqlite3.OperationalError):
        reading.execute("INSERT INTO t VALUES (1)")
    reading.close()
    engine.dispose()
    (tmp_path / "text.db").write_bytes(b"no database at all, only text that is long enough to be read")
    with pytest.raises(SchemaUnready):
        open_to_read(tmp_path / "text.db")


def test_a_database_that_is_about_to_be_replaced_is_not_used(tmp_path: Path, engine: Engine) -> None:
    migrate(tmp_path / "state.db", _versions(tmp_path / "versions", "0001"))
    check_schema(engine, revision="0001")
    (tmp_path / STAGE).mkdir()
    with pytest.raises(SchemaUnready, match="A restore was cut off"):
        check_schema(engine, revision="0001")
