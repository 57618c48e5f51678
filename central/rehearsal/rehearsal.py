"""A rehearsal from its first enrolment to its report: starts troupes, hears them, ends them, has the audit done."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from central.errors import CentralError, RehearsalRefused
from central.paths import Paths
from central.pki.registry import Registry
from central.rehearsal.audit import audit
from central.rehearsal.plan import PREFIX, Cast, Plan, casts
from central.rehearsal.report import Report
from central.rehearsal.tally import News, Score
from central.settings import load_settings

END_LIMIT_S = 120.0
"""Thousands of connections may take so long to end in good order."""

_NEWS_BYTES_MAX = 16 << 20


class Phase(StrEnum):
    """How far a rehearsal is."""

    ENROLLING = "enrolling"
    CONNECTING = "connecting"
    RUNNING = "running"
    SETTLING = "settling"


@dataclass(slots=True)
class Progress:
    """What whoever watches may know."""

    plan: Plan
    """What is rehearsed."""
    score: Score
    """What was counted."""
    phase: Phase = Phase.ENROLLING
    """How far it is."""
    elapsed_s: float = 0.0
    """Seconds since all were online."""


Watch = Callable[[Progress], object]


def check(paths: Paths, tenant: str) -> None:
    """A simulated fleet is let in only where nobody's real one is. :raises: RehearsalRefused, SetUpError."""
    if tenant not in load_settings(paths.settings).tenants:
        raise RehearsalRefused("This tenant is none of headquarters'.")
    if any(place == tenant and not name.startswith(PREFIX) for place, name in Registry(paths.stations).places()):
        raise RehearsalRefused("This tenant has real stations: a rehearsal needs a tenant of its own.")
    if not paths.migris_database.exists():
        raise RehearsalRefused("MIGRIS is not simulated here: what a rehearsal sends would reach the real one.")


class Troupes:
    """The running troupes; their news arrive in the score."""

    def __init__(self) -> None:
        self.score = Score()
        self._processes: list[Process] = []
        self._listening: list[asyncio.Future[Any]] = []
        self._news = asyncio.Event()
        self._ended = False

    async def start(self, paths: Paths, cast: Cast) -> None:
        """Start one more: it enrols its stations, and they connect."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "central.rehearsal.troupe", str(paths.root)),
            stdin=PIPE,
            stdout=PIPE,
            limit=_NEWS_BYTES_MAX,
            # one thread each is enough for arithmetic, and a machine has few
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        self._processes.append(process)
        assert process.stdin is not None
        process.stdin.write(cast.canonical() + b"\n")
        self.score.expect()
        self._listening.append(asyncio.gather(self._listen(len(self._listening), process)))

    @property
    def pids(self) -> list[int]:
        """Their process numbers."""
        return [process.pid for process in self._processes]

    def say(self, word: str) -> None:
        """Tell every troupe."""
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.write(f"{word}\n".encode())

    async def until(self, holds: Callable[[], bool], *, within_s: float, watch: Callable[[], object]) -> bool:
        """Wait for news until it holds, or for so long. :raises: CentralError when a troupe ended."""
        end_s = _now_s() + within_s
        while not holds():
            left_s = end_s - _now_s()
            if left_s <= 0:
                return False
            await self._next_news(within_s=left_s)
            watch()
        return True

    async def end(self) -> None:
        """End them in good order; who does not end is ended."""
        for process in self._processes:
            if process.stdin is not None:
                process.stdin.close()
        try:
            async with asyncio.timeout(END_LIMIT_S):
                await asyncio.gather(*(process.wait() for process in self._processes), return_exceptions=True)
        except TimeoutError:
            for process in self._processes:
                if process.returncode is None:
                    process.kill()
        for listening in self._listening:
            listening.cancel()

    async def _next_news(self, *, within_s: float) -> None:
        self._news.clear()
        try:
            async with asyncio.timeout(within_s):
                await self._news.wait()
        except TimeoutError:
            return
        if self._ended:
            raise CentralError("A troupe of simulated stations ended; its own log says why.")

    async def _listen(self, number: int, process: Process) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            self.score.add(number, News.model_validate_json(line, strict=True))
            self._news.set()
        self._ended = True
        self._news.set()


@asynccontextmanager
async def troupes(paths: Paths, plan: Plan) -> AsyncIterator[Troupes]:
    """The plan's processes, enrolling and connecting; they have ended when this is left."""
    running = Troupes()
    try:
        for cast in casts(plan):
            await running.start(paths, cast)
        yield running
    finally:
        await running.end()


async def rehearse(paths: Paths, plan: Plan, *, watch: Watch) -> Report:
    """All of it. :param watch: called with every news. :raises: RehearsalRefused, CentralError."""
    check(paths, plan.tenant)
    async with troupes(paths, plan) as running:
        progress = Progress(plan=plan, score=running.score)
        began_s = _now_s()

        def seen() -> None:
            progress.elapsed_s = _now_s() - began_s
            watch(progress)

        await _come_online(running, progress, watch=lambda: watch(progress))
        began_s, progress.phase = _now_s(), Phase.RUNNING
        running.say("begin")
        await running.until(lambda: False, within_s=plan.duration_s, watch=seen)
        running.say("enough")
        progress.phase = Phase.SETTLING
        quiet_from_s = _now_s() + 2
        settled = lambda: running.score.open == 0 and _now_s() > quiet_from_s  # noqa: E731
        await running.until(settled, within_s=plan.settle_s, watch=seen)
        settling_s = _now_s() - began_s - plan.duration_s
        score = running.score
    verdict = await asyncio.to_thread(audit, paths, plan.tenant, sealed=score.sealed, settled=score.settled)
    return Report.of(plan, score, verdict=verdict, settling_s=settling_s)


async def _come_online(running: Troupes, progress: Progress, *, watch: Callable[[], object]) -> None:
    stations = progress.plan.stations
    await running.until(lambda: progress.score.ready, within_s=60 + stations, watch=watch)
    progress.phase = Phase.CONNECTING
    if not await running.until(lambda: progress.score.online == stations, within_s=60 + stations / 5, watch=watch):
        raise CentralError("Not every simulated station came online: does the broker run?")


def _now_s() -> float:
    return asyncio.get_running_loop().time()
