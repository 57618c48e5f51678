"""Central's side of an upload: the real ingest and its database behind a real link, for stations of these premises."""

import asyncio
from pathlib import Path
from typing import Self

from agent.clock import SystemClock
from agent.link import Heard, LinkDown
from agent.wire import CentralPresence, CentralTopics, read_topic
from central.bridge.message import Arrived
from central.bridge.tables import ParcelRow
from central.pki.set_up import enrol, receipt_key
from tests.agent.broker import Broker, Listening
from tests.agent.courier.premises import BEGIN, LINK_KEY, STATION, TENANT, Premises, claim
from tests.central.bridge.counter import opened
from tests.central.headquarters import founded, request
from vault.envelope import SigningKey


class Counterpart:
    """Takes in what arrives and answers with needs and receipts; MIGRIS is not asked."""

    def __init__(self, folder: Path, broker: Broker) -> None:
        self.paths, now = founded(folder / "central", tenants=(TENANT,)), SystemClock().now()
        enrol(self.paths, request(LINK_KEY, SigningKey.generate(), name=STATION, tenant=TENANT), now=now)
        self.topics: list[str] = []
        """Everything that was heard, in its order."""
        self.echoes = True
        self._counter = opened(self.paths)
        self._link = Listening(broker.address("central"), CentralTopics.subscription)
        self._taken = 0

    async def __aenter__(self) -> Self:
        await self._link.__aenter__()
        await self._link.up()
        online = CentralPresence(online=True, since=BEGIN).canonical()
        await self._link.link.publish(CentralTopics.state(TENANT), online, retain=True)
        self._working = asyncio.get_running_loop().create_task(self._work())
        return self

    async def __aexit__(self, *_exception: object) -> None:
        self._working.cancel()
        await asyncio.wait({self._working})
        await self._link.end()
        self._counter.engine.dispose()

    def premises(self, root: Path) -> Premises:
        """A station that believes this central's receipts."""
        claim(root, receipt_keys=receipt_key(self.paths, at=SystemClock().now()).public.pem())
        return Premises(root)

    async def heard(self, topic: str) -> None:
        """Return when something came to this topic."""
        await self._link.until(lambda: topic in self.topics)

    async def has(self, parcel: str) -> None:
        """Return when the whole parcel is in the ledger."""
        await self._link.until(lambda: self._stored(parcel))

    def _stored(self, parcel: str) -> bool:
        with self._counter.session() as session:
            return session.get(ParcelRow, (TENANT, parcel)) is not None

    async def _work(self) -> None:
        while True:
            await self._link.until(lambda: len(self._link.heard) > self._taken)
            heard = self._link.heard[self._taken]
            self._taken += 1
            await self._take(heard)

    async def _take(self, heard: Heard) -> None:
        where = read_topic(heard.topic) if heard.what == "message" else None
        if where is None:
            return
        self.topics.append(heard.topic)
        if where.subject == "echo" and self.echoes:
            await self._link.link.publish(CentralTopics(TENANT, STATION).echoed, heard.payload, qos=0)
        for reply in self._counter.take(Arrived(where, heard.payload)):
            try:
                await self._link.link.publish(reply.topic, reply.payload)
            except LinkDown:
                return
