"""Whether a unit may become what a backup says: only one that has nothing of its own yet.

That is what keeps a restore from bringing anything back or hiding it: where no parcel is, none is forgotten, and where
no line was written, none is replaced.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from agent.config.paths import Paths
from agent.wire.backup import RESTORED
from provisioning.errors import InputRefused
from vault.database import open_to_read
from vault.disk import is_there, names_in
from vault.errors import SchemaUnready

_RECORDS = {
    "station": ("visit", "journal", "ledger_line"),
    "courier": ("parcel", "reservation", "tombstone", "command", "ledger_line"),
}
_USED = "This unit has records or parcels of its own: only one that has never worked takes a backup."


def check_fresh(paths: Paths) -> None:
    """Nothing was ever done here. :raises: InputRefused; DiskFailed."""
    for folder in (paths.spool / "incoming", paths.spool / "kept", paths.parcel_keys):
        if is_there(folder) and names_in(folder):
            raise InputRefused("station-used", _USED)
    for process, database in (("station", paths.station_database), ("courier", paths.courier_database)):
        if is_there(database) and not _empty(database, _RECORDS[process]):
            raise InputRefused("station-used", _USED)


def was_restored(paths: Paths, order: str = "") -> bool:
    """Whether this order was carried out here before; without one, whether any was."""
    wanted = "SELECT count(*) FROM ledger_line WHERE body LIKE ? AND body LIKE ?"
    try:
        with closing(open_to_read(paths.station_database)) as connection:
            marks = (f'%"kind":"{RESTORED}"%', f'%"order":"{order}%')
            return bool(connection.execute(wanted, marks).fetchone()[0])
    except (SchemaUnready, sqlite3.Error):
        return False


def _empty(database: Path, tables: tuple[str, ...]) -> bool:
    try:
        with closing(open_to_read(database)) as connection:
            # our own names; a table that an older schema lacks has nothing in it
            there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            counts = [f"SELECT count(*) FROM {table}" for table in tables if table in there]  # noqa: S608
            return all(connection.execute(count).fetchone()[0] == 0 for count in counts)
    except (SchemaUnready, sqlite3.Error):
        sentence = f"The database {database.name} cannot be read: move it away, so that nothing in it is lost."
        raise InputRefused("station-unreadable", sentence) from None
