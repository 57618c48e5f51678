"""The bridge: joins link, ingest, delivery and opener. Databases are touched from one thread only.

Messages are taken in batches of what has arrived; a batch is committed, then its replies are queued, then the broker is
told that the messages need not come again. A reply that is lost is asked for again by its station.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from agent.link import Heard, Link, LinkDown, Patience
from agent.supervise import Supervisor
from agent.wire import CentralPresence, CentralTopics, Upward, WireError, read_topic
from agent.wire.document import read_plain
from central.bridge.command import Commands
from central.bridge.delivery import Delivery
from central.bridge.desired import Desired
from central.bridge.dispatch import Dispatch
from central.bridge.frames import Ask
from central.bridge.ingest import Ingest
from central.bridge.keyring import Keyrings
from central.bridge.message import Arrived, Reply
from central.bridge.opening import Opening
from central.bridge.permission import Permissions
from central.bridge.retention import Keeper, is_more
from central.bridge.roll import ROLL, Roll
from central.bridge.roster import Rosters
from central.bridge.thread import DatabaseThread
from central.database import Claims
from central.errors import OpenerGone, StationUnknown
from central.pki.registry import Registry

_log = logging.getLogger(__name__)

BATCH_MAX = 256
"""Messages in one transaction at the most."""

HEARD_MAX = 1024
"""Messages that may wait here: the broker holds those that must arrive back long before, the others are dropped."""

ANSWERS_MAX = 64
"""Questions that may be with the opener; whoever asks one more asks again a little later."""

ANSWERS_OF_ONE_MAX = 4
"""How many of them may be of one station."""

ECHO_BYTES_MAX = 64
"""What a station asks for to see whether its link is alive is a few bytes; more does not come back."""

CLOCKS_EVERY_S = 60.0
"""How often incidents are looked at: how long is left, and whether there are more."""

EXPIRE_EVERY_S = 86_400.0
"""How often uploads that nobody finishes are given up."""

KEEP_EVERY_S = 3600.0
"""How often it is looked at whose retention has ended."""

COMMAND_EVERY_S = 60.0
"""How often a command is published that its station has not answered: it may not have been there."""

DRAIN_LIMIT_S = 10.0
"""What is in hand at the end may take this long; with `FAREWELL_LIMIT_S` and the opener's `CLOSE_LIMIT_S` the process
ends within 20 s, whatever MIGRIS and the broker do."""

NEWS_EVERY_S = 2.0
"""How often it is looked whether a person has just set something for a station, or stopped a tenant's transfers."""

FAREWELL_LIMIT_S = 2.0
"""The end waits this long for a broker that takes no more messages."""


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
    keeper: Keeper
    """Retention."""
    registry: Registry
    """The stations' public keys."""
    commands: Commands
    """What stations are asked."""
    desired: Desired
    """Which configurations stations are to have."""
    rosters: Rosters
    """Which lists of operators stations are to have."""
    roll: Roll
    """Which stations are there, and what they say of themselves."""
    claims: Claims
    """What this worker has in hand."""
    keyrings: Keyrings
    """Which stations have not heard of headquarters' newest keys."""
    permissions: Permissions
    """Which have not confirmed whether they may transfer."""


