"""What tests do to headquarters' database from outside, in either kind: look at its disk, read it, make it refuse."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, Engine, text


def on_server(engine: Engine) -> bool:
    return engine.dialect.name == "postgresql"


def disk(engine: Engine) -> bytes:
    """Every byte of the database's files: SQLite's with its log, a server's tables without."""
    if not on_server(engine):
        assert engine.url.database is not None
        return _content(Path(engine.url.database).parent)
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("CHECKPOINT"))
        oid = connection.execute(text("SELECT oid FROM pg_database WHERE datname = current_database()")).scalar_one()
    return _content(_data(engine) / "base" / str(oid))


def server_log(engine: Engine) -> bytes:
    """Every byte of a server's write-ahead log."""
    return _content(_data(engine) / "pg_wal")


def refuse(engine: Engine, table: str) -> None:
    """From now on the database itself takes no row into this table; whatever belongs to it must fail with it."""
    if not on_server(engine):
        with closing(sqlite3.connect(str(engine.url.database))) as other:
            other.execute(f"CREATE TRIGGER full BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'full'); END")
            other.commit()
        return
    with engine.begin() as connection:
        body = "BEGIN RAISE EXCEPTION 'full' USING ERRCODE = 'integrity_constraint_violation'; END"
        connection.execute(text(f"CREATE FUNCTION full_() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"))
        connection.execute(text(f"CREATE TRIGGER full_ BEFORE INSERT ON {table} EXECUTE FUNCTION full_()"))


class Reader:
    """Somebody else who reads the database and takes his time: what is deleted meanwhile stays for him."""

    def __init__(self, engine: Engine) -> None:
        self._connection: Connection = engine.connect()
        if on_server(engine):
            self._connection = self._connection.execution_options(isolation_level="REPEATABLE READ")

    def begin(self) -> None:
        if self._connection.dialect.name == "sqlite":
            self._connection.exec_driver_sql("BEGIN")
        self._connection.execute(text("SELECT count(*) FROM parcel")).scalar_one()

    def end(self) -> None:
        self._connection.rollback()

    def close(self) -> None:
        self._connection.close()


def _data(engine: Engine) -> Path:
    return Path(str(engine.url.query["host"])) / "data"


def _content(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file())
