"""The look that a process takes by itself: again while there is more, and again when it could not be done."""

import asyncio
import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest

from agent.errors import PeerSilent
from agent.retention.keeper import Outcome
from agent.retention.rounds import keep
from tests.agent.courier.premises import BEGIN
from vault.retention import Item, Rule, Verdict
from vault.sweep import GOES_MAX, Swept

SOON_S = 90.0
RULE = Rule(kind="visit", keep=timedelta(days=1))
GONE = Swept(rule=RULE, item=Item(id="x", since=BEGIN), verdict=Verdict.GOES)


def outcome(gone: int) -> Outcome:
    return Outcome(database="station", dry=False, stopped=None, rules=(RULE,), swept=(GONE,) * gone, log_cut=True)


class Told:
    """A keeper that says what it is told to say, and then nothing any more."""

    def __init__(self, *said: Outcome | Exception) -> None:
        self._said: Iterator[Outcome | Exception] = iter(said)
        self.runs: list[bool] = []
        self.done = asyncio.Event()

    async def run(self, dry: bool) -> Outcome:
        said = next(self._said)
        self.runs.append(dry)
        if isinstance(said, Exception):
            self.done.set()
            raise said
        if not said.more:
            self.done.set()
        return said


async def _kept(told: Told) -> None:
    looking = asyncio.get_running_loop().create_task(keep(told.run, first_after_s=0.0))
    async with asyncio.timeout(SOON_S):
        await told.done.wait()
    assert not looking.done()
    looking.cancel()
    await asyncio.wait({looking})


async def test_it_runs_again_while_there_is_more() -> None:
    told = Told(outcome(GOES_MAX), outcome(GOES_MAX), outcome(3))
    await _kept(told)
    assert told.runs == [False, False, False]


async def test_what_cannot_be_done_is_said_and_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "agent.retention.rounds")
    await _kept(Told(PeerSilent("The courier does not answer.")))
    assert [record.getMessage() for record in caplog.records] == ["retention is out: The courier does not answer."]
