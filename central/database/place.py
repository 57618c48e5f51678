"""Which database headquarters has: a file of its folder, or what `central.toml` names instead."""

from pathlib import Path

from sqlalchemy import Engine

from central.database.server import Server, open_server
from central.errors import SetUpError
from central.paths import DATABASE_AUTHORITY, DATABASE_CLIENT, Paths
from central.settings import Settings
from vault import database

Place = Path | Server
"""SQLite's file, or a server."""

WAIT_S = 5
"""So long a command waits for what somebody else has locked, as SQLite does for us."""


def place_of(paths: Paths, settings: Settings) -> Place:
    """Where the ledger is. :raises: SetUpError when there are two: one of them would be forgotten, with its parcels."""
    if settings.database is None:
        return paths.bridge_database
    if paths.bridge_database.exists():
        raise SetUpError(
            "This folder has a ledger in bridge/bridge.db, and it does not move to a server: "
            "take that file away if nothing was ever stored in it."
        )
    return Server(
        url=settings.database,
        password=paths.database_password,
        authority=paths.certificate(DATABASE_AUTHORITY),
        certificate=paths.certificate(DATABASE_CLIENT),
        key=paths.key(DATABASE_CLIENT),
    )


def open_database(place: Place, *, wait_s: int = WAIT_S) -> Engine:
    """An engine on either; a file is made when absent.

    :param wait_s: at a server, so long a statement waits for what somebody else has locked.
    :raises: SetUpError as `open_server`.
    """
    return open_server(place, wait_s=wait_s) if isinstance(place, Server) else database.open_database(place)
