"""A player: one simulated station. The courier's own pure parts decide; its memory stands for the disk.

What is the courier's: the parcel machine, bills and chunks (`post`), when to ask again (`agenda`), the link. What is
not: spool, database and desk thread, of which a process could not hold a thousand. A parcel's bytes are let go only
when the machine says so, on a receipt whose signature, place, parcel, stage and digest all hold.
"""

import asyncio
import random
from collections import deque
from dataclasses import dataclass, replace
from typing import Any

from agent.clock import Clock
from agent.courier.agenda import Agenda
from agent.courier.machine import HEARD_AT, OPEN_STATES, Effect, ParcelEvent, ParcelState, move
from agent.courier.post import Outgoing, Post
from agent.courier.record import Parcel
from agent.errors import WireError
from agent.link import Address, Heard, Link, LinkDown, Patience
from agent.wire import EVENT_KIND, Need, ParcelKind, Receipt, Stage, StationPresence, StationTopics, read_signed
from agent.wire.document import read_plain
from central.rehearsal.chain import Chain, new_id
from central.rehearsal.client import LoopClient
from central.rehearsal.identity import Identity
from central.rehearsal.plan import Faults
from central.rehearsal.tally import Tally
from vault.envelope import ParcelId, Sealed, digest_of

SLOW_BYTES_A_SECOND = 64_000
"""What a thin link carries."""


@dataclass(slots=True)
class _Held:
    """A parcel that the player has."""

    parcel: Parcel
    content: bytes
    sealed_s: float
    billed_s: float | None = None


@dataclass(slots=True, kw_only=True)
class World:
    """What the players of one process share."""

    clock: Clock
    """Time."""
    chance: random.Random
    """What befalls whom."""
    faults: Faults
    """How often; none any more when the rehearsal has had enough."""
    tally: Tally
    """What is counted."""
    retry_max_s: float
    """The longest pause between two attempts."""


