"""One connection of the library's: made for MQTT 5 or 3.1.1, with sockets that are counted and closed in time."""

import contextlib
import socket
import ssl
from collections.abc import Callable
from functools import partial
from typing import cast

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from agent.link.address import Address
from agent.link.speech import Version
from agent.link.traffic import Traffic
from agent.link.window import IN_FLIGHT_MAX

UNSUPPORTED_VERSION = 0x84
"""The reason of who speaks an older MQTT. Source: MQTT 5, 3.2.2.2; paho-mqtt reads 3.1.1's return code 1 as this."""


def new_client(
    library: Callable[..., mqtt.Client], address: Address, *, version: Version, traffic: Traffic, manual_ack: bool
) -> mqtt.Client:
    """A client that has not connected, and will connect once only."""
    client = library(
        CallbackAPIVersion.VERSION2,
        client_id=address.identity,
        protocol=mqtt.MQTTv5 if version == "5" else mqtt.MQTTv311,
        clean_session=None if version == "5" else True,
        reconnect_on_failure=False,
        manual_ack=manual_ack,
    )
    address.tls.sslsocket_class = _secured(traffic)
    client.tls_set_context(address.tls)
    client.max_inflight_messages_set(IN_FLIGHT_MAX)
    return client


def connecting(client: mqtt.Client, address: Address) -> Callable[[], object]:
    """What connects, in a thread. Every connection is a new session: what the broker remembers is no proof."""
    connect = partial(client.connect, address.host, address.port, address.keepalive_s)
    if client.protocol != mqtt.MQTTv5:
        return connect
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho leaves it untyped
    properties.ReceiveMaximum = IN_FLIGHT_MAX
    return partial(connect, clean_start=True, properties=properties)


def subscribe(client: mqtt.Client, topics: tuple[str, ...]) -> None:
    """Ask for what comes to these topics, with QoS 1."""
    if client.protocol == mqtt.MQTTv5:
        client.subscribe([(topic, SubscribeOptions(qos=1)) for topic in topics])
    else:
        client.subscribe([(topic, 1) for topic in topics])


def leave(client: mqtt.Client) -> None:
    """End the connection so that the broker publishes the will: who leaves in good order is gone as well."""
    if client.protocol == mqtt.MQTTv5:
        client.disconnect(reasoncode=ReasonCode(PacketTypes.DISCONNECT, "Disconnect with will message"))
        return
    # an orderly end has no will in 3.1.1
    live = cast(socket.socket | None, client.socket())
    if live is not None:
        with contextlib.suppress(OSError):
            live.shutdown(socket.SHUT_RDWR)
    client.disconnect()


def join(client: mqtt.Client) -> None:
    """Wait for the library's thread, which may need a second to see that it is over, and close all that it opened."""
    # the library looks at its thread twice, and the thread may end between the two
    with contextlib.suppress(AttributeError):
        client.loop_stop()
    # the pair of sockets that woke the thread would be left to the garbage collector; 2.1 closes it and then fails
    with contextlib.suppress(ValueError):
        client.reinitialise()


def limits_of(properties: Properties | None) -> tuple[int | None, int | None]:
    """The broker's Receive Maximum and Maximum Packet Size, which the library does not read; None where it has none."""
    return getattr(properties, "ReceiveMaximum", None), getattr(properties, "MaximumPacketSize", None)


def packet_bytes(topic: str, payload: bytes) -> int:
    """No publish of this takes more on the wire: fixed header, topic's length, number, properties."""
    return 5 + 2 + len(topic.encode()) + 2 + 1 + len(payload)


def _secured(traffic: Traffic) -> type[ssl.SSLSocket]:
    class Secured(ssl.SSLSocket):
        """The library leaves the socket of a failed handshake to the garbage collector, which may be long in coming."""

        def do_handshake(self, block: bool = False) -> None:
            """:raises: OSError; the socket is closed then."""
            traffic.begun(self)
            try:
                super().do_handshake(block)
            except OSError:
                self.close()
                raise

        def close(self) -> None:
            """Counted before it is too late."""
            traffic.ending(self)
            super().close()

    return Secured
