"""One RTSP stream, read by a child process of ours: who starts it, hears it and ends it.

The child is `rtsp_process.py` and says why it is one. Here its lines become arrivals of the contract and its last word
a fault. It is killed when the reader is stopped, and dies with this process whatever kills that.

Source: facts/face-cctv-console.md section 5 (PyAV 18.1, stream copy, a crash at exit, passwords in error texts).
"""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, cast

from drivers.contract import DeniedFault, Fault, GoneFault, OptionsFault, ProtocolFault, TimedOutFault
from drivers.contract.cctv import Arrival, Delivery, Stream
from drivers.contract.thread import in_thread
from drivers.transport.credentials import Credentials
from drivers.transport.inbox import Inbox

KEPT: Final = 256
"""Of pictures that nobody takes so many are remembered."""

LINE_BYTES_MAX: Final = 4096

MARGIN_S: Final = 5.0
"""So much longer than its own limits the child may take before it counts as hung: libav is loaded first."""

_CHILD: Final = Path(__file__).with_name("rtsp_process.py")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RtspWanted:
    """Which stream, and how long to wait for it."""

    host: str
    """Name or address."""
    port: int
    """Its TCP port."""
    path: str
    """From the slash on, with the query."""
    open_s: float
    """The stream must be there within so long."""
    silence_s: float
    """For so long no picture may come."""


class RtspReader:
    """One stream, from start to stop; used once."""

    def __init__(self, wanted: RtspWanted, credentials: Credentials, *, now_ns: Callable[[], int]) -> None:
        """:param now_ns: the machine's monotonic clock, which the child reads too."""
        self._wanted, self._credentials, self._now_ns = wanted, credentials, now_ns
        self._inbox: Inbox[Arrival] = Inbox(keep=KEPT)
        self._process: subprocess.Popen[bytes] | None = None
        self._heard: tuple[asyncio.ReadTransport, _Ear] | None = None
        self._stream: Stream | None = None
        self._began_ns = self._pictures = self._keys = 0
        self._last: Arrival | None = None
        self._told: deque[Arrival] = deque(maxlen=KEPT)
        self._head, self._reported = asyncio.Event(), asyncio.Event()

    async def start(self) -> None:
        """The stream is there when this returns. :raises: Fault; whoever started must stop, then too."""
        self._process = _child()
        loop = asyncio.get_running_loop()
        self._heard = await loop.connect_read_pipe(lambda: _Ear(self), self._process.stdout)
        self._send(self._process)
        limit = asyncio.timeout(self._wanted.open_s + MARGIN_S)
        try:
            async with limit:
                await self._head.wait()
        except TimeoutError:
            if not limit.expired():
                raise
            self._inbox.fail(_ENDINGS["timed-out"])
        if self._stream is None:
            self._inbox.check()

    async def stop(self) -> None:
        """Kill the child, and wait for its end; works at any time, and twice."""
        if self._process is None:
            return
        self._process.kill()
        if self._heard is not None:
            transport, ear = self._heard
            transport.close()
            await ear.closed.wait()
        await in_thread(self._process.wait)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    @property
    def stream(self) -> Stream:
        """What its pictures are; known once it was started."""
        assert self._stream is not None, "a reader is asked after it was started"
        return self._stream

    @property
    def pid(self) -> int:
        """The child's number."""
        assert self._process is not None, "a reader is asked after it was started"
        return self._process.pid

    def delivery(self) -> Delivery:
        """What has come by now."""
        flowing = self._inbox.fault is None
        return Delivery(self._began_ns, last=self._last, pictures=self._pictures, keys=self._keys, flowing=flowing)

    async def arrival(self) -> Arrival:
        """The next picture. :raises: GoneFault, TimedOutFault, ProtocolFault."""
        limit = asyncio.timeout(self._wanted.silence_s + MARGIN_S)
        try:
            async with limit:
                return await self._inbox.take()
        except TimeoutError:
            if not limit.expired():
                raise
            # the child keeps this limit itself, so it hangs
            self._inbox.fail(_ENDINGS["timed-out"])
            raise TimedOutFault(_ENDINGS["timed-out"].sentence) from None

    async def reported(self, within_s: float) -> tuple[Arrival, ...]:
        """The newest pictures whose times the camera told, as soon as it has told one.

        :raises: TimedOutFault when it tells none in time, and the faults of `arrival`.
        """
        limit = asyncio.timeout(within_s)
        try:
            async with limit:
                await self._reported.wait()
        except TimeoutError:
            if not limit.expired():
                raise
            raise TimedOutFault("The camera sent no report of its clock in time.") from None
        if not self._told:
            self._inbox.check()
        return tuple(self._told)

    def hear(self, line: Mapping[str, object]) -> None:
        """One line of the child's. :raises: KeyError, TypeError, ValueError for what is none."""
        if "stream" in line:
            said = cast("Mapping[str, object]", line["stream"])
            self._begin(said)
        elif "picture" in line:
            self._arrived(*cast("list[int | None]", line["picture"]))
        else:
            self.end(str(line["ended"]))

    def end(self, word: str) -> None:
        """Nothing more will come."""
        self._inbox.fail(_ENDINGS.get(word, _ENDINGS["protocol"]))
        self._head.set()
        self._reported.set()

    def _send(self, process: "subprocess.Popen[bytes]") -> None:
        asked = {
            "host": self._wanted.host,
            "port": self._wanted.port,
            "path": self._wanted.path,
            "user": self._credentials.user,
            "password": self._credentials.password,
            "open_s": self._wanted.open_s,
            "silence_s": self._wanted.silence_s,
            "parent": os.getpid(),
        }
        assert process.stdin is not None
        # far less than a pipe holds: nobody waits; and a child that has died says so by its silence
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(json.dumps(asked).encode() + b"\n")
            process.stdin.flush()

    def _begin(self, said: Mapping[str, object]) -> None:
        rate_hz = said["rate_hz"]
        self._stream = Stream(
            str(said["codec"]),
            width_px=int(str(said["width_px"])),
            height_px=int(str(said["height_px"])),
            rate_hz=None if rate_hz is None else float(str(rate_hz)),
        )
        self._began_ns = self._now_ns()
        self._head.set()

    def _arrived(self, *said: int | None) -> None:
        arrived_ns, size_bytes, key, stream_us, device_us = said
        if arrived_ns is None or size_bytes is None:
            raise ValueError("a picture has a time and a size")
        device_at = _instant(device_us)
        arrival = Arrival(arrived_ns, size_bytes=size_bytes, key=bool(key), stream_us=stream_us, device_at=device_at)
        self._last, self._pictures, self._keys = arrival, self._pictures + 1, self._keys + arrival.key
        self._inbox.put(arrival)
        if device_at is not None:
            self._told.append(arrival)
            self._reported.set()


