"""The bridge: joins link, ingest, delivery and opener. Databases are touched from one thread only.

Messages are taken in batches of what has arrived; a batch is committed, then its replies are queued, then the broker is
told that the messages need not come again. A reply that is lost is asked for again by its station.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeVar

from agent.link import Heard, Link, LinkDown, Patience
from agent.logs import Outage
from agent.private_memory import forget_now
from agent.supervise import Supervisor
from agent.wire import CentralPresence, CentralTopics, read_topic
from central.bridge.command import Commands
from central.bridge.delivery import Consignment, Delivery
from central.bridge.frames import Ask, Deliver, Delivered
from central.bridge.ingest import Ingest
from central.bridge.keyring import Keyrings
from central.bridge.message import Arrived, Reply
from central.bridge.opening import Opening
from central.bridge.retention import Keeper, is_more
from central.bridge.rota import Place, Rota
from central.bridge.subject import Subject
from central.errors import OpenerGone, OpenerHung, SealKeyUnknown, StationUnknown
from central.pki.registry import Registry

_log = logging.getLogger(__name__)

_Result = TypeVar("_Result")

BATCH_MAX = 256
"""Messages in one transaction at the most."""

HEARD_MAX = 1024
"""Messages that may wait here: the broker holds those that must arrive back long before, the others are dropped."""

ANSWERS_MAX = 64
"""Questions that may be with the opener; whoever asks one more asks again a little later."""

ANSWERS_OF_ONE_MAX = 4
"""How many of them may be of one station."""

LOOK_AGAIN_S = 5.0
"""Longest pause before the outbox is looked at again: a person may have put a parcel back, or a reader let go that
prevented a wipe."""

CLOCKS_EVERY_S = 60.0
"""How often incidents are looked at: how long is left, and whether there are more."""

EXPIRE_EVERY_S = 86_400.0
"""How often uploads that nobody finishes are given up."""

KEEP_EVERY_S = 3600.0
"""How often it is looked at whose retention has ended."""
COMMAND_EVERY_S = 60.0
"""How often a command is published that its station has not answered: it may not have been there."""

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
    keyrings: Keyrings
    """Which stations have not heard of headquarters' newest keys."""


