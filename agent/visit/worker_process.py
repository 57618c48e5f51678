"""The station's side of a visit worker: starts it ahead of the visit, asks it, and sees to it that it ends."""

import asyncio
import logging
import os
import socket
import sys
from pathlib import Path

from pydantic import BaseModel

from agent.errors import WireError
from agent.visit.channel import REPORTS, Close, FailedReport, Ready, Report, read_line, write_line

_log = logging.getLogger(__name__)

START_LIMIT_S = 30.0
END_LIMIT_S = 5.0

LOST = FailedReport(code="worker-lost", sentence="The capture process ended unexpectedly; the visit must begin anew.")


class WorkerProcess:
    """One process for one visit. Commands are answered one by one; *close* is answered by its end."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def start(self) -> None:
        """Start the process and leave it to load what it needs."""
        ours, theirs = socket.socketpair()
        try:
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
            )
        finally:
            theirs.close()
        self._reader, self._writer = await asyncio.open_connection(sock=ours)

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

    async def ask(self, command: BaseModel) -> Report:
        """The worker's report on a command; *worker-lost* when it has ended."""
        assert self._writer is not None
        try:
            self._writer.write(write_line(command))
            await self._writer.drain()
        except ConnectionError:
            return LOST
        return await self._report()

    async def close(self) -> None:
        """Have it clean up and end; killed when it does not. Afterwards its memory is gone."""
        if self._process is None or self._writer is None:
            return
        try:
            async with asyncio.timeout(END_LIMIT_S):
                self._writer.write(write_line(Close()))
                await self._writer.drain()
                await self._process.wait()
        except (TimeoutError, ConnectionError):
            if self._process.returncode is None:
                self._process.kill()
            await self._process.wait()
        self._writer.close()

    async def _report(self) -> Report:
        assert self._reader is not None
        try:
            report = await read_line(self._reader, REPORTS)
        except WireError:
            return LOST
        return LOST if report is None else report
