"""Constructs and joins the simulator: the machine interface over TLS, and the page on loopback."""

import contextlib
import ssl
from collections.abc import Iterator

import uvicorn
from starlette.applications import Starlette

from agent.clock import SystemClock
from agent.supervise import Supervisor
from central.migris.simulator.api import MigrisApi
from central.migris.simulator.page import MigrisPage
from central.migris.simulator.store import MigrisStore
from central.paths import Paths
from central.settings import load_settings


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The supervisor owns the signals."""
        yield

    async def close(self) -> None:
        """Take no more requests."""
        self.should_exit = True


async def run_migris(paths: Paths) -> int:
    """Run until told to stop, and return the exit code. :raises: CentralError when it cannot start."""
    settings = load_settings(paths.settings)
    store = MigrisStore(paths.migris_database)
    machine = _Server(
        _config(
            MigrisApi(store, SystemClock()).application(),
            settings.migris_port,
            ssl_certfile=paths.certificate("migris"),
            ssl_keyfile=paths.key("migris"),
            ssl_ca_certs=str(paths.certificate("ca")),
            ssl_cert_reqs=ssl.CERT_REQUIRED,
        )
    )
    people = _Server(_config(MigrisPage(store).application(), settings.migris_page_port))
    supervisor = Supervisor()
    for name, server in (("machine interface", machine), ("page", people)):
        supervisor.must_live(name, server.serve())
        supervisor.at_shutdown(name, server.close)
    return await supervisor.run()


def _config(app: Starlette, port: int, **tls: object) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=2,
        **tls,  # type: ignore[arg-type]  # uvicorn's own keyword arguments
    )
