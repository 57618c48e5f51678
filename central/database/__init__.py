"""Headquarters' database: SQLite in its folder, or a PostgreSQL server for a fleet. Everybody else asks here.

*Place*: which of them, and where. *Server*: the second kind, with the files that its secrets lie in. *Sessions*: what
they read and write through; one writes at a time, whoever it is. *Claims*: what one worker of several has in hand.
*Forgetting*: what deleted bytes leave behind, which
is nothing on one of them and something on the other. Migrations are the same for both.
"""

from central.database.claims import Claims
from central.database.forgetting import close_forgetting, forget, is_overwritten
from central.database.place import Place, open_database, place_of
from central.database.schema import check_schema, migrate
from central.database.server import Server
from central.database.writing import Sessions, begin_writing

__all__ = [
    "Claims",
    "Place",
    "Server",
    "Sessions",
    "begin_writing",
    "check_schema",
    "close_forgetting",
    "forget",
    "is_overwritten",
    "migrate",
    "open_database",
    "place_of",
]