class Bridge:
    """The process's one moving part."""

    def __init__(
        self, rooms: Rooms, *, tenants: tuple[str, ...], presence: CentralPresence, patience: Patience
    ) -> None:
        """:param patience: pauses while MIGRIS does not answer."""
        self._rooms = rooms
        self._tenants = tenants
        self._presence = presence
        self._asked: dict[tuple[str, str, str], asyncio.Task[None]] = {}
        self._draining = False
        self._leaving = False
        self._taking = asyncio.Lock()
        self._heard: asyncio.Queue[Heard] = asyncio.Queue()
        self._replies: asyncio.Queue[Reply] = asyncio.Queue()
        self._database = DatabaseThread()
        self._dispatch = Dispatch(
            rooms.delivery, rooms.opening, registry=rooms.registry, database=self._database, patience=patience
        )

    async def start(self, supervisor: Supervisor) -> None:
        """Finish what an earlier life began, then begin everything that must live."""
        self._supervisor = supervisor
        rooms = self._rooms
        await rooms.opening.start()
        supervisor.at_shutdown("opener", rooms.opening.close)
        supervisor.at_shutdown("presence", self._say_farewell)
        supervisor.at_shutdown("drain", self._drain)
        await self._database.do(rooms.delivery.finish_wipes)
        await self._database.do(rooms.ingest.expire_uploads)
        await self._lose_roll()
        supervisor.at_shutdown("roll", self._close_roll)
        supervisor.must_live("opener", rooms.opening.listen())
        supervisor.must_live("link", rooms.link.run(self._hear, will=self._will))
        supervisor.must_live("ingest", self._take())
        supervisor.must_live("reply", self._reply())
        supervisor.must_live("deliver", self._dispatch.run(self._replies.put_nowait))
        supervisor.must_live("expire", self._expire())
        supervisor.must_live("retention", self._keep())
        supervisor.must_live("command", self._command())
        supervisor.must_live("news", self._pass_news_on())
        supervisor.must_live("clocks", self._look_at_clocks())

    def _hear(self, heard: Heard) -> None:
        # a number means that the broker waits for its acknowledgement, and sends only so many more until then
        if heard.what != "message" or heard.mid or self._heard.qsize() < HEARD_MAX:
            self._heard.put_nowait(heard)

    def _gone(self) -> bytes:
        return CentralPresence(online=False, since=self._presence.since).canonical()

    def _will(self, _connection: int) -> tuple[str, bytes]:
        # a will has one topic; after a crash further tenants' stations find out by their own patience
        return CentralTopics.state(self._tenants[0]), self._gone()

    async def _keeps_house(self) -> bool:
        """Of several workers one does what is done once for all; when it dies, another."""
        return await self._database.do(lambda: self._rooms.claims.take("house"))

    async def _take(self) -> None:
        while True:
            # of its own: while nothing comes, nothing of what came last is held
            await self._take_batch()

    async def _take_batch(self) -> None:
        batch = [await self._heard.get()]
        while len(batch) < BATCH_MAX and not self._heard.empty():
            batch.append(self._heard.get_nowait())
        async with self._taking:
            # what is not taken is not acknowledged either: its station sends it again
            if not self._draining:
                await self._taken(batch)

    async def _taken(self, batch: list[Heard]) -> None:
        if any(heard.what == "up" for heard in batch):
            await self._say_we_are_here()
            await self._publish_commands()
        if any(self._says_we_are_gone(heard) for heard in batch):
            # another worker has ended
            await self._say_we_are_here()
        messages = [heard for heard in batch if heard.what == "message"]
        await self._take_messages(messages)
        await self._call_roll(batch)
        for heard in messages:
            self._rooms.link.acknowledge(heard)

    async def _take_messages(self, messages: list[Heard]) -> None:
        arrived = [Arrived(where, heard.payload) for heard in messages if (where := read_topic(heard.topic))]
        for message in arrived:
            if message.where.subject == "ask":
                self._begin_answer(message)
            elif message.where.subject == "echo" and len(message.payload) <= ECHO_BYTES_MAX:
                topic = CentralTopics(message.where.tenant, message.where.station).echoed
                self._replies.put_nowait(Reply(topic, message.payload, qos=0))
        await self._tell(lambda: self._rooms.permissions.for_whom_speaks(arrived))
        durable = [message for message in arrived if message.where.subject in {"parcel", "event"}]
        if not durable:
            return
        await self._tell(
            lambda: self._rooms.ingest.take(durable), lambda: self._rooms.keyrings.for_whom_speaks(durable)
        )
        self._dispatch.more()

    async def _call_roll(self, batch: list[Heard]) -> None:
        """What was heard through a connection that has ended says nothing of who is there now."""
        downs = [number for number, heard in enumerate(batch) if heard.what == "down"]
        if downs:
            await self._lose_roll()
        told = [
            Arrived(where, heard.payload)
            for heard in batch[downs[-1] + 1 if downs else 0 :]
            if heard.what == "message" and (where := read_topic(heard.topic)) and where.subject in ROLL
        ]
        if told:
            await self._database.do(partial(self._rooms.roll.take, told))

    async def _lose_roll(self) -> None:
        """Unless another worker goes on hearing who is there."""
        if await self._database.do(self._rooms.claims.alone):
            await self._database.do(self._rooms.roll.lose)

    async def _close_roll(self) -> None:
        if await self._database.do(self._rooms.claims.alone):
            await self._database.do(self._rooms.roll.close)

    def _begin_answer(self, message: Arrived) -> None:
        """Whoever waits for an answer publishes the question again and again: each is with the opener only once."""
        where = message.where
        question = (where.tenant, where.station, where.id)
        of_one = sum(asked[:2] == question[:2] for asked in self._asked)
        if question in self._asked or len(self._asked) >= ANSWERS_MAX or of_one >= ANSWERS_OF_ONE_MAX:
            return
        answering = self._asked[question] = self._supervisor.passing("answer", self._answer(message))
        answering.add_done_callback(lambda _: self._asked.pop(question))

    async def _answer(self, message: Arrived) -> None:
        where = message.where
        try:
            seal_public = self._rooms.registry.known(where.tenant, where.station).seal_public
        except StationUnknown as error:
            _log.warning("a question from %s/%s was refused: %s", where.tenant, where.station, error.sentence)
            return
        if not await self._database.do(lambda: self._rooms.claims.take(_name(where))):
            # whoever waits publishes it again and again, and not always to the same worker
            return
        try:
            await self._ask(message, seal_public=seal_public)
        finally:
            await self._database.do(lambda: self._rooms.claims.give_back(_name(where)))

    async def _ask(self, message: Arrived, *, seal_public: str) -> None:
        where = message.where
        await self._database.do(lambda: self._rooms.ingest.note_question(message))
        request = Ask(
            number=self._rooms.opening.next_number(),
            tenant=where.tenant,
            station=where.station,
            question=where.id,
            seal_public=seal_public,
            content=message.payload,
        )
        try:
            answered = await self._rooms.opening.answer(request)
        except OpenerGone as error:
            _log.warning("a question was not answered and is asked again: %s", error.sentence)
            return
        if answered.content is not None:
            topic = CentralTopics(where.tenant, where.station).answer(where.id)
            self._replies.put_nowait(Reply(topic, answered.content))

    async def _expire(self) -> None:
        while True:
            await asyncio.sleep(EXPIRE_EVERY_S)
            if await self._keeps_house():
                await self._database.do(self._rooms.ingest.expire_uploads)

    async def _keep(self) -> None:
        while True:
            more = await self._keeps_house()
            while more:
                # one short run after the other: others have their turns at the database between them
                more = is_more(await self._database.do(self._rooms.keeper.run))
            await asyncio.sleep(KEEP_EVERY_S)

    async def _command(self) -> None:
        while True:
            if await self._keeps_house():
                await self._publish_commands()
            await asyncio.sleep(COMMAND_EVERY_S)

    async def _pass_news_on(self) -> None:
        while True:
            await asyncio.sleep(NEWS_EVERY_S)
            if not await self._keeps_house():
                continue
            rooms = self._rooms
            await self._tell(rooms.permissions.news, rooms.rosters.news, rooms.desired.news)

    async def _publish_commands(self) -> None:
        rooms = self._rooms
        told = (rooms.commands, rooms.keyrings, rooms.rosters, rooms.desired, rooms.permissions)
        await self._tell(*(one.open for one in told))

    async def _tell(self, *looks: Callable[[], list[Reply]]) -> None:
        """Publish what each of them finds in the database."""
        for look in looks:
            for reply in await self._database.do(look):
                self._replies.put_nowait(reply)

    async def _look_at_clocks(self) -> None:
        while True:
            if await self._keeps_house():
                await self._database.do(self._rooms.ingest.look_at_clocks)
            await asyncio.sleep(CLOCKS_EVERY_S)

    def _says_we_are_gone(self, heard: Heard) -> bool:
        if self._leaving or heard.topic not in {CentralTopics.state(tenant) for tenant in self._tenants}:
            return False
        try:
            return not read_plain(heard.payload, CentralPresence).online
        except WireError:
            return True

    async def _say_we_are_here(self) -> None:
        for tenant in self._tenants:
            await self._hand_over(Reply(CentralTopics.state(tenant), self._presence.canonical()), retain=True)

    async def _drain(self) -> None:
        """Finish what is in hand, take nothing new, and say what there is to say."""
        _log.info("what is in hand is finished; nothing new is taken")
        self._draining = True
        try:
            async with asyncio.timeout(DRAIN_LIMIT_S):
                async with self._taking:
                    """Whoever waits for it sees that it is over."""
                await self._dispatch.finish()
                if self._asked:
                    await asyncio.wait(self._asked.values())
                await self._replies.join()
        except TimeoutError:
            _log.warning("what is in hand takes too long; it is done again after the next start")

    def close(self) -> None:
        """Return when the database is nobody's any more. To be called when nothing runs."""
        self._database.close()

    async def _say_farewell(self) -> None:
        """Every tenant's stations know at once that nobody is here; after a crash only the first one's do.

        Another worker that lives says otherwise.
        """
        self._leaving = True
        try:
            async with asyncio.timeout(FAREWELL_LIMIT_S):
                for tenant in self._tenants:
                    await self._hand_over(Reply(CentralTopics.state(tenant), self._gone()), retain=True)
        except TimeoutError:
            _log.warning("the broker takes no more messages; stations find out by themselves that nobody is here")

    async def _reply(self) -> None:
        while True:
            reply = await self._replies.get()
            await self._hand_over(reply, retain=reply.retain)
            self._replies.task_done()

    async def _hand_over(self, reply: Reply, *, retain: bool = False) -> None:
        try:
            await self._rooms.link.publish(reply.topic, reply.payload, qos=reply.qos, retain=retain)
        except LinkDown:
            _log.debug("the link went down while a reply was on its way; the station will ask again")


def _name(question: Upward) -> str:
    return f"question {question.tenant}/{question.station}/{question.id}"
