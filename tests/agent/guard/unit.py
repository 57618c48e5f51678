"""A station's real journal with a guard over it, and a courier that may be out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import Engine, text

from agent.errors import PeerSilent
from agent.guard.guard import Guard, Voice
from agent.visit.courier_client import CourierClient
from agent.visit.journal import Journal
from agent.visit.notebook import StationNotebook
from agent.visit.tables import VERSIONS
from agent.wire import Breach, read_signed
from tests.agent.courier.premises import STATION, TENANT, HandClock
from vault.database import migrate, open_database
from vault.envelope import Pinned, SigningKey

KEY = SigningKey.generate()
SOON_S = 60.0


class Outbox(CourierClient):
    """Takes events as the courier does: the same id again changes nothing."""

    def __init__(self) -> None:
        self.events: dict[str, bytes] = {}
        self.out = False
        self.asked = 0
        self.changed = asyncio.Event()

    async def tell_central(self, event: str, signed: bytes, *, head_number: int | None = None) -> None:
        self.asked += 1
        self.changed.set()
        if self.out:
            raise PeerSilent("The courier does not answer.")
        self.events.setdefault(event, signed)

    def told(self) -> list[tuple[str, str]]:
        """Each event's trigger and what it is about."""
        read = [read_signed(signed, Breach, pinned=Pinned([KEY.public])) for signed in self.events.values()]
        return [(one.trigger.value, one.what) for one in read]

    async def until(self, events: int) -> None:
        """So many events are there."""
        async with asyncio.timeout(SOON_S):
            while len(self.events) < events:
                self.changed.clear()
                await self.changed.wait()


class Unit:
    """One station through all its lives."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "station.db"
        migrate(self.path, VERSIONS)
        self.engine: Engine = open_database(self.path)
        self.journal = Journal(self.engine)
        self.courier = Outbox()
        self.clock = HandClock()

    @asynccontextmanager
    async def life(self) -> AsyncIterator[Guard]:
        """The guard, for as long as this life of the process lasts."""
        keeper = StationNotebook(self.journal, self.courier, path=self.path)
        guard = Guard(keeper, voice=Voice(tenant=TENANT, station=STATION, key=KEY), clock=self.clock)
        running = asyncio.get_running_loop().create_task(guard.run())
        try:
            yield guard
        finally:
            running.cancel()
            await asyncio.wait({running})

    def execute(self, statement: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(statement))

    def kinds(self) -> list[str]:
        with self.engine.connect() as connection:
            found = connection.execute(text("SELECT json_extract(body, '$.kind') FROM ledger_line ORDER BY number"))
            return [row[0] for row in found]
