"""The bridge: joins link, ingest, delivery and opener. Databases are touched from one thread only.

Messages are taken in batches of what has arrived; a batch is committed, then its replies are sent, then the broker is
told that the messages need not come again.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from agent.link import Heard, Link, LinkDown, Patience
from agent.supervise import Supervisor
from agent.wire import CentralPresence, CentralTopics, read_topic
from central.bridge.delivery import Consignment, Delivery
from central.bridge.frames import Ask, Deliver
from central.bridge.ingest import Ingest
from central.bridge.message import Arrived, Reply
from central.bridge.opening import Opening
from central.errors import StationUnknown
from central.pki.registry import Registry

_log = logging.getLogger(__name__)

_Result = TypeVar("_Result")

BATCH_MAX = 256
"""Messages in one transaction at the most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """What the bridge joins."""

    link: Link
    """The connection to the broker."""
    ingest: Ingest
    """Messages to rows."""
    delivery: Delivery
    """Outbox to decisions."""
    opening: Opening
    """The opener process."""
    registry: Registry
    """The stations' public keys."""


class Bridge:
    """The process's one moving part."""

    def __init__(
        self, rooms: Rooms, *, tenants: tuple[str, ...], presence: CentralPresence, patience: Patience
    ) -> None:
        """:param patience: pauses while MIGRIS does not answer."""
        self._rooms = rooms
        self._tenants = tenants
        self._presence = presence
        self._patience = patience
        self._heard: asyncio.Queue[Heard] = asyncio.Queue()
        self._replies: asyncio.Queue[Reply] = asyncio.Queue()
        self._stored = asyncio.Event()
        self._database = ThreadPoolExecutor(1, "database")

    async def start(self, supervisor: Supervisor) -> None:
        """Finish what an earlier life began, then begin everything that must live."""
        self._supervisor = supervisor
        rooms = self._rooms
        await rooms.opening.start()
        supervisor.at_shutdown("opener", rooms.opening.close)
        await self._in_database(rooms.delivery.finish_wipes)
        supervisor.must_live("opener", rooms.opening.listen())
        supervisor.must_live("link", rooms.link.run(self._heard.put_nowait, will=self._will))
        supervisor.must_live("ingest", self._take())
        supervisor.must_live("reply", self._reply())
        supervisor.must_live("deliver", self._deliver())

    def _will(self, _connection: int) -> tuple[str, bytes]:
        gone = CentralPresence(online=False, since=self._presence.since)
        # a will has one topic; further tenants' stations find out by their own patience
        return CentralTopics.state(self._tenants[0]), gone.canonical()

    async def _in_database(self, work: Callable[[], _Result]) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self._database, work)

    async def _take(self) -> None:
        while True:
            batch = [await self._heard.get()]
            while len(batch) < BATCH_MAX and not self._heard.empty():
                batch.append(self._heard.get_nowait())
            if any(heard.what == "up" for heard in batch):
                await self._say_we_are_here()
            messages = [heard for heard in batch if heard.what == "message"]
            await self._take_messages(messages)
            for heard in messages:
                self._rooms.link.acknowledge(heard)

    async def _take_messages(self, messages: list[Heard]) -> None:
        arrived = [Arrived(where, heard.payload) for heard in messages if (where := read_topic(heard.topic))]
        for message in arrived:
            if message.where.subject == "ask":
                self._supervisor.passing("answer", self._answer(message))
        durable = [message for message in arrived if message.where.subject in {"parcel", "event"}]
        if not durable:
            return
        for reply in await self._in_database(lambda: self._rooms.ingest.take(durable)):
            self._replies.put_nowait(reply)
        self._stored.set()

    async def _answer(self, message: Arrived) -> None:
        where = message.where
        try:
            seal_public = self._rooms.registry.seal_pem(where.tenant, where.station)
        except StationUnknown as error:
            _log.warning("a question was refused: %s", error.sentence)
            return
        request = Ask(
            number=self._rooms.opening.next_number(),
            tenant=where.tenant,
            station=where.station,
            question=where.id,
            seal_public=seal_public,
            content=message.payload,
        )
        answered = await self._rooms.opening.answer(request)
        if answered.content is not None:
            topic = CentralTopics(where.tenant, where.station).answer(where.id)
            self._replies.put_nowait(Reply(topic, answered.content))

    async def _deliver(self) -> None:
        while True:
            self._stored.clear()
            silent = False
            for tenant, parcel in await self._in_database(self._rooms.delivery.waiting):
                consignment = await self._in_database(partial(self._rooms.delivery.consignment, tenant, parcel))
                if consignment is not None:
                    silent |= await self._deliver_one(consignment)
            await self._until_more(silent=silent)

    async def _deliver_one(self, consignment: Consignment) -> bool:
        """True when MIGRIS did not answer."""
        subject = consignment.subject
        request = Deliver(
            number=self._rooms.opening.next_number(),
            tenant=subject.tenant,
            station=subject.station,
            parcel=subject.id,
            kind=subject.kind,
            seal_public=self._rooms.registry.seal_pem(subject.tenant, subject.station),
            content=consignment.content,
        )
        delivered = await self._rooms.opening.deliver(request)
        for reply in await self._in_database(lambda: self._rooms.delivery.decided(subject, delivered)):
            self._replies.put_nowait(reply)
        return delivered.result == "silent"

    async def _until_more(self, *, silent: bool) -> None:
        if not silent:
            self._patience.progressed()
        try:
            async with asyncio.timeout(self._patience.next_s() if silent else None):
                await self._stored.wait()
        except TimeoutError:
            return

    async def _say_we_are_here(self) -> None:
        for tenant in self._tenants:
            await self._hand_over(Reply(CentralTopics.state(tenant), self._presence.canonical()), retain=True)

    async def _reply(self) -> None:
        while True:
            await self._hand_over(await self._replies.get())

    async def _hand_over(self, reply: Reply, *, retain: bool = False) -> None:
        try:
            await self._rooms.link.publish(reply.topic, reply.payload, retain=retain)
        except LinkDown:
            _log.debug("the link went down while a reply was on its way; the station will ask again")
