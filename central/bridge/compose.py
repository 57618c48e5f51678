"""Constructs and joins the bridge process."""

import random
import secrets
import ssl
from contextlib import ExitStack

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
from central.bridge.retention import Keeper
from central.bridge.roll import Roll
from central.bridge.tables import REVISION
from central.database import Sessions, check_schema, close_forgetting, open_database, place_of
from central.errors import SetUpError
from central.paths import Paths
from central.pki.keyring import OwnKeys
from central.pki.registry import Registry
from central.settings import Settings, load_settings

RETRY_MAX_S = 60.0

WRITERS_S = 60
"""So long the bridge waits at a server until it is its turn to write; then it ends and is started anew."""


async def run_bridge(paths: Paths) -> int:
    """Run until told to stop, and return the exit code. :raises: CentralError when it cannot start."""
    # the receipt key is in it
    keep_memory_private()
    settings = load_settings(paths.settings)
    with ExitStack() as held:
        try:
            held.enter_context(only_instance(paths.bridge_database.parent, name="bridge"))
        except AgentError as error:
            raise SetUpError(error.sentence) from error
        return await _run(paths, settings)


async def _run(paths: Paths, settings: Settings) -> int:
    engine = open_database(place_of(paths, settings), wait_s=WRITERS_S)
    check_schema(engine, revision=REVISION)
    clock, keys, registry = SystemClock(), OwnKeys(paths), Registry(paths.stations)
    # said now, and not with the first receipt
    keys.signer(clock.now())
    chance = random.Random(secrets.randbits(64))
    book = ReceiptBook(keys)
    rooms = Rooms(
        link=_link(paths, settings, chance=chance),
        ingest=Ingest(Sessions(engine), registry, book=book, clock=clock),
        delivery=Delivery(engine, book=book, keys=keys, clock=clock, copies=settings.migris.copies),
        opening=Opening(paths.root, patience=Patience(RETRY_MAX_S, chance)),
        keeper=Keeper(engine, settings.retention, keys=keys, clock=clock, boot=boot_id()),
        registry=registry,
        commands=Commands(Sessions(engine), clock=clock),
        desired=Desired(Sessions(engine), clock=clock),
        roll=Roll(Sessions(engine), registry, clock=clock),
        keyrings=Keyrings(keys, registry, clock=clock),
    )
    presence = CentralPresence(online=True, since=clock.now())
    bridge = Bridge(rooms, tenants=settings.tenants, presence=presence, patience=Patience(RETRY_MAX_S, chance))
    supervisor = Supervisor()
    await bridge.start(supervisor)
    code = await supervisor.run()
    bridge.close()
    close_forgetting(engine)
    return code


def _link(paths: Paths, settings: Settings, *, chance: random.Random) -> Link:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls.minimum_version = ssl.TLSVersion.TLSv1_3
    tls.load_verify_locations(paths.certificate("ca"))
    tls.load_cert_chain(paths.certificate("central"), paths.key("central"))
    address = Address(host=settings.broker_host, port=settings.broker_port, identity="central", keepalive_s=30, tls=tls)
    return Link(
        address,
        topics=(CentralTopics.subscription,),
        patience=Patience(RETRY_MAX_S, chance),
        acknowledge_late=True,
    )
