"""A server that speaks just enough MQTT 5 over TLS to be a bad broker: one connection at a time, in a thread."""

import socket
import ssl
import threading
from contextlib import ExitStack, suppress
from typing import Literal

Manner = Literal["says nothing", "confirms no subscription", "refuses the subscription", "refuses the connection"]

_CONNACK, _CONNACK_REFUSED = b"\x20\x03\x00\x00\x00", b"\x20\x03\x00\x87\x00"
_PINGRESP = b"\xd0\x00"
_REFUSED = 0x87


class MuteBroker:
    """Takes every connection, and then behaves in one manner."""

    def __init__(self, manner: Manner, tls: ssl.SSLContext) -> None:
        self._manner = manner
        self._tls = tls
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self.connections = 0
        self._thread = threading.Thread(target=self._accept)

    def __enter__(self) -> "MuteBroker":
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        # wakes the thread where it waits for the next client; the last one has left
        self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            # who leaves in the middle of anything has left
            with ExitStack() as open_sockets, suppress(OSError):
                open_sockets.enter_context(client)
                secured = open_sockets.enter_context(self._tls.wrap_socket(client, server_side=True))
                self.connections += 1
                self._serve(secured)

    def _serve(self, client: ssl.SSLSocket) -> None:
        while head := client.recv(1):
            body = self._exactly(client, self._length(client))
            client.sendall(self._answer(head[0], body))

    def _length(self, client: ssl.SSLSocket) -> int:
        """MQTT's variable length; nothing that comes here needs more than two bytes of it."""
        first = self._exactly(client, 1)[0]
        return first if first < 128 else (first & 127) + 128 * self._exactly(client, 1)[0]

    def _exactly(self, client: ssl.SSLSocket, size: int) -> bytes:
        content = b""
        while len(content) < size:
            piece = client.recv(size - len(content))
            if not piece:
                raise ConnectionResetError
            content += piece
        return content

    def _answer(self, kind: int, body: bytes) -> bytes:
        # CONNECT, SUBSCRIBE, PINGREQ
        match kind, self._manner:
            case _, "says nothing":
                return b""
            case 0x10, "refuses the connection":
                return _CONNACK_REFUSED
            case 0x10, _:
                return _CONNACK
            case 0x82, "refuses the subscription":
                return bytes([0x90, 4, body[0], body[1], 0, _REFUSED])
            case 0xC0, _:
                return _PINGRESP
            case _:
                return b""
