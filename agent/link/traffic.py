"""What the connections cost in bytes, as the kernel counts them: with TLS, MQTT's own words and repetitions. What the
kernel still holds when a connection is closed is not in it.

Source: Linux, include/uapi/linux/tcp.h, struct tcp_info (tcpi_bytes_received, tcpi_bytes_sent).
"""

import socket
import ssl
import struct
import threading

_RECEIVED_AT, _SENT_AT = 128, 200
_INFO_BYTES = 256
_COUNTER = struct.Struct("=Q")


class Traffic:
    """Counts all connections that were ever made through its sockets; they live in the library's threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._live: ssl.SSLSocket | None = None
        self._up_bytes = self._down_bytes = 0

    @property
    def bytes(self) -> tuple[int, int]:
        """Sent and received, in this process's life."""
        with self._lock:
            up_bytes, down_bytes = (0, 0) if self._live is None else _counted(self._live)
            return self._up_bytes + up_bytes, self._down_bytes + down_bytes

    def begun(self, connection: ssl.SSLSocket) -> None:
        """It is the connection now."""
        with self._lock:
            self._live = connection

    def ending(self, connection: ssl.SSLSocket) -> None:
        """Its counts are kept; afterwards nobody could ask for them. Told of twice, it is counted once."""
        with self._lock:
            if self._live is not connection:
                return
            up_bytes, down_bytes = _counted(connection)
            self._up_bytes += up_bytes
            self._down_bytes += down_bytes
            self._live = None


def _counted(connection: ssl.SSLSocket) -> tuple[int, int]:
    try:
        known = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_BYTES)
    except OSError:
        return 0, 0
    if len(known) < _SENT_AT + _COUNTER.size:
        # a kernel that does not count them
        return 0, 0
    return _COUNTER.unpack_from(known, _SENT_AT)[0], _COUNTER.unpack_from(known, _RECEIVED_AT)[0]
