"""The guard: takes what anybody in the process has noticed, writes each cause once, and has central told of it."""

import asyncio
import logging
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from ulid import ULID

from agent.clock import Clock
from agent.errors import PeerSilent, Refused
from agent.guard.cause import NOTICED, OVER, TOLD, Cause, Memory, Noticed
from agent.guard.walk import walk
from agent.logs import Outage
from agent.wire import Breach, Trigger, sign_document
from agent.wire.breach import broken_ledger
from vault.chain import EMPTY, Head
from vault.envelope import Signer
from vault.errors import ChainBroken, SchemaUnready
from vault.ledger import Detail

_log = logging.getLogger(__name__)

WALK_EVERY_S: Final = 86_400.0
"""From one verification of the whole ledger to the next."""

AGAIN_S: Final = 30.0
"""When the courier did not take an event."""


class Notebook(Protocol):
    """The process's own memory, and its way to central."""

    @property
    def ledger(self) -> str:
        """What heads call the ledger: `station` or `courier`."""
        ...

    @property
    def path(self) -> Path:
        """The database that the ledger is in."""
        ...

    async def write(self, kind: str, *, at: datetime, detail: Detail) -> None:
        """A ledger line."""
        ...

    async def tell(self, event: str, signed: bytes) -> None:
        """Have it sent until central has receipted it; again changes nothing. :raises: PeerSilent, Refused."""
        ...

    async def witnessed(self) -> Head:
        """The furthest line that central has receipted and that nobody else compares; the empty head is none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Who speaks."""

    tenant: str
    """Whose station it is."""
    station: str
    """The station."""
    key: Signer
    """The process's own key, which central knows."""


class _Reported(NamedTuple):
    cause: Cause
    answer: asyncio.Future[bool] | None


class _Over(NamedTuple):
    trigger: Trigger
    what: str


class Guard:
    """One a process. Nobody waits for it but who asks whether something is news."""

    def __init__(self, notebook: Notebook, *, voice: Voice, clock: Clock) -> None:
        self._notebook = notebook
        self._voice = voice
        self._clock = clock
        self._memory = Memory()
        self._known: Head = EMPTY
        self._remembers = False
        self._came: asyncio.Queue[_Reported | _Over] = asyncio.Queue()

    def suspect(self, cause: Cause) -> None:
        """Something was noticed."""
        self._came.put_nowait(_Reported(cause, None))

    def over(self, trigger: Trigger, what: str) -> None:
        """What lasted is over."""
        self._came.put_nowait(_Over(trigger, what))

    async def report(self, cause: Cause) -> bool:
        """Something was noticed; whether it was news, once that is written."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._came.put_nowait(_Reported(cause, answer))
        return await answer

    async def run(self) -> None:
        """Verify the ledger, remember by it, and then take what comes, for ever."""
        loop, telling = asyncio.get_running_loop(), Outage(_log, name="telling central of what was noticed")
        reading = Outage(_log, name="verifying the ledger")
        walk_s = loop.time()
        while True:
            if loop.time() >= walk_s:
                walked = await self._verify(reading)
                walk_s = loop.time() + (WALK_EVERY_S if walked else AGAIN_S)
            if not self._remembers:
                # without a memory everything would be news
                await asyncio.sleep(AGAIN_S)
                continue
            all_told = await self._tell(telling)
            came = await self._next(within_s=min(walk_s - loop.time(), WALK_EVERY_S if all_told else AGAIN_S))
            if came is not None:
                await self._take(came)

    async def _verify(self, reading: Outage) -> bool:
        memory, broken = Memory(), None
        anchor = self._known if self._known.number else await self._notebook.witnessed()
        try:
            self._known = await walk(self._notebook.path, hear=memory.read, anchor=anchor)
        except ChainBroken as error:
            broken = error.number
        except (SchemaUnready, sqlite3.Error) as error:
            reading.begin(type(error).__name__)
            return False
        reading.end()
        if not self._remembers:
            self._memory, self._remembers = memory, True
        if broken is not None:
            _log.error("the ledger does not hold from line %s on", broken)
            await self._notice(ledger_broken(self._notebook.ledger, at=self._clock.now()))
        return True

    async def _take(self, came: _Reported | _Over) -> None:
        if isinstance(came, _Reported):
            news = await self._notice(came.cause)
            if came.answer is not None and not came.answer.done():
                came.answer.set_result(news)
            return
        event = self._memory.lasts(came.trigger, came.what)
        if event is not None:
            await self._notebook.write(OVER, at=self._clock.now(), detail={"event": event})
            self._memory.over(event)

    async def _notice(self, cause: Cause) -> bool:
        now = self._clock.now()
        if not self._memory.is_news(cause, at=now):
            return False
        noticed = Noticed(
            event=str(ULID.from_datetime(now)).lower(),
            trigger=cause.trigger,
            what=cause.what,
            records=cause.records,
            since=min(cause.since, now),
            time=now,
        )
        await self._notebook.write(NOTICED, at=noticed.time, detail=noticed.detail())
        self._memory.noticed(noticed)
        _log.error("a person at headquarters must look: %s, %s", cause.trigger.value, cause.what)
        return True

    async def _tell(self, telling: Outage) -> bool:
        """Hand over what was not; False when the courier did not take it."""
        for noticed in self._memory.untold:
            breach = Breach(
                tenant=self._voice.tenant,
                station=self._voice.station,
                trigger=noticed.trigger,
                what=noticed.what,
                records=noticed.records,
                since=noticed.since,
                time=noticed.time,
            )
            try:
                await self._notebook.tell(noticed.event, sign_document(breach, self._voice.key))
            except (PeerSilent, Refused) as error:
                telling.begin(error.sentence)
                return False
            await self._notebook.write(TOLD, at=self._clock.now(), detail={"event": noticed.event})
            self._memory.told(noticed.event)
        telling.end()
        return True

    async def _next(self, *, within_s: float) -> _Reported | _Over | None:
        try:
            async with asyncio.timeout(max(0.0, within_s)):
                return await self._came.get()
        except TimeoutError:
            return None


def ledger_broken(ledger: str, *, at: datetime) -> Cause:
    """A ledger does not hold: said once, because what was rewritten stays so."""
    return Cause(trigger=Trigger.LEDGER_BROKEN, what=broken_ledger(ledger), since=at, again_after=None)
