"""A sweep of the station's records that is killed anywhere: each visit is there or gone, and the next sweep ends it."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.visit.registry import GATE, Registry

CUT = """
import os, signal, sys
from datetime import datetime, timedelta
from pathlib import Path
from sqlalchemy import Engine, event
from agent.retention.keeper import Database, Grounds, Keeper
from agent.visit.journal import Journal
from agent.visit.keeper import HeldNow
from agent.visit.keeping import kinds_of
from agent.visit.tables import MARKS
from tests.agent.visit.registry import PERIODS
from vault.database import open_database

at, monotonic_ns, left = datetime.fromisoformat(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])

class Clock:
    def now(self):
        return at

    def monotonic_ns(self):
        return monotonic_ns

def step(*_):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)

event.listen(Engine, "after_cursor_execute", step)
event.listen(Engine, "commit", step)
engine = open_database(Path(sys.argv[1]))
database = Database(name="station", engine=engine, marks=MARKS, transactions=Journal(engine).transaction)
keeper = Keeper(database, clock=Clock(), boot="boot", grace=timedelta(hours=PERIODS.grace_hours))
keeper.run(Grounds(kinds=kinds_of(PERIODS, ()), holds=HeldNow(frozenset()), central=at))
print(left)
"""
"""A sweep that is killed after its n-th statement, or before its n-th commit; the clocks are given."""

VISITS = 3


def swept(registry: Registry, *, cut: int) -> subprocess.CompletedProcess[str]:
    """A process of its own, at this moment of the registry's clocks."""
    clock = registry.clock
    given = (str(registry.unit.path), clock.now().isoformat(), str(clock.monotonic_ns()), str(cut))
    return subprocess.run([sys.executable, "-c", CUT, *given], capture_output=True, text=True, check=False)


def due(folder: Path) -> tuple[Registry, list[bytes]]:
    """Visits whose records go with the next sweep, and what was sealed of their numbers."""
    registry = Registry(folder)

    async def grow_old() -> list[bytes]:
        sealed = [registry.visit()[1] for _ in range(VISITS)]
        await registry.forward(1097)
        await registry.run()
        await registry.forward(1)
        return sealed

    return registry, asyncio.run(grow_old())


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many statements and commits a sweep of these is."""
    registry, _ = due(tmp_path_factory.mktemp("whole"))
    ended = swept(registry, cut=100_000)
    registry.close()
    assert ended.returncode == 0, ended.stderr
    return 100_000 - int(ended.stdout)


@pytest.fixture
def old(tmp_path: Path) -> Iterator[tuple[Registry, list[bytes]]]:
    registry, sealed = due(tmp_path)
    yield registry, sealed
    registry.close()


@pytest.mark.parametrize("fifth", range(1, 6))
def test_a_sweep_may_be_killed_anywhere(old: tuple[Registry, list[bytes]], steps: int, fifth: int) -> None:
    registry, sealed = old
    assert swept(registry, cut=steps * fifth // 5).returncode == -signal.SIGKILL
    gone = [line for line in registry.lines("retention-deleted") if line["class"] == "visit"]
    assert registry.count("visit") == registry.count("journal") == VISITS - len(gone)
    outcome = asyncio.run(registry.run())
    assert outcome.log_cut
    assert len(registry.lines("retention-deleted")) == 2 * VISITS
    assert [one in registry.disk() for one in (*sealed, GATE.encode())] == [False] * (VISITS + 1)
