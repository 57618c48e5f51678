"""The station's side of a visit worker: starts it ahead of the visit, asks it, and sees to it that it ends."""

import asyncio
import contextlib
import logging
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel

from agent.errors import WireError
from agent.private_memory import usual_environment
from agent.visit.channel import (
    LINE_BYTES_MAX,
    REPORTS,
    Close,
    FailedReport,
    LiveReport,
    Ready,
    Report,
    read_line,
    write_line,
)

_log = logging.getLogger(__name__)

START_LIMIT_S = 30.0
END_LIMIT_S = 5.0

LOST = FailedReport(code="worker-lost", sentence="The capture process ended unexpectedly; the visit must begin anew.")

STUCK = FailedReport(code="worker-stuck", sentence="The capture process did not answer; the visit must begin anew.")


class WorkerProcess:
    """One process for one visit. Commands are answered one by one; *close* is answered by its end."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    @property
    def ended(self) -> bool:
        """Whether there is no such process (any more)."""
        return self._process is None or self._process.returncode is not None

    async def start(self) -> None:
        """Start the process and leave it to load what it needs."""
        ours, theirs = socket.socketpair()
        self._reader, self._writer = await asyncio.open_connection(sock=ours, limit=LINE_BYTES_MAX)
        with theirs:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "agent",
                "worker",
                "--root",
                str(self._root),
                "--channel",
                str(theirs.fileno()),
                "--parent",
                str(os.getpid()),
                pass_fds=(theirs.fileno(),),
                stdin=asyncio.subprocess.DEVNULL,
                env=usual_environment(),
            )

    async def ready(self) -> FailedReport | None:
        """None once the worker can work, else why it cannot."""
        try:
            async with asyncio.timeout(START_LIMIT_S):
                report = await self._report()
        except TimeoutError:
            return FailedReport(code="worker-slow", sentence="The capture process did not get ready in time.")
        if isinstance(report, Ready):
            if not report.memory_locked:
                _log.info("the visit worker's memory is not locked: its limits forbid it")
            return None
        return report if isinstance(report, FailedReport) else LOST

    async def ask(self, command: BaseModel, *, live: Callable[[LiveReport], object] = bool) -> Report:
        """The worker's report on a command; *worker-lost* when it has ended.

        :param live: is told what the live picture says until then.
        """
        if not await self.tell(command):
            return LOST
        while isinstance(report := await self._report(), LiveReport):
            live(report)
        return report

    async def tell(self, command: BaseModel) -> bool:
        """Say something that is not answered by itself; False when the worker has ended."""
        assert self._writer is not None
        try:
            self._writer.write(write_line(command))
            await self._writer.drain()
        except ConnectionError:
            return False
        return True

    async def close(self, *, within_s: float = END_LIMIT_S) -> None:
        """Have it clean up and end; killed when it does not in time. Afterwards its memory is gone."""
        if self._writer is None:
            return
        if self._process is not None:
            await _end(self._process, self._writer, within_s=within_s)
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()

    async def _report(self) -> Report:
        assert self._reader is not None
        try:
            report = await read_line(self._reader, REPORTS)
        except WireError:
            return LOST
        return LOST if report is None else report


async def _end(process: asyncio.subprocess.Process, writer: asyncio.StreamWriter, *, within_s: float) -> None:
    try:
        async with asyncio.timeout(within_s):
            writer.write(write_line(Close()))
            await writer.drain()
            await process.wait()
    except (TimeoutError, ConnectionError):
        if process.returncode is None:
            process.kill()
        await process.wait()
