"""The MQTT connection: a lossy pipe. It connects, says what it heard, and publishes; it keeps nothing.

Every connection is a new session (clean start), because the broker's and the library's queues lose silently
(facts/mqtt.md 1 and 7): what has to arrive is sent again until it is signed for. The library's thread never touches
our state: everything crosses into the event loop. Courier and bridge are the two users.
"""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from agent.logs import Outage
from agent.patience import Patience

__all__ = ["IN_FLIGHT_MAX", "Address", "Heard", "Link", "LinkDown", "Patience"]

_log = logging.getLogger(__name__)

IN_FLIGHT_MAX = 16
"""Publishes that may wait for their acknowledgement at once. Source: design.md section 6."""


class LinkDown(Exception):
    """There is no connection; nobody need be told, whoever has something durable tries again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the broker is and who we are to it."""

    host: str
    """Name or address, as the broker's certificate has it."""
    port: int
    """TLS port."""
    identity: str
    """The certificate's name, `tenant/station` or `central`; also the client id."""
    keepalive_s: int
    """MQTT keep-alive."""
    tls: ssl.SSLContext
    """Client certificate, and the CA that the broker is verified with."""


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


class _Secured(ssl.SSLSocket):
    """The library leaves the socket of a failed handshake to the garbage collector, which may be long in coming."""

    def do_handshake(self, block: bool = False) -> None:
        """:raises: OSError; the socket is closed then."""
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


def _passed_over(_verify_code: int) -> None:
    """Nobody is told."""


class Link:
    """One connection at a time, begun again with patience for as long as `run` runs."""

    def __init__(
        self, address: Address, *, topics: tuple[str, ...], patience: Patience, acknowledge_late: bool = False
    ) -> None:
        """:param acknowledge_late: messages are acknowledged by the user, after the commit, and not on arrival."""
        self.distrust: Callable[[int], None] = _passed_over
        """Told OpenSSL's number of what is wrong with the certificate of whatever answers in the broker's place."""
        self._address = address
        self._acknowledge_late = acknowledge_late
        self._topics = topics
        self._patience = patience
        self._outage = Outage(_log, name="the broker")
        self._client: mqtt.Client | None = None
        self._up = False
        self._in_flight: set[int] = set()
        self._window = asyncio.Semaphore(IN_FLIGHT_MAX)
        self._ended = asyncio.Event()
        self._hear: Callable[[Heard], None] = lambda _heard: None
        self.connections = 0

    @property
    def up(self) -> bool:
        """Whether messages can be published now."""
        return self._up

    async def run(self, hear: Callable[[Heard], None], *, will: Callable[[int], tuple[str, bytes]]) -> None:
        """Keep connected until cancelled.

        :param hear: called in the event loop with everything that is heard.
        :param will: the topic and content of the will, given the number of the connection.
        """
        self._hear = hear
        while True:
            client = self._client = self._new_client(asyncio.get_running_loop())
            self.connections += 1
            topic, content = will(self.connections)
            client.will_set(topic, content, qos=1, retain=True)
            try:
                await self._one_connection(client)
            finally:
                self._drop(client)
                # also when cancelled: the library's thread calls into the event loop and must not outlive it
                await asyncio.to_thread(_join, client)
            await asyncio.sleep(self._patience.next_s())

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Hand a message over as soon as fewer than IN_FLIGHT_MAX are unacknowledged.

        The broker's acknowledgement is no receipt and nobody waits for it here.

        :raises: LinkDown when there is no connection.
        """
        await self._window.acquire()
        if self._client is None or not self._up:
            self._window.release()
            raise LinkDown
        info = self._client.publish(topic, payload, qos=qos, retain=retain)
        self._in_flight.add(info.mid)

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
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho leaves it untyped
        properties.ReceiveMaximum = IN_FLIGHT_MAX
        address = self._address
        connect = partial(
            client.connect, address.host, address.port, address.keepalive_s, clean_start=True, properties=properties
        )
        connecting = asyncio.get_running_loop().run_in_executor(None, connect)
        try:
            await asyncio.shield(connecting)
        finally:
            await asyncio.wait({connecting})
            # looked at, so that a failure that nobody waits for any more is not reported as forgotten
            connecting.exception()

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
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._address.identity,
            protocol=mqtt.MQTTv5,
            reconnect_on_failure=False,
            manual_ack=self._acknowledge_late,
        )
        self._address.tls.sslsocket_class = _Secured
        client.tls_set_context(self._address.tls)
        client.max_inflight_messages_set(IN_FLIGHT_MAX)

        def crossing(handler: Callable[[list[Any]], None]) -> Callable[..., None]:
            """Call the handler in the event loop, unless the connection it speaks of is over by then."""

            def current(arguments: list[Any]) -> None:
                if client is self._client:
                    handler(arguments)

            def cross(*arguments: Any) -> None:
                loop.call_soon_threadsafe(current, list(arguments))

            return cross

        # paho's callbacks: (client, userdata, flags | mid | message, reason or reasons, properties)
        client.on_connect = crossing(lambda a: self._connected(client, a[3]))
        client.on_subscribe = crossing(lambda a: self._subscribed(a[3]))
        client.on_message = crossing(lambda a: self._message(a[2]))
        client.on_publish = crossing(lambda a: self._acknowledged(a[2], a[3]))
        client.on_disconnect = crossing(lambda a: self._over(str(a[3])))
        return client

    def _connected(self, client: mqtt.Client, reason: ReasonCode) -> None:
        if reason.is_failure:
            self._over(f"it refused the connection: {reason}")
            return
        client.subscribe([(topic, SubscribeOptions(qos=1)) for topic in self._topics])

    def _subscribed(self, reasons: list[ReasonCode]) -> None:
        if any(reason.is_failure for reason in reasons):
            self._over("it refused a subscription")
            return
        self._up = True
        self._outage.end()
        self._hear(Heard("up"))

    def _message(self, message: mqtt.MQTTMessage) -> None:
        self._hear(Heard("message", message.topic, bytes(message.payload), message.mid, self.connections))

    def _acknowledged(self, mid: int, reason: ReasonCode) -> None:
        if mid in self._in_flight:
            self._in_flight.discard(mid)
            self._window.release()
        if reason.is_failure:
            _log.warning("the broker refused a message: %s", reason)
        else:
            self._patience.progressed()

    def _over(self, why: str) -> None:
        self._outage.begin(why)
        self._ended.set()

    def _drop(self, client: mqtt.Client) -> None:
        was_up, self._up, self._client = self._up, False, None
        # who leaves in good order is gone as well: the broker publishes the will
        client.disconnect(reasoncode=ReasonCode(PacketTypes.DISCONNECT, "Disconnect with will message"))
        for _ in self._in_flight:
            self._window.release()
        self._in_flight.clear()
        if was_up:
            self._hear(Heard("down"))


def _join(client: mqtt.Client) -> None:
    """Wait for the library's thread, which may need a second to see that it is over."""
    # the library looks at its thread twice, and the thread may end between the two
    with contextlib.suppress(AttributeError):
        client.loop_stop()