class Player:
    """Speaks and listens for one station, for as long as `perform` runs."""

    def __init__(self, identity: Identity, address: Address, *, world: World) -> None:
        self.identity = identity
        patience = Patience(world.retry_max_s, world.chance)
        topics = StationTopics(identity.tenant, identity.name)
        self._link = Link(
            address, topics=(*topics.from_central, topics.central_state), patience=patience, library=self._new_client
        )
        self._client: LoopClient | None = None
        self._world = world
        self._topics = topics
        self._post = Post(identity.tenant, identity.name, key=identity.link)
        self._pinned = identity.receipts
        self._chain = Chain(identity)
        self._agenda = Agenda(world.retry_max_s, world.chance)
        self._boot = new_id(world.clock.now())
        self._held: dict[str, _Held] = {}
        self._events: dict[str, bytes] = {}
        self._outbox: deque[tuple[Outgoing, bool]] = deque()
        self._wake = asyncio.Event()
        self._attempt_s = 0.0
        self._slow = world.chance.random() < world.faults.slow

    @property
    def online(self) -> bool:
        """Whether its link is up."""
        return self._link.up

    @property
    def open(self) -> int:
        """Parcels and events of its own that central has not settled."""
        return len(self._held) + len(self._events)

    async def connect(self) -> None:
        """Keep its link for ever."""
        await self._link.run(self._hear, will=self._will)

    async def perform(self) -> None:
        """Say what is due, for ever."""
        while True:
            self._wake.clear()
            if self._link.up:
                self._remind()
                await self._publish()
            pause_s = self._agenda.next_s(now_s=self._now_s()) if self._link.up else None
            try:
                async with asyncio.timeout(pause_s):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def cut(self, for_s: float) -> None:
        """Its link carries nothing for so long."""
        if self._client is not None:
            self._client.cut(for_s)

    def break_off(self) -> None:
        """Its connection ends without a word."""
        if self._client is not None:
            self._client.break_off()

    def take(self, parcel: str, sealed: Sealed, *, sealed_s: float) -> None:
        """A visit has ended: this is to go to central."""
        taken = Parcel(
            id=ParcelId(parcel),
            kind=ParcelKind.ENROLMENT.value,
            state=ParcelState.SPOOLED,
            digest=sealed.digest,
            size=len(sealed),
            trouble=None,
        )
        self._held[parcel] = _Held(taken, sealed.content, sealed_s)
        self._world.tally.sealed(parcel)
        self._wake.set()

    def _new_client(self, *arguments: Any, **options: Any) -> LoopClient:
        self._client = LoopClient(*arguments, **options)
        return self._client

    def _will(self, connection: int) -> tuple[str, bytes]:
        self._attempt_s = self._now_s()
        return self._topics.state, self._presence(connection, online=False)

    def _presence(self, connection: int, *, online: bool) -> bytes:
        return StationPresence(online=online, boot=self._boot, connection=connection).canonical()

    def _hear(self, heard: Heard) -> None:
        match heard.what:
            case "up":
                now_s = self._now_s()
                self._world.tally.time("connect", now_s - self._attempt_s)
                self._world.tally.connected(now_s)
                hello = Outgoing(self._topics.state, self._presence(self._link.connections, online=True))
                self._outbox.appendleft((hello, True))
                # whatever was on its way when the last connection ended may be lost
                self._agenda.all_due()
            case "down":
                # what it was about is due again when the link is back
                self._outbox.clear()
            case "message":
                self._hear_message(heard)
        self._wake.set()

    def _hear_message(self, heard: Heard) -> None:
        try:
            match self._topics.read(heard.topic):
                case ("need", parcel):
                    self._hear_need(parcel, read_plain(heard.payload, Need))
                case ("receipt", _):
                    self._hear_receipt(heard.payload)
                case _:
                    # central is there, or asks what no simulated station answers
                    return
        except WireError:
            self._world.tally.count("not_understood")

    def _hear_need(self, parcel: str, need: Need) -> None:
        held = self._held.get(parcel)
        if held is None or held.parcel.digest != need.digest:
            return
        if held.billed_s is not None:
            self._world.tally.time("bill_to_need", self._now_s() - held.billed_s)
            held.billed_s = None
        self._agenda.heard(parcel, f"lacks {len(need.missing)}", now_s=self._now_s())
        self._step(held, ParcelEvent.NEED_HEARD, missing=need.missing)

    def _hear_receipt(self, signed: bytes) -> None:
        if self._world.chance.random() < self._world.faults.lost:
            self._world.tally.count("receipts_lost")
            return
        receipt = read_signed(signed, Receipt, pinned=self._pinned)
        if (receipt.tenant, receipt.station) != (self.identity.tenant, self.identity.name):
            self._world.tally.count("not_understood")
            return
        self._world.tally.count("receipts")
        self._agenda.heard(receipt.parcel, receipt.stage.value, now_s=self._now_s())
        if receipt.kind == EVENT_KIND:
            self._hear_event_receipt(receipt)
            return
        held = self._held.get(receipt.parcel)
        if held is None:
            return
        if receipt.stage is Stage.CONFLICT or receipt.digest != held.parcel.digest:
            self._world.tally.count("conflicts")
            return
        self._decide(held, receipt, signed=signed)

    def _hear_event_receipt(self, receipt: Receipt) -> None:
        event = self._events.get(receipt.parcel)
        if event is None:
            return
        if receipt.stage is Stage.STORED and digest_of(event) == receipt.digest:
            del self._events[receipt.parcel]
        else:
            self._world.tally.count("conflicts")

    def _decide(self, held: _Held, receipt: Receipt, *, signed: bytes) -> None:
        before, now = held.parcel.state, self._world.clock.now()
        self._step(held, HEARD_AT[receipt.stage])
        if held.parcel.state is before or before not in OPEN_STATES:
            return
        waited_s = self._now_s() - held.sealed_s
        self._world.tally.time("receipt", (now - receipt.time).total_seconds())
        if held.parcel.state is ParcelState.STORED:
            self._world.tally.time("parcel_to_stored", waited_s)
            return
        self._world.tally.time("parcel_to_decided", waited_s)
        # the last look before the bytes go: what was decided on is what is here
        grounds = digest_of(held.content) == receipt.digest
        self._step(held, ParcelEvent.GROUNDS_HELD if grounds else ParcelEvent.GROUNDS_FAILED)
        if held.parcel.state is not ParcelState.WIPING:
            self._world.tally.count("conflicts")
            return
        self._step(held, ParcelEvent.GONE)
        del self._held[held.parcel.id]
        self._events |= self._chain.bury(held.parcel, receipt, signed=signed, at=now)
        self._world.tally.settled(held.parcel.id, receipt.stage)

    def _step(self, held: _Held, event: ParcelEvent, *, missing: tuple[int, ...] = ()) -> None:
        decided = move(held.parcel.state, event)
        held.parcel = replace(held.parcel, state=decided.state)
        if Effect.SEND_BILL in decided.effects:
            held.billed_s = self._now_s()
            self._say(self._post.bill(held.parcel, at=self._world.clock.now()))
        if Effect.SEND_CHUNKS in decided.effects:
            for chunk in self._post.chunks(held.parcel, held.content, missing=missing):
                self._say(chunk)

    def _remind(self) -> None:
        unsettled = [key for key, held in self._held.items() if held.parcel.state in OPEN_STATES]
        for key in self._agenda.due([*unsettled, *self._events], now_s=self._now_s()):
            event = self._events.get(key)
            if event is not None:
                self._say(self._post.event(key, event))
            else:
                self._step(self._held[key], ParcelEvent.DUE)

    def _say(self, message: Outgoing) -> None:
        if (message, False) in self._outbox:
            # a thin link carries it still: it is not sent again for being asked for again
            return
        self._outbox.append((message, False))
        if self._world.chance.random() < self._world.faults.duplicate:
            self._world.tally.count("duplicates")
            self._outbox.append((message, False))

    async def _publish(self) -> None:
        while self._outbox:
            message, retain = self._outbox.popleft()
            try:
                await self._link.publish(message.topic, message.payload, retain=retain)
            except LinkDown:
                # it is due again when the link is back
                return
            self._world.tally.count("published")
            if self._slow:
                await asyncio.sleep(len(message.payload) / SLOW_BYTES_A_SECOND)

    def _now_s(self) -> float:
        return self._world.clock.monotonic_ns() / 1e9
