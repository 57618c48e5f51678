"""Any device model behind usbredir: what QEMU plugs into a virtual machine, whose own kernel and libusb then see it.

`Redirected` is the protocol without a socket; `serve` carries its bytes; `Plug` does so in a thread until it is pulled.

What is lost on this road and not on another: when a time limit of the machine's strikes in the middle of a transfer,
QEMU throws away what had come of it. A port's reset has no answer here: one that is refused leaves the device as it
was. Interrupt packets are asked for by QEMU all the time, whether a program reads or not.

Source: facts/fingerprint-sensors.md section 16.B.
"""

import contextlib
import select
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.emulators.usb import Babble, Model, Refused, Setup, Stall, Unplugged
from tests.emulators.usbredir_wire import Bulk, Kind, Packet, Status, Wire, endpoints, interface_info

CHUNK_BYTES = 1 << 18
_CLEAR_ENDPOINT = (0x02, 1)
"""Request type and request of CLEAR_FEATURE for an endpoint; its only feature is the halt."""


@dataclass
class _Transfer:
    """One that the peer waits for."""

    id: int
    head: Bulk
    data: bytes
    got: bytes = b""


class Redirected:
    """One plugging of a model, as its peer's bytes see it."""

    def __init__(self, model: Model) -> None:
        self._model, self._wire = model, Wire()
        self._waiting: list[_Transfer] = []
        self._listening: dict[int, int] = {}
        """Interrupt endpoints that are asked all the time, and how many packets each gave."""
        self._sent = bytearray(self._wire.hello())
        self.gone = False
        """Whether the model pulled its own plug."""

    def to_send(self) -> bytes:
        """What the peer has not been sent yet."""
        data = bytes(self._sent)
        self._sent.clear()
        return data

    def next_s(self) -> float | None:
        """When to serve again although nothing has come."""
        return self._model.next_s() if self._waiting or self._listening else None

    def receive(self, data: bytes, *, now_s: float) -> None:
        """:raises: ConnectionError for what is not usbredir."""
        for packet in self._wire.split(data):
            self._obey(packet, now_s=now_s)
        self.serve(now_s=now_s)

    def _describe(self) -> None:
        self._send(Kind.EP_INFO, 0, self._wire.ep_info(self._model.shape))
        self._send(Kind.INTERFACE_INFO, 0, interface_info(self._model.shape))

    def _send(self, kind: Kind, number: int, body: bytes) -> None:
        self._sent += self._wire.packet(kind, number, body)

    def _obey(self, packet: Packet, *, now_s: float) -> None:
        body = packet.body
        match packet.kind:
            case Kind.HELLO:
                self._describe()
                self._send(Kind.DEVICE_CONNECT, 0, self._wire.connect(self._model.shape))
            case Kind.RESET:
                with contextlib.suppress(Refused):
                    self._model.reset()
            case Kind.SET_CONFIGURATION | Kind.GET_CONFIGURATION:
                self._configure(packet)
            case Kind.SET_ALT | Kind.GET_ALT:
                # no model has alternate settings
                status = Status.INVALID if body[1:] not in {b"", b"\0"} else Status.OK
                if packet.kind == Kind.SET_ALT and status is Status.OK:
                    self._describe()
                self._send(Kind.ALT_STATUS, packet.id, bytes((status, body[0], 0)))
            case Kind.START_INTERRUPTS | Kind.STOP_INTERRUPTS:
                self._listen(packet)
            case Kind.CANCEL:
                for transfer in [one for one in self._waiting if one.id == packet.id]:
                    self._end(transfer, Status.CANCELLED)
            case Kind.CONTROL:
                self._control(packet, now_s=now_s)
            case Kind.BULK:
                head, data = self._wire.read_bulk(body)
                self._waiting.append(_Transfer(packet.id, head, data))
            case _:
                # filters, and what only other capabilities bring
                pass

    def _configure(self, packet: Packet) -> None:
        only = self._model.shape.configuration[5]
        known = packet.body in {b"", bytes((only,))}
        if packet.kind == Kind.SET_CONFIGURATION and known:
            self._describe()
        status = Status.OK if known else Status.INVALID
        self._send(Kind.CONFIGURATION_STATUS, packet.id, bytes((status, only)))

    def _listen(self, packet: Packet) -> None:
        endpoint = packet.body[0]
        if packet.kind == Kind.START_INTERRUPTS:
            self._listening.setdefault(endpoint, 0)
        else:
            self._listening.pop(endpoint, None)
        self._send(Kind.INTERRUPTS_STATUS, packet.id, bytes((Status.OK, endpoint)))

    def _control(self, packet: Packet, *, now_s: float) -> None:
        endpoint, request, request_type, _, value, index, size_bytes = struct.unpack_from("<BBBBHHH", packet.body)
        status, answer = Status.OK, b""
        try:
            if (request_type, request) == _CLEAR_ENDPOINT:
                self._model.clear_halt(index)
            else:
                setup = Setup(request_type, request, value, index, size_bytes)
                answer = self._model.control(setup, packet.body[10:], now_s=now_s)
        except Stall:
            status = Status.STALL
        if request_type & 0x80 or status is not Status.OK:
            size_bytes = len(answer)
        head = struct.pack("<BBBBHHH", endpoint, request, request_type, status, value, index, size_bytes)
        self._send(Kind.CONTROL, packet.id, head + answer)

    def serve(self, *, now_s: float) -> None:
        """Give the model what waits, endpoint by endpoint in order, and pass on what it has by now."""
        try:
            while self._serve(now_s):
                # what was taken from one endpoint may be what another one waited for
                pass
            for endpoint in list(self._listening):
                self._hear(endpoint, now_s=now_s)
        except Unplugged:
            self._waiting.clear()
            self._listening.clear()
            self._send(Kind.DEVICE_DISCONNECT, 0, b"")
            self.gone = True

    def _serve(self, now_s: float) -> bool:
        """Whether any transfer ended."""
        held, before = set[int](), len(self._waiting)
        for transfer in list(self._waiting):
            if transfer.head.endpoint in held:
                continue
            try:
                status = self._served(transfer, now_s=now_s)
            except Stall:
                status = Status.STALL
            except Babble:
                status = Status.BABBLE
            if status is None:
                held.add(transfer.head.endpoint)
            else:
                self._end(transfer, status)
        return len(self._waiting) < before

    def _served(self, transfer: _Transfer, *, now_s: float) -> Status | None:
        endpoint, size_bytes = transfer.head.endpoint, transfer.head.size_bytes
        if not endpoint & 0x80:
            return Status.OK if self._model.out(endpoint, transfer.data, now_s=now_s) else None
        data, ended = self._model.take(endpoint, size_bytes - len(transfer.got), now_s=now_s)
        transfer.got += data
        return Status.OK if ended or len(transfer.got) == size_bytes else None

    def _end(self, transfer: _Transfer, status: Status) -> None:
        self._waiting.remove(transfer)
        given = len(transfer.data) if status is Status.OK else 0
        size_bytes = len(transfer.got) if transfer.head.endpoint & 0x80 else given
        head = transfer.head._replace(status=status, size_bytes=size_bytes)
        self._send(Kind.BULK, transfer.id, self._wire.bulk(head) + transfer.got)

    def _hear(self, endpoint: int, *, now_s: float) -> None:
        """Every packet that an interrupt endpoint has, each by itself."""
        (size_bytes,) = [one.packet_bytes for one in endpoints(self._model.shape) if one.address == endpoint]
        while True:
            data, ended = self._model.take(endpoint, size_bytes, now_s=now_s)
            if not data and not ended:
                return
            number, self._listening[endpoint] = self._listening[endpoint], self._listening[endpoint] + 1
            self._send(Kind.INTERRUPT, number, struct.pack("<BBH", endpoint, Status.OK, len(data)) + data)


