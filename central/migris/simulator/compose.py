"""Constructs and joins the simulator: the machine interface over TLS, and the page on loopback."""

import contextlib
import socket
import ssl
from collections.abc import Iterator

import uvicorn
from starlette.applications import Starlette

from agent.clock import SystemClock
from agent.supervise import Supervisor
from central.errors import SetUpError
from central.migris.simulator.api import MigrisApi
from central.migris.simulator.page import MigrisPage
from central.migris.simulator.store import MigrisStore
from central.paths import MIGRIS_AUTHORITY, MIGRIS_SERVER, Paths
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
    machine = _Server(machine_interface(paths, store, port=settings.migris_port))
    people = _Server(_config(MigrisPage(store).application(), settings.migris_page_port))
    with contextlib.closing(store), _listening(settings.migris_port) as here, _listening(people.config.port) as there:
        supervisor = Supervisor()
        for name, server, door in (("machine interface", machine, here), ("page", people, there)):
            supervisor.must_live(name, server.serve([door]))
            supervisor.at_shutdown(name, server.close)
        return await supervisor.run()


def _listening(port: int) -> socket.socket:
    """From here on requests wait, and whoever says that he is ready is. :raises: SetUpError when the port is taken."""
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as error:
        raise SetUpError(f"Port {port} cannot be listened on: another process may have it.") from error


def machine_interface(paths: Paths, store: MigrisStore, *, port: int) -> uvicorn.Config:
    """Served over TLS, to whoever has a certificate of the authority that is for this door alone."""
    return _config(
        MigrisApi(store, SystemClock()).application(),
        port,
        ssl_certfile=paths.certificate(MIGRIS_SERVER),
        ssl_keyfile=paths.key(MIGRIS_SERVER),
        ssl_ca_certs=str(paths.certificate(MIGRIS_AUTHORITY)),
        ssl_cert_reqs=ssl.CERT_REQUIRED,
    )


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
