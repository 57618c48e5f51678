"""A proxy at the level of MQTT packets: it doubles and reorders what is published, or speaks 3.1.1 only.

It ends TLS on both sides: to the station it is the broker, to the broker the station.
"""

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

_CONNECT, _PUBLISH = 1, 3
_QOS_1, _DUP = 0x02, 0x08

_FOLLOWS_WITHIN_S = 0.1
"""So long a publish is held back for another one to overtake it."""

REFUSES_5 = b"\x20\x02\x00\x01"
"""What RabbitMQ 3.10 and other brokers of 3.1.1 answer to whoever speaks MQTT 5. Source: MQTT 3.1.1, 3.2.2.3."""


@dataclass(frozen=True, kw_only=True)
class Mischief:
    """What becomes of packets."""

    doubles: bool = False
    """Every publish of QoS 1 comes twice, in both directions, as after a lost acknowledgement."""
    reorders: bool = False
    """Every second publish overtakes the one before it, in both directions."""
    speaks_5: bool = True
    """Whether MQTT 5 is spoken here."""


class Meddler:
    """Takes connections on a port of its own."""

    def __init__(self, mischief: Mischief, *, front: ssl.SSLContext, back: ssl.SSLContext, broker_port: int) -> None:
        """:param front: the broker's certificate. :param back: the station's."""
        self._mischief = mischief
        self._front, self._back, self._broker_port = front, back, broker_port
        self.connects: list[int] = []
        """The protocol levels that connections asked for: 4 is MQTT 3.1.1."""
        self.doubled = self.reordered = 0
        self.deaf = False
        """While it is, what stations publish is acknowledged and goes nowhere; pings are answered."""
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._front)
        self.port = int(self._server.sockets[0].getsockname()[1])
        self._serving: set[asyncio.Task[None]] = set()
        return self

    async def __aexit__(self, *_exception: object) -> None:
        self._server.close()
        for task in self._serving:
            task.cancel()
        if self._serving:
            await asyncio.wait(self._serving)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving = asyncio.current_task()
        assert serving is not None
        self._serving.add(serving)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._connection(reader, writer)
        except asyncio.CancelledError:
            # ended with the proxy; whoever waits for it need not hear of it
            return
        finally:
            self._serving.discard(serving)
            await _close(writer)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await _packet(reader)
        assert first is not None
        assert first[0] >> 4 == _CONNECT
        level = _body(first)[6]
        self.connects.append(level)
        if level == 5 and not self._mischief.speaks_5:
            writer.write(REFUSES_5)
            await writer.drain()
            return
        above, below = await asyncio.open_connection(
            "127.0.0.1", self._broker_port, ssl=self._back, server_hostname="localhost"
        )
        below.write(first)
        loop = asyncio.get_running_loop()
        upward = self._pump(reader, below, back=writer)
        pumps = {loop.create_task(upward), loop.create_task(self._pump(above, writer))}
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.wait(pumps)
            await _close(below)

    async def _pump(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, back: asyncio.StreamWriter | None = None
    ) -> None:
        held: bytes | None = None
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                packet = await _packet(source, patient=held is None)
                if self.deaf and back is not None and packet is not None and _is_publish(packet):
                    _acknowledge(packet, back)
                    continue
                if self._mischief.reorders and packet is not None and held is None and _is_publish(packet):
                    held = packet
                    continue
                if packet is not None:
                    self._pass_on(packet, sink)
                if held is not None:
                    self._pass_on(held, sink)
                    self.reordered += packet is not None and _is_publish(packet)
                    held = None
                await sink.drain()

    def _pass_on(self, packet: bytes, sink: asyncio.StreamWriter) -> None:
        sink.write(packet)
        if self._mischief.doubles and _is_publish(packet) and packet[0] & 0x06 == _QOS_1:
            sink.write(bytes([packet[0] | _DUP]) + packet[1:])
            self.doubled += 1


def _acknowledge(packet: bytes, back: asyncio.StreamWriter) -> None:
    if packet[0] & 0x06 == _QOS_1:
        body = _body(packet)
        after_topic = 2 + int.from_bytes(body[:2], "big")
        back.write(b"\x40\x02" + body[after_topic : after_topic + 2])


def _is_publish(packet: bytes) -> bool:
    return packet[0] >> 4 == _PUBLISH


async def _packet(source: asyncio.StreamReader, *, patient: bool = True) -> bytes | None:
    """One MQTT packet as it came; None when none begins for a while and nobody is patient."""
    try:
        async with asyncio.timeout(None if patient else _FOLLOWS_WITHIN_S):
            packet = await source.readexactly(1)
    except TimeoutError:
        return None
    length = shift = 0
    while True:
        digit = await source.readexactly(1)
        packet += digit
        length |= (digit[0] & 0x7F) << shift
        shift += 7
        if digit[0] < 0x80:
            return packet + await source.readexactly(length)


def _body(packet: bytes) -> bytes:
    start = 1
    while packet[start] >= 0x80:
        start += 1
    return packet[start + 1 :]


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError, asyncio.CancelledError):
        await writer.wait_closed()