def _child() -> "subprocess.Popen[bytes]":
    """A child that waits for its line. Not for another thread: the kernel ends it with the thread that made it."""
    command = [sys.executable, "-I", str(_CHILD)]
    try:
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}
        )
    except OSError:
        raise GoneFault("The reader for the camera's stream cannot be started.") from None


class _Ear(asyncio.Protocol):
    """Cuts what the child says into lines."""

    def __init__(self, reader: RtspReader) -> None:
        self._reader, self._rest = reader, b""
        self.closed = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        try:
            for line in lines:
                self._reader.hear(json.loads(line))
        except (KeyError, TypeError, ValueError):
            self._reader.end("protocol")
        if len(self._rest) > LINE_BYTES_MAX:
            self._reader.end("protocol")
            self._rest = b""

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (nothing more is known of it)
        # after its last line was heard: a child that ended without a word was killed or has crashed
        self._reader.end("crashed")
        self.closed.set()


def _instant(since_1970_us: int | None) -> datetime | None:
    if since_1970_us is None:
        return None
    try:
        return _EPOCH + timedelta(microseconds=since_1970_us)
    except OverflowError:
        return None


_ENDINGS: Final[Mapping[str, Fault]] = {
    "denied": DeniedFault("The camera's stream asks for another user or password."),
    "not-found": OptionsFault("The camera has no stream under this path."),
    "refused": ProtocolFault("The camera refused to give its stream."),
    "timed-out": TimedOutFault("The camera's stream gave nothing for too long."),
    "gone": GoneFault("The camera's stream ended, or the camera cannot be reached."),
    "no-video": ProtocolFault("The camera's stream has no pictures in it."),
    "protocol": ProtocolFault("The camera's stream is not one that can be read."),
    "crashed": ProtocolFault("The reader of the camera's stream broke down."),
}
"""What the child's last word means here."""
