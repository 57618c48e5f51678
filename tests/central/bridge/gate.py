"""MIGRIS for the bridge's process: the simulator in this one, behind a gate that counts and keeps answers back."""

import asyncio
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from central.migris.simulator.compose import machine_interface
from central.migris.simulator.store import MigrisStore
from central.paths import Paths
from central.settings import load_settings
from tests.central.migris.service import serving

LIMIT_S = 60.0


class Gate:
    """Stands before the simulator. Nothing is invented: whatever passes was said by the other side."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._open = threading.Event()
        self._kept: tuple[str, ...] = ()
        self.asked: list[str] = []
        self._decided: queue.Queue[str] = queue.Queue()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.append(scope["path"])

        async def later(message: Message) -> None:
            if message["type"] == "http.response.start" and scope["path"] in self._kept:
                self._decided.put(scope["path"])
                await asyncio.to_thread(self._open.wait)
            await send(message)

        await self._app(scope, receive, later)

    def shut(self, *paths: str) -> None:
        """From now on MIGRIS decides on such requests and does not answer."""
        self._kept = paths
        self._open.clear()

    def open(self) -> None:
        """Let everything through, also what was kept back."""
        self._kept = ()
        self._open.set()

    def until_decided(self) -> None:
        """Return when MIGRIS has decided on a request that is kept back."""
        self._decided.get(timeout=LIMIT_S)


@contextmanager
def migris(paths: Paths) -> Iterator[tuple[Gate, MigrisStore]]:
    """Where the settings say that it is, with its memory on the disk."""
    store = MigrisStore(paths.migris_database)
    port = load_settings(paths.settings).migris_port
    config = machine_interface(paths, store, port=port)
    gate = Gate(config.app)  # type: ignore[arg-type]  # the application itself, and not its name
    config.app = gate
    with serving(config, port=port):
        try:
            yield gate, store
        finally:
            gate.open()
    store.close()
