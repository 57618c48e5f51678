"""What was deleted leaves the disk too, as far as whoever keeps the database lets it.

SQLite's file has zeros there and its log is overwritten (`vault.forgetting`). A PostgreSQL server overwrites nothing:
rows that were deleted stay in a table's pages until the table is written anew, and then in blocks that the file system
gives to others; its write-ahead log keeps them until it is recycled, and archives, replicas and backups for as long as
their owner does. So there nothing is called overwritten. What is left is sealed, and opens with a recipient key only.
Source: postgresql.org/docs/15: sql-vacuum, routine-vacuuming, view-pg-stat-activity.
"""

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from central.database.writing import begin_writing
from vault import forgetting

SEALED = ("chunk", "outbox")
"""Tables with sealed bytes in them."""

REWRITE_BYTES_MAX = 16 << 20
"""As long as no more than this waits in them they are written anew each time. In an outage of MIGRIS they grow, and
what is deleted then is only given free; it goes with the first that is deleted after it."""

_OLDER_READER = """
SELECT count(*) FROM pg_stat_activity
WHERE pid <> pg_backend_pid() AND (datname = current_database() OR datname IS NULL)
AND greatest(age(backend_xid), age(backend_xmin)) > age(CAST(CAST(:mark AS text) AS xid8)::xid)
"""


def is_overwritten(session: Session) -> bool:
    """Whether the database overwrites what is deleted from it, everywhere: only then may a tombstone say *verified*."""
    return session.connection().dialect.name == "sqlite"


def forget(engine: Engine, *, also: tuple[str, ...] = ()) -> bool:
    """Do what this database can, so that nothing deleted is left in it.

    :param also: further tables from which something was deleted.
    :returns: False when somebody stood in the way: try again later.
    """
    if engine.dialect.name == "sqlite":
        return forgetting.forget_deleted(engine)
    with engine.begin() as connection:
        begin_writing(connection)
        # all that was deleted before was deleted by older transactions
        mark = connection.execute(text("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")).scalar_one()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"SET lock_timeout = '{forgetting.READER_MS}ms'"))
        try:
            return _vacuumed(connection, mark=mark, also=also)
        except OperationalError:
            return False
        finally:
            connection.execute(text("RESET lock_timeout"))


def close_forgetting(engine: Engine) -> None:
    """Close it, for who may be the last to have it open: SQLite takes its log away then."""
    if engine.dialect.name == "sqlite":
        forgetting.close_forgetting(engine)
    else:
        engine.dispose()


def _vacuumed(connection: Connection, *, mark: str, also: tuple[str, ...]) -> bool:
    if connection.execute(text(_OLDER_READER), {"mark": mark}).scalar_one():
        # whoever reads since before the deletion may still see the rows, and so they are kept
        return False
    sizes = " + ".join(f"(SELECT coalesce(sum(octet_length(content)), 0) FROM {table})" for table in SEALED)  # noqa: S608 (our own names)
    small = connection.execute(text(f"SELECT {sizes}")).scalar_one() <= REWRITE_BYTES_MAX
    connection.execute(text(f"VACUUM {'(FULL) ' if small else ''}{', '.join(SEALED)}"))
    for table in also:
        connection.execute(text(f"VACUUM {table}"))
    return True
