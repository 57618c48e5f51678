"""Keeps one connection to the broker at a time. The library's thread never touches our state: everything crosses into
the event loop.

Every connection is a new session (clean start), because the broker's and the library's queues lose silently
(facts/mqtt.md 1 and 7): what has to arrive is sent again until it is signed for.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import paho.mqtt.client as mqtt
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from agent.link.address import Address
from agent.link.refusal import Refusals
from agent.link.session import (
    UNSUPPORTED_VERSION,
    connecting,
    join,
    leave,
    limits_of,
    new_client,
    packet_bytes,
    subscribe,
)
from agent.link.speech import Speech, Version
from agent.link.traffic import Traffic
from agent.link.window import Window
from agent.logs import Outage
from agent.patience import Patience

_log = logging.getLogger(__name__)

_SUCCESS = 0x00


class LinkDown(Exception):
    """There is no connection; nobody need be told, whoever has something durable tries again."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message, or a change of the connection."""

    what: Literal["up", "down", "message"]
    """Which of them."""
    topic: str = ""
    """The message's topic."""
    payload: bytes = b""
    """The message's content."""
    mid: int = 0
    """The message's number, for `Link.acknowledge`."""
    connection: int = 0
    """Which connection it came through."""


def _passed_over(_verify_code: int) -> None:
    """Nobody is told."""


def _not_followed(_topic: str, _taken: bool) -> None:
    """Nobody is told."""


