"""An MQTT client without a thread: it lives in the event loop that it is started in, beside thousands of others.

It is the library's own client (`agent.link` drives it as it drives any), with the library's interface for foreign event
loops behind the two verbs that begin and end a thread elsewhere. Source: paho-mqtt's documentation, "External event
loop support". A rehearsal's faults of the link are here as well, because here is the socket.
"""

import asyncio
import contextlib
import socket
import ssl
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import MQTTErrorCode

TEND_S = 1.0
"""How often the keep-alive is looked after."""


class LoopClient(mqtt.Client):
    """One connection; everything but connecting happens in the event loop."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._events: asyncio.AbstractEventLoop | None = None
        self._tending: asyncio.TimerHandle | None = None
        self._silent = False
        self.on_socket_register_write = lambda _client, _data, sock: self._watch_writing(sock)
        self.on_socket_unregister_write = lambda _client, _data, sock: self._leave_writing(sock)
        self.on_socket_close = lambda _client, _data, sock: self._leave(sock)

    def loop_start(self) -> MQTTErrorCode:
        """Begin to read and write; called in the event loop, when the connection is there."""
        self._events = asyncio.get_running_loop()
        self._resume()
        self._tend()
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def loop_stop(self) -> MQTTErrorCode:
        """End: what still waits is written if it can be, and the socket is closed. Called in a thread, which waits."""
        if self._events is not None:
            asyncio.run_coroutine_threadsafe(self._end(), self._events).result()
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def cut(self, for_s: float) -> None:
        """Let nothing through for so long; neither side is told."""
        sock = self.socket()
        if self._events is None or sock is None or self._silent:
            return
        self._silent = True
        self._leave(sock)
        self._events.call_later(for_s, self._resume)

    def break_off(self) -> None:
        """End the connection as a machine between does: at once and without a word."""
        sock = self.socket()
        if self._events is not None and isinstance(sock, socket.socket):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _resume(self) -> None:
        self._silent = False
        sock = self.socket()
        if self._events is None or sock is None:
            return
        self._events.add_reader(sock.fileno(), self._read)
        if self.want_write():
            self._events.add_writer(sock.fileno(), self._write)

    def _read(self) -> None:
        more = True
        while more:
            self.loop_read()
            sock = self.socket()
            # what TLS has taken from the kernel makes no socket readable any more
            more = isinstance(sock, ssl.SSLSocket) and sock.pending() > 0

    def _write(self) -> None:
        self.loop_write()

    def _tend(self) -> None:
        self.loop_misc()
        if self._events is not None and self.socket() is not None:
            self._tending = self._events.call_later(TEND_S, self._tend)

    def _watch_writing(self, sock: Any) -> None:
        # before `loop_start` a thread connects: what it wants to write is looked for there
        if self._events is not None and not self._silent:
            self._events.add_writer(sock.fileno(), self._write)

    def _leave_writing(self, sock: Any) -> None:
        if self._events is not None and sock.fileno() >= 0:
            self._events.remove_writer(sock.fileno())

    def _leave(self, sock: Any) -> None:
        if self._events is not None and sock.fileno() >= 0:
            self._events.remove_reader(sock.fileno())
            self._events.remove_writer(sock.fileno())

    async def _end(self) -> None:
        if self._tending is not None:
            self._tending.cancel()
        if self.socket() is not None and not self._silent:
            # the last word, if the socket takes it; the library closes the socket behind it
            self.loop_write()
        sock = self.socket()
        if sock is not None:
            self._leave(sock)
            sock.close()
        self._events = None
