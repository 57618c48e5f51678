"""Moves the fleet's configuration on, step by step, and has the courier begin anew when another one is in force."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from agent.clock import Clock
from agent.courier.courier import Courier
from agent.fleet.configuration import ConfigurationDesk, Verdict
from agent.wire.configuration import Configuration

STEP_S: Final = 2.0
"""So often it is looked whether there is a step to make; a link that is back, or a word that is said, is seen then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """What follows a change."""

    told: Callable[[], None]
    """There is something new to tell headquarters."""
    begin_anew: Callable[[], None]
    """The process begins anew, with what its configuration says then."""


class Change:
    """Runs beside the courier's work."""

    def __init__(self, courier: Courier, desk: ConfigurationDesk, *, ends: Ends, clock: Clock) -> None:
        self._courier = courier
        self._desk = desk
        self._ends = ends
        self._clock = clock
        self._begun_ns = clock.monotonic_ns()
        self._wake = asyncio.Event()

    @property
    def trying(self) -> bool:
        """Whether it is not known yet whether what is in force stays."""
        return self._desk.trying

    async def staged(self) -> Configuration | None:
        """What waits for the station process's word."""
        return await self._courier.read_desk(self._desk.staged)

    async def hear(self, verdict: Verdict) -> None:
        """The station process has judged what is staged."""
        await self._courier.read_desk(lambda: self._desk.hear_verdict(verdict))
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._wake.clear()
            before = self._desk.record
            step = partial(self._desk.step, link_up=self._courier.link_up, tried_s=self._s())
            if await self._courier.read_desk(step):
                self._ends.begin_anew()
                # no step more, however long the end takes
                await asyncio.Event().wait()
            if before != self._desk.record:
                self._ends.told()
            try:
                async with asyncio.timeout(STEP_S):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def _s(self) -> float:
        return (self._clock.monotonic_ns() - self._begun_ns) / 1e9