def serve(connection: socket.socket, device: Redirected, *, now_s: Callable[[], float] = time.monotonic) -> None:
    """Carry bytes until the plug is pulled: by the model, by the peer, or by who shuts the connection down."""
    with connection, contextlib.suppress(BrokenPipeError, ConnectionResetError):
        while True:
            connection.sendall(device.to_send())
            if device.gone:
                return
            next_s = device.next_s()
            wait_s = None if next_s is None else max(0.0, next_s - now_s())
            readable, _, _ = select.select([connection], [], [], wait_s)
            if readable:
                data = connection.recv(CHUNK_BYTES)
                if not data:
                    return
                device.receive(data, now_s=now_s())
            else:
                device.serve(now_s=now_s())


class Plug:
    """A model that is plugged into the Unix socket of a `usb-redir` device, until it is pulled."""

    def __init__(self, path: str, model: Model) -> None:
        """:param path: of the socket, on which QEMU listens."""
        self.model = model
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(path)
        self._thread = threading.Thread(target=serve, args=(self._connection, Redirected(model)), name="usbredir")
        self._thread.start()

    def wait(self, limit_s: float | None = None) -> bool:
        """Whether the plug is out by then, whoever pulled it."""
        self._thread.join(limit_s)
        return not self._thread.is_alive()

    def pull(self) -> None:
        """Pull it out, whatever the model is doing; nothing where it is out already."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._thread.join()