class Link:
    """One connection at a time, begun again with patience for as long as `run` runs."""

    def __init__(
        self,
        address: Address,
        *,
        topics: tuple[str, ...],
        patience: Patience,
        acknowledge_late: bool = False,
        library: Callable[..., mqtt.Client] = mqtt.Client,
    ) -> None:
        """:param acknowledge_late: messages are acknowledged by the user, after the commit, and not on arrival.
        :param library: the client; one whose `loop_start` begins something else than a thread may take its place.
        """
        self.distrust: Callable[[int], None] = _passed_over
        """Told OpenSSL's number of what is wrong with the certificate of whatever answers in the broker's place."""
        self.settled: Callable[[str, bool], None] = _not_followed
        """Told the topic of every message that the broker answered, and whether it took it. That is no receipt."""
        self.traffic = Traffic()
        self._address = address
        self._acknowledge_late = acknowledge_late
        self._library = library
        self._topics = topics
        self._patience = patience
        self._outage = Outage(_log, name="the broker")
        self._refusals = Refusals()
        self._speech = Speech(address.mqtt)
        self.version: Version = self._speech.version(now_s=0.0)
        """The MQTT that this connection speaks, or the last one did."""
        self._client: mqtt.Client | None = None
        self._up = False
        self._window = Window()
        self._on_the_way: dict[int, str] = {}
        self._packet_bytes_max: int | None = None
        self._moved = asyncio.Event()
        self._ended = asyncio.Event()
        self._hear: Callable[[Heard], None] = lambda _heard: None
        self.connections = 0

    @property
    def up(self) -> bool:
        """Whether messages can be published now."""
        return self._up

    @property
    def rate_bytes_s(self) -> float | None:
        """What the line carried of late; None before anything large enough to measure was acknowledged."""
        return self._window.rate_bytes_s

    async def run(self, hear: Callable[[Heard], None], *, will: Callable[[int], tuple[str, bytes]]) -> None:
        """Keep connected until cancelled.

        :param hear: called in the event loop with everything that is heard.
        :param will: the topic and content of the will, given the number of the connection.
        """
        self._hear = hear
        while True:
            self.version = self._speech.version(now_s=_now_s())
            client = self._client = self._new_client(asyncio.get_running_loop())
            self.connections += 1
            topic, content = will(self.connections)
            client.will_set(topic, content, qos=1, retain=True)
            try:
                await self._one_connection(client)
            finally:
                self._drop(client)
                # also when cancelled: the library's thread calls into the event loop and must not outlive it
                await asyncio.to_thread(join, client)
            await asyncio.sleep(self._patience.next_s())

    async def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False, bulk: bool = False
    ) -> None:
        """Hand a message over as soon as the window has room for it.

        The broker's acknowledgement is no receipt and nobody waits for it here.

        :param bulk: it is one of many and can wait for a thin line.
        :raises: LinkDown when there is no connection.
        """
        while self._up and not self._window.has_room(bulk=bulk):
            self._moved.clear()
            await self._moved.wait()
        if self._client is None or not self._up:
            raise LinkDown
        size_bytes = packet_bytes(topic, payload)
        if self._packet_bytes_max is not None and size_bytes > self._packet_bytes_max:
            # the broker would end the connection for it, again and again
            self._refusals.refused(topic, f"it takes at most {self._packet_bytes_max} bytes")
            self.settled(topic, False)
            return
        info = self._client.publish(topic, payload, qos=qos, retain=retain)
        self._on_the_way[info.mid] = topic
        self._window.sent(info.mid, size_bytes, bulk=bulk, now_s=_now_s())

    def rebuild(self, why: str) -> None:
        """End the connection, which looks alive and is not, and begin another with the usual patience."""
        if self._up:
            self._over(why)

    def acknowledge(self, heard: Heard) -> None:
        """Tell the broker that a message need not be delivered again; only with `acknowledge_late`."""
        # what came with QoS 0 has no number, and a broker ends the connection of whoever acknowledges it
        if heard.mid and self._client is not None and heard.connection == self.connections:
            self._client.ack(heard.mid, 1)

    async def _one_connection(self, client: mqtt.Client) -> None:
        self._ended.clear()
        try:
            await self._connect(client)
        except (OSError, ValueError) as error:
            if isinstance(error, ssl.SSLCertVerificationError):
                self.distrust(error.verify_code)
            self._outage.begin(type(error).__name__)
            return
        client.loop_start()
        await self._until_over()

    async def _connect(self, client: mqtt.Client) -> None:
        """A cancellation is answered when the thread has ended: nothing can stop it, and what it opened is closed."""
        trying = asyncio.get_running_loop().run_in_executor(None, connecting(client, self._address))
        try:
            await asyncio.shield(trying)
        finally:
            await asyncio.wait({trying})
            # looked at, so that a failure that nobody waits for any more is not reported as forgotten
            trying.exception()

    async def _until_over(self) -> None:
        """Return when the connection is over; one that is not up after a keep-alive is."""
        try:
            async with asyncio.timeout(self._address.keepalive_s):
                await self._ended.wait()
        except TimeoutError:
            if not self._up:
                self._over("it answers nothing")
            await self._ended.wait()

    def _new_client(self, loop: asyncio.AbstractEventLoop) -> mqtt.Client:
        client = new_client(
            self._library, self._address, version=self.version, traffic=self.traffic, manual_ack=self._acknowledge_late
        )

        def crossing(handler: Callable[[list[Any]], None]) -> Callable[..., None]:
            """Call the handler in the event loop, unless the connection it speaks of is over by then."""

            def current(arguments: list[Any]) -> None:
                if client is self._client:
                    handler(arguments)

            def cross(*arguments: Any) -> None:
                loop.call_soon_threadsafe(current, list(arguments))

            return cross

        # paho's callbacks: (client, userdata, flags | mid | message, reason or reasons, properties)
        client.on_connect = crossing(lambda a: self._connected(client, a[3], limits=a[4]))
        client.on_subscribe = crossing(lambda a: self._subscribed(a[3]))
        client.on_message = crossing(lambda a: self._message(a[2]))
        client.on_publish = crossing(lambda a: self._acknowledged(a[2], a[3]))
        client.on_disconnect = crossing(lambda a: self._over(str(a[3])))
        return client

    def _connected(self, client: mqtt.Client, reason: ReasonCode, *, limits: Properties | None) -> None:
        if reason.value == UNSUPPORTED_VERSION and self._speech.falls_back(now_s=_now_s()):
            _log.warning("the broker does not speak MQTT 5: with 3.1.1 it cannot be seen what it refuses")
            self._ended.set()
            return
        if reason.is_failure:
            self._over(f"it refused the connection: {reason}")
            return
        receive_max, self._packet_bytes_max = limits_of(limits)
        self._window.begin(receive_max=receive_max)
        subscribe(client, self._topics)

    def _subscribed(self, reasons: list[ReasonCode]) -> None:
        if any(reason.is_failure for reason in reasons):
            self._over("it refused a subscription")
            return
        self._up = True
        self._outage.end()
        self._hear(Heard("up"))

    def _message(self, message: mqtt.MQTTMessage) -> None:
        if not message.retain:
            # somebody on the other side spoke, and it came through
            self._patience.progressed()
        self._hear(Heard("message", message.topic, bytes(message.payload), message.mid, self.connections))

    def _acknowledged(self, mid: int, reason: ReasonCode) -> None:
        topic = self._on_the_way.pop(mid, None)
        if topic is None:
            return
        self._window.settled(mid, now_s=_now_s())
        self._moved.set()
        if reason.is_failure:
            self._refusals.refused(topic, str(reason))
        else:
            self._refusals.taken(topic)
            # an older broker says the same of what it throws away, and of what nobody hears this one says so
            if self.version == "5" and reason.value == _SUCCESS:
                self._patience.progressed()
        self.settled(topic, not reason.is_failure)

    def _over(self, why: str) -> None:
        self._outage.begin(why)
        self._ended.set()

    def _drop(self, client: mqtt.Client) -> None:
        was_up, self._up, self._client = self._up, False, None
        leave(client)
        self._on_the_way.clear()
        # whoever waits for room waits in vain
        self._moved.set()
        if was_up:
            self._hear(Heard("down"))


def _now_s() -> float:
    return asyncio.get_running_loop().time()
