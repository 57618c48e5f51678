"""Walks a ledger from its first line to its newest, some thousand lines at a time, beside whoever writes it."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Final

from vault.chain import EMPTY, Head, follow
from vault.database import open_to_read
from vault.errors import ChainBroken
from vault.ledger import PAGE_LINES, Line, digest_at, lines_of

STEP_LINES: Final = 4 * PAGE_LINES
"""So many lines are walked before everybody else has a turn."""


async def walk(path: Path, *, hear: Callable[[bytes], None], anchor: Head = EMPTY) -> Head:
    """Verify every line, and that the ledger still says of one of them what it said before. Returns the newest line.

    :param hear: given the body of every line, of those behind a broken one too.
    :param anchor: a line that is known from before.
    :raises: ChainBroken, when all were heard; SchemaUnready, sqlite3.Error when the database cannot be read.
    """
    walking = _Walking(path, hear)
    while await asyncio.to_thread(walking.step):
        pass
    if walking.broken is not None:
        raise walking.broken
    if anchor.number and not await asyncio.to_thread(walking.holds, anchor):
        raise ChainBroken(anchor.number)
    return walking.head


class _Walking:
    def __init__(self, path: Path, hear: Callable[[bytes], None]) -> None:
        self._path = path
        self._hear = hear
        self._read_to = 0
        self._read = 0
        self.head = EMPTY
        self.broken: ChainBroken | None = None

    def step(self) -> bool:
        """The next lines; False when these were the last."""
        self._read = 0
        with closing(open_to_read(self._path)) as connection:
            lines = islice(lines_of(connection, after=self._read_to), STEP_LINES)
            if self.broken is None:
                try:
                    self.head = follow(self._heard(lines), start=self.head)
                except ChainBroken as error:
                    self.broken = error
            # behind a broken line nothing is verified any more, and everything is heard
            for _ in self._heard(lines):
                continue
        return self._read == STEP_LINES

    def holds(self, anchor: Head) -> bool:
        """Whether the line is there as it was."""
        with closing(open_to_read(self._path)) as connection:
            return digest_at(connection, anchor.number) == anchor.digest

    def _heard(self, lines: Iterable[Line]) -> Iterator[Line]:
        for line in lines:
            self._read_to, self._read = line[0], self._read + 1
            self._hear(line[1])
            yield line
