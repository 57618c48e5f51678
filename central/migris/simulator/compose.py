"""Constructs and joins the simulator: the machine interface over TLS, and the page on loopback."""

import contextlib
import ssl

import uvicorn

from agent.clock import SystemClock
from agent.supervise import Supervisor
from central.migris.loopback import LoopbackServer, listening, loopback_config
from central.migris.simulator.api import MigrisApi
from central.migris.simulator.page import MigrisPage
from central.migris.simulator.store import MigrisStore
from central.paths import MIGRIS_AUTHORITY, MIGRIS_SERVER, Paths
from central.settings import load_settings


async def run_migris(paths: Paths) -> int:
    """Run until told to stop, and return the exit code. :raises: CentralError when it cannot start."""
    settings = load_settings(paths.settings)
    store = MigrisStore(paths.migris_database)
    machine = LoopbackServer(machine_interface(paths, store, port=settings.migris_port))
    people = LoopbackServer(loopback_config(MigrisPage(store).application(), settings.migris_page_port))
    with contextlib.closing(store), listening(settings.migris_port) as here, listening(people.config.port) as there:
        supervisor = Supervisor()
        for name, server, door in (("machine interface", machine, here), ("page", people, there)):
            supervisor.must_live(name, server.serve([door]))
            supervisor.at_shutdown(name, server.close)
        return await supervisor.run()


def machine_interface(paths: Paths, store: MigrisStore, *, port: int) -> uvicorn.Config:
    """Served over TLS, to whoever has a certificate of the authority that is for this door alone."""
    return loopback_config(
        MigrisApi(store, SystemClock()).application(),
        port,
        ssl_certfile=paths.certificate(MIGRIS_SERVER),
        ssl_keyfile=paths.key(MIGRIS_SERVER),
        ssl_ca_certs=str(paths.certificate(MIGRIS_AUTHORITY)),
        ssl_cert_reqs=ssl.CERT_REQUIRED,
    )
