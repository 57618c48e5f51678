"""What of a station goes into a backup: named column by column, so that what nobody has named stays where it is.

Left out is what is a person's (an application's number, what happened in a visit), what is a key, and what means
nothing without the sealed files, which are never in a backup. The tests compare this with the databases.
"""

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from agent.config.paths import Paths
from agent.courier import tables as courier_tables
from agent.visit import tables as station_tables
from agent.wire.backup import LEFT, LINE_COLUMNS
from agent.wire.table import to_lines
from provisioning.claim.identity import CLAIM_LAYER
from vault.disk import is_there, names_in, read_file

SETTINGS_BYTES_MAX = 1024 * 1024
CLOCKS_BYTES_MAX = 16 * 1024 * 1024

_BURIED = "IN (SELECT parcel FROM tombstone)"


class Kept(NamedTuple):
    """What of a table is kept."""

    table: str
    """Its name."""
    columns: tuple[str, ...]
    """Those that travel."""
    where: str = ""
    """Which rows; empty for all."""

    @property
    def select(self) -> str:
        """The rows in the order that they were written in."""
        where = f" WHERE {self.where}" if self.where else ""
        return f"SELECT {', '.join(self.columns)} FROM {self.table}{where} ORDER BY rowid"  # noqa: S608 (our own words)

    @property
    def insert(self) -> str:
        """For one row."""
        places = ", ".join("?" * len(self.columns))
        return f"INSERT INTO {self.table} ({', '.join(self.columns)}) VALUES ({places})"  # noqa: S608 (as above)


LEDGER = Kept("ledger_line", LINE_COLUMNS)

STATION = (
    Kept("visit", ("id", "parcel", "subject", "operator", "state", "code", "digest", "opened_at", "ended_at")),
    LEDGER,
)

COURIER = (
    Kept("tombstone", ("parcel", "signed")),
    Kept("parcel", ("id", "kind", "state", "digest", "size", "amends", "trouble"), where=f"id {_BURIED}"),
    Kept("milestone", ("parcel", "state", "at"), where=f"parcel {_BURIED}"),
    Kept("receipt", ("parcel", "stage", "signed", "stored_at"), where=f"parcel {_BURIED}"),
    Kept("event", ("id", "signed", "made_at", "receipted_at")),
    Kept("told_head", ("event", "ledger", "number", "receipt")),
    Kept("command", ("id", "counter", "verb", "outcome", "event", "at")),
    Kept("hold", ("number", "parcel", "reason", "until", "set_by", "set_at", "lifted_by", "lifted_at")),
    LEDGER,
)

_COUNTED = ("retention_clock", "retention_mark")

LEFT_OUT = {
    "station": frozenset({"journal", "visit.subject_sealed", "visit.timeline", *_COUNTED}),
    "courier": frozenset({"reservation", "dwell", "restriction", *_COUNTED}),
}
"""Tables and columns that stay: steps and contents of visits, and what is about parcels under way only. The time that
a unit has counted for its retention is that of its own boots: another counts anew, so that nothing goes too early."""

REVISIONS = {"station": station_tables.REVISION, "courier": courier_tables.REVISION}

_UNDER_WAY = "SELECT id, state, digest, NULL FROM parcel WHERE id NOT IN (SELECT parcel FROM tombstone) ORDER BY id"

LEFT_COLUMNS = ("parcel", "state", "digest", "stage")


def tables_of(connection: sqlite3.Connection, process: str) -> Iterator[tuple[str, bytes]]:
    """The files of a process's tables, as they are in one moment; `connection` may not have begun a read yet."""
    connection.execute("BEGIN")
    for kept in STATION if process == "station" else COURIER:
        yield f"{process}/{kept.table}.jsonl", to_lines(kept.columns, connection.execute(kept.select))
    if process == "courier":
        yield LEFT, to_lines(LEFT_COLUMNS, connection.execute(_UNDER_WAY))


def revision_of(connection: sqlite3.Connection) -> str:
    """The database's revision."""
    return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def settings_of(paths: Paths) -> Iterator[tuple[str, bytes]]:
    """The files of what was configured here, and what the station has measured of its devices.

    What the claim wrote is the unit's own. :raises: DiskFailed.
    """
    for name in names_in(paths.configuration):
        if name.endswith((".toml", ".json")) and name != CLAIM_LAYER:
            yield f"etc/{name}", read_file(paths.configuration / name, bytes_max=SETTINGS_BYTES_MAX)
    if is_there(paths.revoked_receipt_keys):
        revoked = read_file(paths.revoked_receipt_keys, bytes_max=SETTINGS_BYTES_MAX)
        yield f"trust/{paths.revoked_receipt_keys.name}", revoked
    if is_there(paths.clock_history):
        yield f"station/{paths.clock_history.name}", read_file(paths.clock_history, bytes_max=CLOCKS_BYTES_MAX)
