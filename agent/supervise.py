"""Tasks with a name, an owner and an end. A task that must live ends the process when it ends: systemd starts it anew.

The two broad handlers of the project are here: around a passing task, and around each closer at shutdown.
"""

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import Awaitable, Callable, Coroutine

from agent.logs import describe

_log = logging.getLogger(__name__)

Closer = Callable[[], Awaitable[None]]

AGAIN = 75
"""What `Supervisor.run` returns when the process is to begin anew, with what its configuration says then."""


class Supervisor:
    """Runs the tasks of one process until it is told to stop or one that must live has ended."""

    def __init__(self) -> None:
        self._must_live: list[asyncio.Task[None]] = []
        self._passing: set[asyncio.Task[None]] = set()
        self._closers: list[tuple[str, Closer]] = []
        self._stop = asyncio.Event()
        self._broken = False
        self._anew = False
        self._closing = False

    def must_live(self, name: str, work: Coroutine[None, None, None]) -> None:
        """Start a task whose end, for whatever reason, is the end of the process."""
        task = _named(work, name=name)
        self._must_live.append(task)
        task.add_done_callback(self._must_live_ended)

    def passing(self, name: str, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Start a task that may end; if it fails, that is logged."""
        task = _named(_guarded(name, work), name=name)
        self._passing.add(task)
        task.add_done_callback(self._passing.discard)
        return task

    def essential(self, name: str, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Start a task that may end well; if it fails, a promise of our own is broken and the process ends."""
        task = _named(work, name=name)
        self._passing.add(task)
        task.add_done_callback(self._essential_ended)
        return task

    def at_shutdown(self, name: str, closer: Closer) -> None:
        """Have something closed at the end; what was registered last is closed first."""
        self._closers.append((name, closer))

    def stop(self) -> None:
        """End in good order."""
        self._stop.set()

    def begin_anew(self) -> None:
        """End in good order, to begin again."""
        self._anew = True
        self._stop.set()

    async def run(self) -> int:
        """Be ready, wait for the end, close in reverse order. Returns the process's exit code."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        tell_systemd("READY=1")
        await self._stop.wait()
        code = 1 if self._broken else AGAIN if self._anew else 0
        self._closing = True
        if not self._anew:
            # who begins again in the same process is not stopping: the service manager would end it for that
            tell_systemd("STOPPING=1")
        await self._close()
        await _cancel([*self._passing, *reversed(self._must_live)])
        return code

    def _must_live_ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        why = "without an error" if error is None else describe(error)
        if not self._closing:
            _log.critical("%s ended, so the process ends: %s", task.get_name(), why)
            self._broken = True
            self._stop.set()
        elif error is not None:
            _log.error("%s failed while the process ended: %s", task.get_name(), why)

    def _essential_ended(self, task: asyncio.Task[None]) -> None:
        self._passing.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            _log.critical("%s failed, so the process ends: %s", task.get_name(), describe(error))
            self._broken = True
            self._stop.set()

    async def _close(self) -> None:
        for name, closer in reversed(self._closers):
            try:
                await closer()
            except Exception as error:  # noqa: BLE001 (one closer's failure must not keep the others from closing)
                _log.error("closing %s failed: %s", name, describe(error))


async def _guarded(name: str, work: Coroutine[None, None, None]) -> None:
    try:
        await work
    except Exception as error:  # noqa: BLE001 (a passing task fails alone, and says so)
        _log.error("%s failed: %s", name, describe(error))


def _named(work: Coroutine[None, None, None], *, name: str) -> asyncio.Task[None]:
    return asyncio.create_task(work, name=name)  # noqa: TID251 (the one place)


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait({task})


def tell_systemd(state: str) -> None:
    """Send a state to the service manager; nothing happens without one that listens. Source: sd_notify(3)."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        try:
            channel.sendto(state.encode(), "\0" + address[1:] if address.startswith("@") else address)
        except OSError as error:
            _log.warning("the service manager was not told %s: %s", state, describe(error))
