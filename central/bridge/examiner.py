"""The opener's side of the examiner: starts it, gives it packages one at a time, ends what comes to no end."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from dataclasses import dataclass

from agent.private_memory import usual_environment
from agent.wire import Cause
from central.bridge.examination import About, Examine, Unfit, Verdict, read_said
from central.bridge.frames import encode
from central.errors import CentralError, ExaminerGone

START_LIMIT_S = 60.0
"""The examiner says within this that it is there for a package."""

EXAMINE_LIMIT_S = 30.0
"""A package takes a tenth of a second, and three seconds of a processor at the most."""

ATTEMPTS = 2
"""So often something may end without a verdict before that is held against the package, or against this machine."""


@dataclass(frozen=True, slots=True)
class _NoVerdict:
    """How an attempt ended."""

    began: bool
    """Whether anybody was there for the package."""
    part: str | None = None
    """What was looked at last."""
    late: bool = False
    """Whether it was ended for taking too long."""


class Examiner:
    """One process, begun when it is first needed; what it forks for a package ends with the package."""

    def __init__(self, *, limit_s: float = EXAMINE_LIMIT_S) -> None:
        """:param limit_s: a package without a verdict after this is unfit."""
        self._limit_s = limit_s
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._desk: socket.socket | None = None

    async def examine(self, asked: Examine) -> Verdict:
        """What is wrong with a package, or whose it is. Packages wait for each other.

        :raises: ExaminerGone when none can be started: that says nothing about the package.
        """
        frame = encode(asked)
        async with self._turn:
            for left in reversed(range(ATTEMPTS)):
                ended = await self._attempt(frame)
                if not isinstance(ended, _NoVerdict):
                    return ended
                if ended.late or not ended.began:
                    await self.close()
                if ended.late or (ended.began and not left):
                    return Unfit(cause=_cause(ended))
        raise ExaminerGone("What checks packages cannot be started.")

    async def close(self) -> None:
        """End the process and what it has in hand."""
        process, self._process = self._process, None
        if self._desk is not None:
            self._desk.close()
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            # with what it forked
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()

    async def _attempt(self, frame: bytes) -> Verdict | _NoVerdict:
        try:
            reader, writer = await self._channel()
        except OSError:
            return _NoVerdict(began=False)
        try:
            if not await _is_there(reader):
                return _NoVerdict(began=False)
            return await self._verdict(reader, writer, frame=frame)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _channel(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A socket whose other end a process has that is there for one package. :raises: OSError."""
        if self._process is None:
            await self._start()
        assert self._desk is not None
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                socket.send_fds(self._desk, [b"."], [theirs.fileno()])
            return await asyncio.open_connection(sock=ours)
        except OSError:
            ours.close()
            raise

    async def _start(self) -> None:
        self._desk, theirs = socket.socketpair()
        with theirs:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "central.bridge.examiner_process",
                stdin=theirs.fileno(),
                stdout=asyncio.subprocess.DEVNULL,
                # what ends with its package need not overwrite what it frees
                env=usual_environment(),
                process_group=0,
            )

    async def _verdict(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, frame: bytes
    ) -> Verdict | _NoVerdict:
        about = [About(part=None)]
        try:
            async with asyncio.timeout(self._limit_s):
                writer.write(frame)
                writer.write_eof()
                await writer.drain()
                said = await _last_said(reader, about)
        except TimeoutError:
            return _NoVerdict(began=True, part=about[-1].part, late=True)
        except (ConnectionError, CentralError):
            # it died while it was written to, or says what makes no sense
            said = None
        return said or _NoVerdict(began=True, part=about[-1].part)


async def _last_said(reader: asyncio.StreamReader, about: list[About]) -> Verdict | None:
    """The verdict, or None when there is none.

    :param about: gets what is looked at.
    """
    while isinstance(said := await read_said(reader), About):
        about.append(said)
    return said


async def _is_there(reader: asyncio.StreamReader) -> bool:
    try:
        async with asyncio.timeout(START_LIMIT_S):
            return isinstance(await read_said(reader), About)
    except (TimeoutError, ConnectionError):
        return False


def _cause(ended: _NoVerdict) -> Cause:
    if ended.late:
        return Cause(part=ended.part, code="check-timed-out", sentence="The check of the package came to no end.")
    return Cause(part=ended.part, code="check-died", sentence="What checks packages died of this one.")
