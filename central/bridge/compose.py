"""Constructs and joins the bridge process."""

import random
import secrets
import ssl
from contextlib import ExitStack
from pathlib import Path

from agent.clock import SystemClock, boot_id
from agent.errors import AgentError
from agent.instance import only_instance
from agent.link import Address, Link, Patience
from agent.private_memory import keep_memory_private
from agent.supervise import Supervisor
from agent.wire import CentralPresence, CentralTopics
from central.bridge.bridge import Bridge, Rooms
from central.bridge.command import Commands
from central.bridge.delivery import Delivery
from central.bridge.desired import Desired
from central.bridge.ingest import Ingest
from central.bridge.keyring import Keyrings
from central.bridge.ledger import ReceiptBook
from central.bridge.opening import Opening
from central.bridge.permission import Permissions
from central.bridge.retention import Keeper
from central.bridge.roll import ROLL, Roll
from central.bridge.roster import Rosters
from central.bridge.tables import REVISION
from central.database import Claims, Sessions, check_schema, close_forgetting, open_database, place_of
from central.errors import SetUpError
from central.paths import Paths
from central.pki.keyring import OwnKeys
from central.pki.registry import Registry
from central.pki.worker import CENTRAL, worker_name
from central.settings import Settings, load_settings
from vault.envelope import digest_of

RETRY_MAX_S = 60.0

WRITERS_S = 60
"""So long the bridge waits at a server until it is its turn to write; then it ends and is started anew."""


async def run_bridge(paths: Paths, *, worker: int | None = None) -> int:
    """Run until told to stop, and return the exit code.

    :param worker: which of several on one ledger, in a folder that they share; None is the only one.
    :raises: CentralError when it cannot start.
    """
    # the receipt key is in it
    keep_memory_private()
    settings = load_settings(paths.settings)
    with ExitStack() as held:
        try:
            held.enter_context(only_instance(_own_folder(paths, settings, worker=worker), name="bridge"))
        except AgentError as error:
            raise SetUpError(error.sentence) from error
        return await _run(paths, settings, worker=worker)


def _own_folder(paths: Paths, settings: Settings, *, worker: int | None) -> Path:
    if worker is None:
        return paths.bridge_database.parent
    if settings.database is None:
        raise SetUpError("Several bridges need a database server: central.toml names none.")
    if not paths.certificate(worker_name(worker)).exists():
        raise SetUpError(f"Worker {worker} has no certificate: run `smilius-central ca worker` first.")
    folder = paths.bridge_database.parent / worker_name(worker)
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


async def _run(paths: Paths, settings: Settings, *, worker: int | None) -> int:
    engine = open_database(place_of(paths, settings), wait_s=WRITERS_S)
    check_schema(engine, revision=REVISION)
    clock, keys, registry = SystemClock(), OwnKeys(paths), Registry(paths.stations)
    # said now, and not with the first receipt
    keys.signer(clock.now())
    chance = random.Random(secrets.randbits(64))
    book, claims = ReceiptBook(keys), Claims(engine)
    rooms = Rooms(
        link=_link(paths, settings, worker=worker, chance=chance),
        ingest=Ingest(Sessions(engine), registry, book=book, clock=clock),
        delivery=Delivery(engine, claims=claims, book=book, clock=clock, copies=settings.migris.copies),
        opening=Opening(paths.root, patience=Patience(RETRY_MAX_S, chance)),
        keeper=Keeper(engine, settings.retention, keys=keys, clock=clock, boot=boot_id()),
        registry=registry,
        commands=Commands(Sessions(engine), clock=clock),
        rosters=Rosters(Sessions(engine)),
        desired=Desired(Sessions(engine), clock=clock),
        roll=Roll(Sessions(engine), registry, clock=clock),
        claims=claims,
        keyrings=Keyrings(keys, registry, clock=clock),
        permissions=Permissions(Sessions(engine), registry, keys=keys, clock=clock),
    )
    presence = CentralPresence(online=True, since=clock.now())
    bridge = Bridge(rooms, tenants=settings.tenants, presence=presence, patience=Patience(RETRY_MAX_S, chance))
    supervisor = Supervisor()
    await bridge.start(supervisor)
    code = await supervisor.run()
    bridge.close()
    claims.close()
    close_forgetting(engine)
    return code


def _link(paths: Paths, settings: Settings, *, worker: int | None, chance: random.Random) -> Link:
    name = CENTRAL if worker is None else worker_name(worker)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls.minimum_version = ssl.TLSVersion.TLSv1_3
    tls.load_verify_locations(paths.certificate("ca"))
    tls.load_cert_chain(paths.certificate(name), paths.key(name))
    address = Address(host=settings.broker_host, port=settings.broker_port, identity=name, keepalive_s=30, tls=tls)
    return Link(
        address,
        topics=(CentralTopics.subscription,) if worker is None else _shared(paths),
        patience=Patience(RETRY_MAX_S, chance),
        acknowledge_late=True,
    )


def _shared(paths: Paths) -> tuple[str, ...]:
    """Each message goes to one worker; who is there, and that a worker is gone, to all of them.

    A broker lets everybody join whatever group he can name, and gives him his share even if he may not read it. So its
    name comes out of a secret that the workers share.
    """
    try:
        secret = paths.key(CENTRAL).read_bytes()
    except OSError as error:
        raise SetUpError("A key of headquarters cannot be read.") from error
    group = digest_of(b"the group of the bridge's workers" + secret)[:32]
    everything = CentralTopics.subscription
    # besides: for the roll, what it has heard already changes nothing
    roll = tuple(everything.replace("#", subject) for subject in sorted(ROLL))
    return f"$share/{group}/{everything}", *roll, CentralTopics.state("+")
