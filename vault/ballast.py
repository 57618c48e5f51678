"""Space that is held back: a file of nothing, given up bit by bit when a disk became full all the same.

Only receipts and wipes empty a full disk, and they have to be written down before anything may go: without a reserve
of their own a full disk would stay full for ever. Half of what is left is given up at a time, so that whoever filled
the disk cannot swallow all of it at once.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy.exc import OperationalError

from vault.disk import allocate_durably, cut_durably, free_bytes, size_bytes

FULL_BYTES = 256 * 1024
"""With less than this free a database cannot be counted on: a log, its index and a few pages want to grow."""

_LAST_BYTES = 1024 * 1024
"""What is not worth halving."""

_Result = TypeVar("_Result")


class Ballast:
    """The file."""

    def __init__(self, path: Path, *, size_bytes: int) -> None:
        """:param path: on the file system that it is for."""
        self._path = path
        self._size_bytes = size_bytes

    def missing_bytes(self) -> int:
        """How much of it is given up now: free space that is for nobody else. :raises: DiskFailed."""
        return max(0, self._size_bytes - size_bytes(self._path))

    def relieve(self) -> bool:
        """Give up half of what is left if the disk is full; True when there is space now. :raises: DiskFailed."""
        return free_bytes(self._path.parent) < FULL_BYTES and self._give_up()

    def take_up(self) -> bool:
        """Hold all of it again, when there is room for twice as much; False when there is not. :raises: DiskFailed."""
        missing = self.missing_bytes()
        if not missing:
            return True
        if free_bytes(self._path.parent) < missing + self._size_bytes:
            return False
        allocate_durably(self._path, length_bytes=self._size_bytes)
        return True

    def sparing(self, work: Callable[[], _Result]) -> _Result:
        """Do work that is one database transaction after the other and may be done again after a cut.

        When the disk is full, ballast is given up and the work done again, until it is done or none is left.
        """
        while True:
            try:
                return work()
            except OperationalError as error:
                # a transaction may want more than is free, and then the database says so
                if not (self._give_up() if _says_full(error) else self.relieve()):
                    raise

    def _give_up(self) -> bool:
        held = size_bytes(self._path)
        if held:
            cut_durably(self._path, length_bytes=held // 2 if held > _LAST_BYTES else 0)
        return held > 0


def _says_full(error: OperationalError) -> bool:
    return isinstance(error.orig, sqlite3.Error) and getattr(error.orig, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL
