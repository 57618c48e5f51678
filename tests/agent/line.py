"""A TCP proxy that is a bad line between a station and its broker: narrow, slow, cut again and again, or frozen."""

import asyncio
import socket
from dataclasses import dataclass
from typing import Self

_PIECE_BYTES = 2048


@dataclass(frozen=True, kw_only=True)
class Manner:
    """What is wrong with the line. Each direction has its own width."""

    bytes_per_s: int | None = None
    delay_s: float = 0.0
    cut_after_bytes: int | None = None
    """A connection ends when this many bytes went up: with a width, so many seconds of the line's own time. What a
    busy machine keeps waiting is not counted."""


class Line:
    """Carries connections to the broker's port and counts what went over the line, TLS and all."""

    def __init__(self, broker_port: int, manner: Manner | None = None) -> None:
        self.manner = manner or Manner()
        self.up_bytes = self.down_bytes = self.connections = 0
        self._broker_port = broker_port
        self._listening = socket.socket()
        # what a station's kernel has handed over was carried: no more than a few pieces may wait on this side
        self._listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2 * _PIECE_BYTES)
        self._listening.bind(("127.0.0.1", 0))
        self._listening.listen()
        self._listening.setblocking(False)
        self.port = int(self._listening.getsockname()[1])
        self._tasks: set[asyncio.Task[None]] = set()
        self._carrying: set[asyncio.Task[None]] = set()
        self._thawed = asyncio.Event()
        self._thawed.set()

    async def __aenter__(self) -> Self:
        self._begin(self._accept(), self._tasks)
        return self

    async def __aexit__(self, *_exception: object) -> None:
        running = self._tasks | self._carrying
        for task in running:
            task.cancel()
        await asyncio.wait(running)
        self._listening.close()

    def cut(self) -> None:
        """End every connection now."""
        for task in self._carrying:
            task.cancel()

    def freeze(self) -> None:
        """Carry nothing more, and end nothing: new connections are taken and get no answer either."""
        self._thawed.clear()

    def thaw(self) -> None:
        self._thawed.set()

    def _begin(self, work: "asyncio._CoroutineLike[None]", among: set[asyncio.Task[None]]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        among.add(task)
        task.add_done_callback(among.discard)
        return task

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            station, _ = await loop.sock_accept(self._listening)
            station.setblocking(False)
            self.connections += 1
            self._begin(self._connection(station), self._carrying)

    async def _connection(self, station: socket.socket) -> None:
        with station, socket.socket() as broker:
            broker.setblocking(False)
            try:
                await asyncio.get_running_loop().sock_connect(broker, ("127.0.0.1", self._broker_port))
            except OSError:
                return
            pumps: set[asyncio.Task[None]] = set()
            self._begin(self._pump(station, broker, up=True), pumps)
            self._begin(self._pump(broker, station, up=False), pumps)
            running = set(pumps)
            try:
                await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for pump in running:
                    pump.cancel()
                await asyncio.wait(running)

    async def _pump(self, source: socket.socket, sink: socket.socket, *, up: bool) -> None:
        loop, carried = asyncio.get_running_loop(), 0
        on_its_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(512)
        arrivals: set[asyncio.Task[None]] = set()
        arriving = self._begin(self._arrive(sink, on_its_way), arrivals)
        try:
            while piece := await loop.sock_recv(source, _PIECE_BYTES):
                await self._thawed.wait()
                carried += len(piece)
                self._count(len(piece), up=up)
                await self._carry(len(piece))
                await on_its_way.put((loop.time() + self.manner.delay_s, piece))
                if up and self.manner.cut_after_bytes is not None and carried >= self.manner.cut_after_bytes:
                    return
        except OSError:
            return
        finally:
            arriving.cancel()
            await asyncio.wait({arriving})

    async def _arrive(self, sink: socket.socket, on_its_way: asyncio.Queue[tuple[float, bytes]]) -> None:
        loop = asyncio.get_running_loop()
        while True:
            at_s, piece = await on_its_way.get()
            await self._thawed.wait()
            await _until(at_s)
            try:
                await loop.sock_sendall(sink, piece)
            except OSError:
                return

    def _count(self, size_bytes: int, *, up: bool) -> None:
        if up:
            self.up_bytes += size_bytes
        else:
            self.down_bytes += size_bytes

    async def _carry(self, size_bytes: int) -> None:
        if self.manner.bytes_per_s is not None:
            await _until(asyncio.get_running_loop().time() + size_bytes / self.manner.bytes_per_s)


async def _until(at_s: float) -> None:
    over = asyncio.get_running_loop().create_future()
    handle = asyncio.get_running_loop().call_at(at_s, over.set_result, None)
    try:
        await over
    finally:
        handle.cancel()
