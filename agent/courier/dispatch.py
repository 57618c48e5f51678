"""Publishes what the courier has for central: what is small and urgent at once, the rest as the line has room for it.

Nothing here is durable, and nothing is kept past the connection: what was lost is due again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from agent.courier.bucket import Bucket
from agent.courier.post import Outgoing, Rank
from agent.courier.tray import BULK, EXPRESS, Tray
from agent.courier.upload import Uploads
from agent.link import Link, LinkDown
from agent.supervise import Supervisor
from agent.wire import Need
from vault.labels import ParcelId

_log = logging.getLogger(__name__)

CHUNKS_READY = 4
"""With fewer chunks waiting than this the next parcel is read from the disk: the line is never idle for it."""

Fetch = Callable[[ParcelId, Need], Awaitable[list[Outgoing]]]
"""Has the desk make the chunks that central lacks."""


class Dispatch:
    """Joins tray, uploads and link."""

    def __init__(self, link: Link, *, bucket: Bucket) -> None:
        """:param bucket: what can wait keeps within it."""
        self.link = link
        self._bucket = bucket
        self._tray = Tray()
        self._uploads = Uploads()
        self._more = asyncio.Event()
        self._breaks = 0
        self._over: Callable[[ParcelId], None] = lambda _parcel: None

    def start(self, supervisor: Supervisor, *, fetch: Fetch, over: Callable[[ParcelId], None]) -> None:
        """Begin everything that must live.

        :param over: told of every parcel whose chunks are on their way no more, whether the broker took them or not.
        """
        self._over = over
        self.link.settled = self._settled
        supervisor.must_live("publish", self._publish_express())
        supervisor.must_live("publish bulk", self._publish_bulk())
        supervisor.must_live("feed", self._feed(fetch))

    def put(self, message: Outgoing) -> None:
        """To be published in its turn."""
        self._tray.put(message)

    async def now(self, message: Outgoing, *, retain: bool = False) -> None:
        """Publish it before anything that waits."""
        await self._hand_over(message, retain=retain)

    def want(self, parcel: ParcelId, need: Need) -> bool:
        """Central lacks chunks; False when some of the parcel's are on their way already."""
        wanted = self._uploads.want(parcel, need, now_s=_now_s())
        self._more.set()
        return wanted

    def drop(self, parcel: ParcelId) -> None:
        """Central has the whole parcel: what still waits of it need not go."""
        self._uploads.drop(parcel)
        self._tray.drop(parcel)
        self._more.set()

    def broken(self) -> None:
        """The connection is over."""
        self._breaks += 1
        self._uploads.clear()
        self._tray.clear()

    def _settled(self, topic: str, taken: bool) -> None:
        self._more.set()
        if taken:
            whole = self._uploads.arrived(topic)
            if whole is not None:
                self._over(whole)
            return
        parcel = self._uploads.parcel_of(topic)
        if parcel is not None:
            # the broker takes no chunks: the others would fare no better
            self.drop(parcel)
            self._over(parcel)

    async def _publish_express(self) -> None:
        while True:
            await self._hand_over(await self._tray.take(EXPRESS))

    async def _publish_bulk(self) -> None:
        while True:
            # first the wait, then the choice: what became urgent in the meantime goes first
            await asyncio.sleep(self._bucket.wait_s(now_s=_now_s()))
            await self._hand_over(await self._tray.take(BULK), bulk=True)
            self._more.set()

    async def _hand_over(self, message: Outgoing, *, retain: bool = False, bulk: bool = False) -> None:
        try:
            await self.link.publish(message.topic, message.payload, qos=message.qos, retain=retain, bulk=bulk)
        except LinkDown:
            _log.debug("the link went down while something was on its way")
        else:
            self._bucket.spend(len(message.topic) + len(message.payload), now_s=_now_s())
            if message.parcel is not None and message.rank is not Rank.CHUNK:
                self._uploads.billed(message.parcel, now_s=_now_s())

    async def _feed(self, fetch: Fetch) -> None:
        """Have chunks made of what central lacks, a little ahead of the line."""
        while True:
            self._more.clear()
            while self._tray.waiting(Rank.CHUNK) < CHUNKS_READY and (wanted := self._uploads.next()) is not None:
                await self._make_ready(*wanted, fetch=fetch)
            await self._more.wait()

    async def _make_ready(self, parcel: ParcelId, need: Need, *, fetch: Fetch) -> None:
        before = self._breaks
        chunks = await fetch(parcel, need)
        if before != self._breaks:
            # the need was of a connection that is over by now
            return
        self._uploads.begun(parcel, {chunk.topic: int(chunk.topic.rpartition("/")[2]) for chunk in chunks})
        for chunk in chunks:
            self._tray.put(chunk)
        if not chunks:
            self._over(parcel)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
