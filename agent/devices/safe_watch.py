"""Watches the safe's contacts for as long as the station runs: what stirs while nobody should be there is suspected.

Only changes count, and what is found when the watch begins: a contact that was opened in the presence of people and
stays open is no alarm later. A watch that is lost is an outage in the log, and begins again.
"""

import asyncio
import logging
from datetime import timedelta
from typing import Final

from agent.clock import Clock
from agent.config.guard import GuardSection
from agent.guard.cause import Cause, named
from agent.guard.guard import Guard
from agent.guard.presence import Presence
from agent.logs import Outage
from agent.wire import Trigger
from drivers.contract import Fault
from drivers.contract.watch import Sighting, StateSeen, Watch

_log = logging.getLogger(__name__)

OPEN_AGAIN_S: Final = 30.0
"""When the contacts could not be watched."""

STIR_AGAIN: Final = timedelta(hours=1)
"""The same contact is news again after so long, once it was at rest."""


class SafeWatch:
    """Holds the safe's contacts."""

    def __init__(self, watch: Watch, section: GuardSection, *, presence: Presence, guard: Guard, clock: Clock) -> None:
        self._watch = watch
        self._section = section
        self._presence = presence
        self._guard = guard
        self._clock = clock

    async def follow(self) -> None:
        """Watch until cancelled."""
        outage = Outage(_log, name="the safe's contacts")
        while True:
            try:
                await self._watch_once(outage)
            except Fault as fault:
                outage.begin(fault.sentence)
            await asyncio.sleep(OPEN_AGAIN_S)

    async def _watch_once(self, outage: Outage) -> None:
        """For as long as the contacts can be read. :raises: Fault."""
        async with self._watch.opened():
            outage.end()
            while True:
                self._see(await self._watch.notice())

    def _see(self, sighting: Sighting) -> None:
        if not isinstance(sighting, StateSeen):
            return
        what = named(f"{sighting.role.value} {sighting.contact}")
        if sighting.state is sighting.role.rest:
            self._guard.over(Trigger.TAMPER_UNATTENDED, what)
            return
        # an edge has the monotonic clock's time
        ago = timedelta(microseconds=(self._clock.monotonic_ns() - sighting.at_ns) / 1000)
        since = self._clock.now() - ago
        closed = sighting.role in self._section.closed and self._presence.closed(since)
        alone = sighting.role in self._section.unattended and not self._presence.attended(sighting.at_ns)
        if closed or alone:
            self._guard.suspect(
                Cause(trigger=Trigger.TAMPER_UNATTENDED, what=what, since=since, again_after=STIR_AGAIN, lasting=True)
            )