class Bridge:
    """The process's one moving part."""

    def __init__(
        self, rooms: Rooms, *, tenants: tuple[str, ...], presence: CentralPresence, patience: Patience
    ) -> None:
        """:param patience: pauses while MIGRIS does not answer."""
        self._rooms = rooms
        self._tenants = tenants
        self._presence = presence
        self._rota = Rota(patience)
        self._migris = Outage(_log, name="MIGRIS")
        self._keyless: dict[tuple[str, str], Outage] = {}
        self._asked: set[tuple[str, str, str]] = set()
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
        supervisor.at_shutdown("presence", self._say_farewell)
        await self._in_database(rooms.delivery.finish_wipes)
        await self._in_database(rooms.ingest.expire_uploads)
        supervisor.must_live("opener", rooms.opening.listen())
        supervisor.must_live("link", rooms.link.run(self._hear, will=self._will))
        supervisor.must_live("ingest", self._take())
        supervisor.must_live("reply", self._reply())
        supervisor.must_live("deliver", self._deliver())
        supervisor.must_live("expire", self._expire())
        supervisor.must_live("retention", self._keep())
        supervisor.must_live("command", self._command())
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

    async def _in_database(self, work: Callable[[], _Result]) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self._database, work)

    async def _take(self) -> None:
        while True:
            # of its own: while nothing comes, nothing of what came last is held
            await self._take_batch()

    async def _take_batch(self) -> None:
        batch = [await self._heard.get()]
        while len(batch) < BATCH_MAX and not self._heard.empty():
            batch.append(self._heard.get_nowait())
        if any(heard.what == "up" for heard in batch):
            await self._say_we_are_here()
            await self._publish_commands()
        messages = [heard for heard in batch if heard.what == "message"]
        await self._take_messages(messages)
        for heard in messages:
            self._rooms.link.acknowledge(heard)

    async def _take_messages(self, messages: list[Heard]) -> None:
        arrived = [Arrived(where, heard.payload) for heard in messages if (where := read_topic(heard.topic))]
        for message in arrived:
            if message.where.subject == "ask":
                self._begin_answer(message)
        durable = [message for message in arrived if message.where.subject in {"parcel", "event"}]
        if not durable:
            return
        for reply in await self._in_database(lambda: self._rooms.ingest.take(durable)):
            self._replies.put_nowait(reply)
        for reply in await self._in_database(lambda: self._rooms.keyrings.for_whom_speaks(durable)):
            self._replies.put_nowait(reply)
        self._stored.set()

    def _begin_answer(self, message: Arrived) -> None:
        """Whoever waits for an answer publishes the question again and again: each is with the opener only once."""
        where = message.where
        question = (where.tenant, where.station, where.id)
        of_one = sum(asked[:2] == question[:2] for asked in self._asked)
        if question in self._asked or len(self._asked) >= ANSWERS_MAX or of_one >= ANSWERS_OF_ONE_MAX:
            return
        self._asked.add(question)
        answering = self._supervisor.passing("answer", self._answer(message))
        answering.add_done_callback(lambda _: self._asked.discard(question))

    async def _answer(self, message: Arrived) -> None:
        where = message.where
        try:
            seal_public = self._rooms.registry.known(where.tenant, where.station).seal_public
        except StationUnknown as error:
            _log.warning("a question from %s/%s was refused: %s", where.tenant, where.station, error.sentence)
            return
        await self._in_database(lambda: self._rooms.ingest.note_question(message))
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

    async def _deliver(self) -> None:
        while True:
            self._stored.clear()
            await self._round()
            forget_now()
            if self._rooms.delivery.wipes_left:
                await self._in_database(self._rooms.delivery.finish_wipes)
            await self._until_more()

    async def _round(self) -> None:
        """Everybody whose turn it is, until MIGRIS does not answer."""
        turns = self._rota.turns(await self._in_database(self._rooms.delivery.waiting), now_s=_now_s())
        for number, place in enumerate(turns, start=1):
            match await self._deliver_one(place):
                case "apart":
                    # its own trouble, or its station's: the others need not wait
                    self._rota.silent(place, others=(), now_s=_now_s())
                case "silent":
                    self._migris.begin("it does not answer")
                    self._rota.silent(place, others=turns[number:], now_s=_now_s())
                    return
                case "settled":
                    self._migris.end()
                    self._rota.answered(place, now_s=_now_s())

    async def _deliver_one(self, place: Place) -> Literal["settled", "silent", "apart"]:
        consignment = await self._in_database(partial(self._rooms.delivery.consignment, *place))
        if consignment is None:
            return "settled"
        delivered = await self._opened(consignment)
        if delivered is None:
            return "apart"
        for reply in await self._in_database(lambda: self._rooms.delivery.decided(consignment.subject, delivered)):
            self._replies.put_nowait(reply)
        match delivered.result:
            case "silent":
                return "silent"
            case "keyless" | "unchecked":
                return "apart"
            case _:
                return "settled"

    async def _opened(self, consignment: Consignment) -> Delivered | None:
        """What became of it; None when its opener ended without a word, which is counted already."""
        subject, number = consignment.subject, self._rooms.opening.next_number()
        keys = self._keyless.setdefault((subject.tenant, subject.station), _keys_of(subject))
        try:
            seal_public = self._rooms.registry.known(subject.tenant, subject.station).seal_pem(consignment.seal_key)
        except StationUnknown as error:
            keys.begin(error.sentence)
            return Delivered(number=number, result="keyless")
        except SealKeyUnknown as error:
            _log.error("parcel %s is not opened: %s", subject.id, error.sentence)
            return Delivered(number=number, result="unreadable")
        keys.end()
        request = Deliver(
            number=number,
            tenant=subject.tenant,
            station=subject.station,
            parcel=subject.id,
            kind=subject.kind,
            seal_public=seal_public,
            content=consignment.content,
        )
        try:
            return await self._rooms.opening.deliver(request)
        except OpenerGone as error:
            _log.error("parcel %s was not delivered: %s", subject.id, error.sentence)
            return None
        except OpenerHung as error:
            _log.error("parcel %s was not delivered: %s", subject.id, error.sentence)
            return Delivered(number=number, result="hung")

    async def _until_more(self) -> None:
        pause_s = self._rota.pause_s(now_s=_now_s())
        try:
            async with asyncio.timeout(LOOK_AGAIN_S if pause_s is None else min(pause_s, LOOK_AGAIN_S)):
                await self._stored.wait()
        except TimeoutError:
            return

    async def _expire(self) -> None:
        while True:
            await asyncio.sleep(EXPIRE_EVERY_S)
            await self._in_database(self._rooms.ingest.expire_uploads)

    async def _keep(self) -> None:
        while True:
            more = True
            while more:
                # one short run after the other: others have their turns at the database between them
                more = is_more(await self._in_database(self._rooms.keeper.run))
            await asyncio.sleep(KEEP_EVERY_S)

    async def _command(self) -> None:
        while True:
            await self._publish_commands()
            await asyncio.sleep(COMMAND_EVERY_S)

    async def _publish_commands(self) -> None:
        for command in await self._in_database(self._rooms.commands.open):
            self._replies.put_nowait(command)
        for keyring in await self._in_database(self._rooms.keyrings.open):
            self._replies.put_nowait(keyring)

    async def _look_at_clocks(self) -> None:
        while True:
            await self._in_database(self._rooms.ingest.look_at_clocks)
            await asyncio.sleep(CLOCKS_EVERY_S)

    async def _say_we_are_here(self) -> None:
        for tenant in self._tenants:
            await self._hand_over(Reply(CentralTopics.state(tenant), self._presence.canonical()), retain=True)

    async def _say_farewell(self) -> None:
        """Every tenant's stations know at once that nobody is here; after a crash only the first one's do."""
        try:
            async with asyncio.timeout(FAREWELL_LIMIT_S):
                for tenant in self._tenants:
                    await self._hand_over(Reply(CentralTopics.state(tenant), self._gone()), retain=True)
        except TimeoutError:
            _log.warning("the broker takes no more messages; stations find out by themselves that nobody is here")

    async def _reply(self) -> None:
        while True:
            await self._hand_over(await self._replies.get())

    async def _hand_over(self, reply: Reply, *, retain: bool = False) -> None:
        try:
            await self._rooms.link.publish(reply.topic, reply.payload, retain=retain)
        except LinkDown:
            _log.debug("the link went down while a reply was on its way; the station will ask again")


def _keys_of(subject: Subject) -> Outage:
    return Outage(_log, name=f"the registry's file of {subject.tenant}/{subject.station}")


def _now_s() -> float:
    return asyncio.get_running_loop().time()
