"""The courier: joins desk, link, timers and the people who wait for either.

The desk decides in a thread of its own, one call at a time; what it wants published goes out through the link; what
the link hears goes back to the desk. Nothing here is durable. A database that cannot be written ends the process:
nothing was lost, and the next life begins again from what was committed.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import TypeVar

from ulid import ULID

from agent.clock import Clock
from agent.courier.agenda import Agenda
from agent.courier.desk import Desk
from agent.courier.dispatch import Dispatch
from agent.courier.keyring import KeyringDesk
from agent.courier.post import Outgoing, Rank
from agent.courier.pulse import Beat, Pulse
from agent.errors import WireError
from agent.link import Heard
from agent.supervise import Supervisor
from agent.wire import CentralPresence, Command, Need, Receipt, StationPresence, StationTopics, read_signed
from agent.wire.document import read_plain
from vault.labels import ParcelId

_log = logging.getLogger(__name__)

_Result = TypeVar("_Result")

LOOK_S = 5.0
"""How often deliveries are looked for that nobody announced."""

QUESTION_AGAIN_S = 2.0
"""How often a question is published again while its asker waits: the broker may have lost it."""


def nobody() -> None:
    """Nobody waits for a connection."""


def nobody_configures(_signed: bytes) -> None:
    """Nobody takes what headquarters has signed for the station as a whole."""


class Courier:
    """The process's one moving part."""

    def __init__(
        self, desk: Desk, dispatch: Dispatch, *, topics: StationTopics, keyrings: KeyringDesk, clock: Clock
    ) -> None:
        self._desk = desk
        self._dispatch, self._link = dispatch, dispatch.link
        self._topics = topics
        self._keyrings, self._pinned = keyrings, keyrings.believed
        self._clock = clock
        self._boot = str(ULID.from_datetime(clock.now())).lower()
        # one thread is what keeps calls apart: a cancelled caller's call runs on, and the next waits for its end
        self._desk_thread = ThreadPoolExecutor(1, "desk")
        self._changed = asyncio.Event()
        self._wake = asyncio.Event()
        self._heard: asyncio.Queue[Heard] = asyncio.Queue()
        self._askers: dict[str, list[asyncio.Future[bytes]]] = {}
        self._central_since: datetime | None = None
        self.connected: Callable[[], None] = nobody
        """Told of every new connection."""
        self.configure: Callable[[bytes], None] = nobody_configures
        """Takes a signed configuration, at the desk. May raise WireError."""
        self.admit: Callable[[bytes], None] = nobody_configures
        """Takes a signed list of operators, at the desk. May raise WireError."""
        self.admitted: Callable[[], None] = nobody
        """Told when one was taken or passed over."""

    async def start(self, supervisor: Supervisor, *, agenda: Agenda, pulse: Pulse) -> None:
        """Finish what an earlier life of this process began, then begin everything that must live."""
        self._agenda, self._wipes, self._pulse = agenda, agenda.another(), pulse
        await self.tell_desk(self._desk.resume)
        supervisor.must_live("link", self._link.run(self._heard.put_nowait, will=self._will))
        supervisor.must_live("listen", self._listen())
        self._dispatch.start(supervisor, fetch=self._fetch, over=self._uploaded)
        supervisor.must_live("tend", self._tend())
        supervisor.must_live("pulse", self._keep_pulse())

    def close(self) -> None:
        """Let the desk finish what it has in hand. Only when everything that `start` began has ended."""
        self._desk_thread.shutdown()

    @property
    def link_up(self) -> bool:
        """Whether the broker is reached now."""
        return self._link.up

    def link_figures(self) -> dict[str, object]:
        """What is spoken with the broker, what it cost since the process began, and how fast it went. JSON-ready."""
        up_bytes, down_bytes = self._link.traffic.bytes
        rate, round_trip_s = self._link.rate_bytes_s, self._pulse.round_trip_s
        return {
            "mqtt": self._link.version,
            "up_bytes": up_bytes,
            "down_bytes": down_bytes,
            "rate_bytes_s": None if rate is None else round(rate),
            "round_trip_ms": None if round_trip_s is None else round(1000 * round_trip_s),
        }

    @property
    def connection(self) -> int:
        """The number of the newest connection to the broker since this start."""
        return self._link.connections

    @property
    def boot(self) -> str:
        """The id of this start."""
        return self._boot

    async def leave(self, topic: str, payload: bytes) -> None:
        """Have the broker keep a message as the topic's last word. :raises: LinkDown."""
        await self._link.publish(topic, payload, retain=True)

    async def at_desk(self, work: Callable[[], _Result]) -> _Result:
        """Have the desk do something that may change a parcel; nobody else is at it meanwhile."""
        result = await self.read_desk(work)
        self._changed.set()
        self._changed = asyncio.Event()
        return result

    async def read_desk(self, work: Callable[[], _Result]) -> _Result:
        """Have the desk look something up."""
        return await asyncio.get_running_loop().run_in_executor(self._desk_thread, self._desk.attempt, work)

    async def tell_desk(self, work: Callable[[], list[Outgoing]]) -> None:
        """Have the desk do something, and publish what central should get."""
        for message in await self.at_desk(work):
            self._dispatch.put(message)

    def look(self) -> None:
        """Something was delivered: look now instead of a little later."""
        self._wake.set()

    async def change(self, *, within_s: float) -> None:
        """Return when something has changed, or when the time is over."""
        try:
            async with asyncio.timeout(within_s):
                await self._changed.wait()
        except TimeoutError:
            return

    async def question(self, question: str, sealed: bytes, *, within_s: float) -> bytes | None:
        """Central's sealed answer, or None when nobody answered in time. Nothing of either is kept.

        Who lost patience and asks the same question again shares the answer with the one who is still waiting.
        """
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._askers.setdefault(question, []).append(answer)
        try:
            async with asyncio.timeout(within_s):
                while not answer.done():
                    self._put_question(question, sealed)
                    await asyncio.wait({answer}, timeout=QUESTION_AGAIN_S)
                return answer.result()
        except TimeoutError:
            return None
        finally:
            self._forget(question, answer)

    def _put_question(self, question: str, sealed: bytes) -> None:
        """Unless the tenant may not transfer now."""
        if self._desk.sends:
            self._dispatch.put(Outgoing(self._topics.ask(question), sealed, Rank.QUESTION))

    def _forget(self, question: str, answer: asyncio.Future[bytes]) -> None:
        askers = self._askers[question]
        askers.remove(answer)
        if not askers:
            del self._askers[question]

    def _will(self, connection: int) -> tuple[str, bytes]:
        return self._topics.state, self._presence(connection, online=False)

    def _presence(self, connection: int, *, online: bool) -> bytes:
        return StationPresence(online=online, boot=self._boot, connection=connection).canonical()

    async def _listen(self) -> None:
        while True:
            heard = await self._heard.get()
            try:
                await self._hear(heard)
            except WireError as error:
                _log.warning("a message was not understood: %s", error.sentence)

    async def _hear(self, heard: Heard) -> None:
        match heard.what:
            case "up":
                await self._dispatch.now(
                    Outgoing(self._topics.state, self._presence(self._link.connections, online=True)), retain=True
                )
                self._pulse.begun(now_s=self._now_s())
                # whatever was on its way when the last connection ended may be lost
                self._agenda.all_due()
                self._wake.set()
                self.connected()
            case "down":
                self._dispatch.broken()
            case "message" if heard.topic == self._topics.central_state:
                self._hear_presence(read_plain(heard.payload, CentralPresence))
            case "message" if heard.topic == self._topics.echoed:
                self._pulse.echoed(heard.payload, now_s=self._now_s())
            case "message":
                await self._hear_message(heard)

    async def _hear_message(self, heard: Heard) -> None:
        match self._topics.read(heard.topic):
            case ("need", parcel):
                need = read_plain(heard.payload, Need)
                self._pulse.heard(now_s=self._now_s())
                self._agenda.heard(parcel, f"lacks {len(need.missing)}", now_s=self._now_s())
                if self._dispatch.want(ParcelId(parcel), need):
                    self._agenda.hold(parcel)
            case ("receipt", _):
                receipt = read_signed(heard.payload, Receipt, pinned=self._pinned)
                self._pulse.heard(now_s=self._now_s())
                self._dispatch.drop(ParcelId(receipt.parcel))
                self._agenda.heard(receipt.parcel, receipt.stage.value, now_s=self._now_s())
                await self.tell_desk(lambda: self._desk.hear_receipt(receipt, heard.payload))
                self.look()
            case ("command", _):
                command = read_signed(heard.payload, Command, pinned=self._pinned)
                await self.tell_desk(lambda: self._desk.hear_command(command))
                self.look()
            case ("keyring", _):
                await self.at_desk(lambda: self._keyrings.hear(heard.payload))
                self.look()
            case ("config", _):
                await self.read_desk(lambda: self.configure(heard.payload))
            case ("operators", _):
                await self.read_desk(lambda: self.admit(heard.payload))
                self.admitted()
            case ("permission", _):
                await self._hear_permission(heard.payload)
            case ("answer", question):
                self._hear_answer(question, heard.payload)
            case _:
                _log.debug("a message came that nobody waits for")

    async def _hear_permission(self, signed: bytes) -> None:
        permission = self._desk.permission
        if permission is None:
            return
        await self.at_desk(lambda: permission.hear(signed, believed=self._pinned))
        if not self._desk.sends:
            # what waits was to go before it was revoked; its parcels are due again when they may
            self._dispatch.broken()
        # what was held back is due, and so is the confirmation
        self._agenda.all_due()
        self.look()

    def _hear_presence(self, presence: CentralPresence) -> None:
        """The broker repeats what it retains at every connection: only who was not there a moment ago has come back."""
        if (presence.since if presence.online else None) != self._central_since:
            self._pulse.begun(now_s=self._now_s())
        if presence.online and presence.since != self._central_since:
            # thousands of parcels of a whole fleet are not to come in one moment
            self._agenda.all_soon(now_s=self._now_s())
            self._wake.set()
        self._central_since = presence.since if presence.online else None

    def _hear_answer(self, question: str, sealed: bytes) -> None:
        for asker in self._askers.get(question, ()):
            if not asker.done():
                asker.set_result(sealed)

    async def _keep_pulse(self) -> None:
        while True:
            await asyncio.sleep(self._pulse.every_s)
            if not self._link.up:
                continue
            match self._pulse.beat(now_s=self._now_s(), central_there=self._central_since is not None):
                case Beat.ASK:
                    content = self._pulse.ask(now_s=self._now_s())
                    self._dispatch.put(Outgoing(self._topics.echo, content, Rank.QUESTION, qos=0))
                case Beat.REBUILD:
                    self._link.rebuild("central does not answer through it")
                case Beat.REST:
                    pass

    async def _fetch(self, parcel: ParcelId, need: Need) -> list[Outgoing]:
        return await self.at_desk(partial(self._desk.hear_need, parcel, need))

    def _uploaded(self, parcel: ParcelId) -> None:
        """Its chunks are on their way no more: what central makes of them is asked for after a pause."""
        self._agenda.go_on(parcel, now_s=self._now_s())
        self._wake.set()

    async def _tend(self) -> None:
        """Look for deliveries, try again what the disk did not do, and remind central of what it has not settled."""
        while True:
            self._wake.clear()
            await self.at_desk(self._desk.take_in)
            for parcel in self._wipes.due(await self.read_desk(self._desk.unfinished), now_s=self._now_s()):
                await self.tell_desk(partial(self._desk.go_on, ParcelId(parcel)))
            if self._link.up:
                for unsettled in self._agenda.due(await self.read_desk(self._desk.unsettled), now_s=self._now_s()):
                    await self.tell_desk(partial(self._desk.due, unsettled))
            await self._pause()

    async def _pause(self) -> None:
        plans = (self._agenda, self._wipes) if self._link.up else (self._wipes,)
        pauses_s = [pause_s for plan in plans if (pause_s := plan.next_s(now_s=self._now_s())) is not None]
        try:
            async with asyncio.timeout(min([LOOK_S, *pauses_s])):
                await self._wake.wait()
        except TimeoutError:
            return

    def _now_s(self) -> float:
        return self._clock.monotonic_ns() / 1e9
