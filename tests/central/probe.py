"""A plain MQTT 5 client that keeps everything the broker says to it."""

import queue
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.subscribeoptions import SubscribeOptions

ANSWER_LIMIT_S = 60.0


class Probe:
    """One connection. Every call waits for the broker's answer and returns the name of its reason code."""

    def __init__(self, tls: ssl.SSLContext, *, identity: str) -> None:
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=identity, protocol=mqtt.MQTTv5, reconnect_on_failure=False
        )
        self._client.tls_set_context(tls)
        self._connected: queue.Queue[str] = queue.Queue()
        self._granted: queue.Queue[list[str]] = queue.Queue()
        self._published: queue.Queue[str] = queue.Queue()
        self._messages: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self._ended: queue.Queue[str] = queue.Queue()
        self._client.on_connect = _noting(self._connected, lambda given: str(given[3]))
        self._client.on_subscribe = _noting(self._granted, lambda given: [str(reason) for reason in given[3]])
        self._client.on_publish = _noting(self._published, lambda given: str(given[3]))
        self._client.on_message = _noting(self._messages, lambda given: (given[2].topic, given[2].payload))
        self._client.on_disconnect = _noting(self._ended, lambda given: str(given[3]))

    def connect(self, port: int) -> str:
        self._client.connect("localhost", port)
        self._client.loop_start()
        return self._connected.get(timeout=ANSWER_LIMIT_S)

    def subscribe(self, *topics: str) -> list[str]:
        self._client.subscribe([(topic, SubscribeOptions(qos=1)) for topic in topics])
        return self._granted.get(timeout=ANSWER_LIMIT_S)

    def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> str:
        self._client.publish(topic, payload, qos=qos, retain=retain)
        return self._published.get(timeout=ANSWER_LIMIT_S)

    def heard(self) -> tuple[str, bytes]:
        """The next message: topic and payload."""
        return self._messages.get(timeout=ANSWER_LIMIT_S)

    def heard_nothing(self) -> bool:
        return self._messages.empty()

    def thrown_out(self) -> str:
        """Waits for the end of the connection, and gives the broker's reason."""
        return self._ended.get(timeout=ANSWER_LIMIT_S)

    @property
    def still_connected(self) -> bool:
        return self._ended.empty() and self._client.is_connected()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def _noting(where: "queue.Queue[Any]", what: Callable[[tuple[Any, ...]], object]) -> Callable[..., None]:
    def note(*given: Any) -> None:
        where.put(what(given))

    return note


@contextmanager
def probing(tls: ssl.SSLContext, *, identity: str, port: int) -> Iterator[Probe]:
    """A probe that is connected, and closed at the end."""
    probe = Probe(tls, identity=identity)
    try:
        assert probe.connect(port) == "Success"
        yield probe
    finally:
        probe.close()
