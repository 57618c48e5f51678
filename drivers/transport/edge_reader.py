"""Reads the edges of several lines in one thread, whichever comes first."""

import os
import select
import threading
from collections.abc import Callable
from typing import Final

_BROKEN: Final = select.POLLERR | select.POLLHUP | select.POLLNVAL


class EdgeReader:
    """Calls back, in its own thread, when a file has something to be read."""

    def __init__(self) -> None:
        """Begins with the first file."""
        self._lock = threading.Lock()
        self._watched: dict[int, Callable[[], bool]] = {}
        self._wake_read, self._wake_write = os.pipe()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def watch(self, fd: int, readable: Callable[[], bool]) -> None:
        """Call back whenever the file can be read, until the call gives False: nothing will come any more."""
        with self._lock:
            self._watched[fd] = readable
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="gpio-edges", daemon=True)
                self._thread.start()
        self._wake()

    def unwatch(self, fd: int) -> None:
        """Call back no more; afterwards the file may be closed."""
        with self._lock:
            self._watched.pop(fd, None)
        self._wake()

    def close(self) -> None:
        """End the thread, and wait for its end. Not to be called from the thread itself."""
        if self._stopping:
            return
        self._stopping = True
        self._wake()
        if self._thread is not None:
            self._thread.join()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _wake(self) -> None:
        os.write(self._wake_write, b"w")

    def _run(self) -> None:
        while not self._stopping:
            poller = select.poll()
            poller.register(self._wake_read, select.POLLIN)
            with self._lock:
                for fd in self._watched:
                    poller.register(fd, select.POLLIN)
            for fd, event in poller.poll():
                if fd == self._wake_read:
                    os.read(fd, 4096)
                else:
                    self._read(fd, broken=bool(event & _BROKEN))

    def _read(self, fd: int, *, broken: bool) -> None:
        with self._lock:
            readable = self._watched.get(fd)
        # what is broken may still have edges to give, but would end no waiting any more
        if readable is not None and (not readable() or broken):
            with self._lock:
                self._watched.pop(fd, None)
