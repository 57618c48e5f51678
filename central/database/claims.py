"""What one worker of several has in hand: nobody else takes it, and when the worker dies it is free at once.

A claim is a lock of the worker's own connection to the server, which gives it back when that connection ends, however
it ends. In SQLite's file there is one bridge, and everything is its own.
Source: postgresql.org/docs/15: explicit-locking.
"""

from sqlalchemy import Connection, Engine, text

_TRY = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
_UNLOCK = text("SELECT pg_advisory_unlock(hashtextextended(:name, 0))")
_HERE = "a worker is here"
_SHARE = text(f"SELECT pg_advisory_lock_shared(hashtextextended('{_HERE}', 0))")
_UNSHARE = text(f"SELECT pg_advisory_unlock_shared(hashtextextended('{_HERE}', 0))")


class Claims:
    """One worker's; used from one thread. A connection that breaks loses all of them, and the next call says so."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._alone = engine.dialect.name == "sqlite"
        self._connection: Connection | None = None
        self._here = False
        self._held: set[str] = set()

    def take(self, name: str) -> bool:
        """Whether it is this worker's from now on, or was before. :raises: OperationalError."""
        if not self._alone and name not in self._held:
            if not self._open().execute(_TRY, {"name": name}).scalar_one():
                return False
            self._held.add(name)
        return True

    def give_back(self, name: str) -> None:
        """Let somebody else take it. :raises: OperationalError."""
        if name in self._held:
            self._held.discard(name)
            self._open().execute(_UNLOCK, {"name": name})

    def alone(self) -> bool:
        """Whether no other worker is there; whoever has asked is there from then on. :raises: OperationalError."""
        if self._alone:
            return True
        connection = self._open()
        if self._here:
            connection.execute(_UNSHARE)
        alone = bool(connection.execute(_TRY, {"name": _HERE}).scalar_one())
        if alone:
            connection.execute(_UNLOCK, {"name": _HERE})
        connection.execute(_SHARE)
        self._here = True
        return alone

    def close(self) -> None:
        """Give everything back."""
        if self._connection is not None:
            # not into the pool, where it would go on: what it holds ends with it
            self._connection.invalidate()
            self._connection.close()

    def _open(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        return self._connection
