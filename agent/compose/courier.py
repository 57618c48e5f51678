"""The courier process: spool, parcels, receipts, wipe, link. It reaches neither capture nor drivers."""

import random
import secrets
from datetime import timedelta

from agent.clock import SystemClock
from agent.compose.identity import known_receipt_keys, link_tls, receipt_keys
from agent.compose.keys import key_home
from agent.config.courier import CourierSection
from agent.config.layers import load_layers, read_section
from agent.config.paths import Paths
from agent.config.place import PlaceSection
from agent.courier.agenda import Agenda
from agent.courier.api import Condition, CourierApi
from agent.courier.courier import Courier
from agent.courier.desk import Desk, Shelf
from agent.courier.dwell import DwellWatch
from agent.courier.post import Post
from agent.courier.rounds import make_rounds
from agent.courier.store import Store
from agent.courier.tables import REVISION
from agent.courier.undertaker import Undertaker
from agent.courier.view import HistoryView
from agent.instance import only_instance
from agent.link import Address, Link
from agent.patience import Patience
from agent.private_memory import keep_memory_private
from agent.supervise import Supervisor
from agent.unix_http import UnixServer
from agent.wire import StationTopics
from vault.ballast import Ballast
from vault.database import check_schema, open_database
from vault.envelope import Pinned
from vault.keys import FileHome, ParcelKeys, load_signing_key
from vault.spool import Spool
from vault.wipe import Place, Wipe


async def run_courier(paths: Paths) -> int:
    """Run until told to stop, and return the exit code.

    :raises: Refused when another courier runs already; ConfigError, VaultError when it cannot start.
    """
    with only_instance(paths.courier, name="courier"):
        return await _run(paths)


async def _run(paths: Paths) -> int:
    keep_memory_private()
    layers = load_layers(paths.configuration)
    section = read_section(layers, "courier", model=CourierSection)
    place = read_section(layers, "place", model=PlaceSection)
    ballast = Ballast(paths.ballast, size_bytes=section.ballast_bytes)
    # a database cannot be opened on a disk without any space
    ballast.relieve()
    engine = open_database(paths.courier_database)
    check_schema(engine, revision=REVISION)
    clock, pinned, home = SystemClock(), receipt_keys(paths), key_home(paths, "courier")
    key = load_signing_key(paths.link_key, home)

    store = Store(engine)
    parcel_keys = ParcelKeys(paths.parcel_keys, home.parcels)
    # parcels that were spooled while keys were plain files leave with keys that are not
    parcel_keys.rewrap(FileHome())
    shelf = Shelf(spool=Spool(paths.spool), keys=parcel_keys, free_bytes_min=section.free_bytes_min, ballast=ballast)
    here = Place(tenant=place.tenant, station=place.station, pinned=pinned)
    undertaker = Undertaker(store, Wipe(shelf.spool, shelf.keys, place=here), place=here, key=key, clock=clock)
    post = Post(place.tenant, place.station, key=key)
    desk = Desk(store, shelf, undertaker=undertaker, post=post, clock=clock)

    topics = StationTopics(place.tenant, place.station)
    chance = random.Random(secrets.randbits(64))
    link = Link(
        Address(
            host=section.broker_host,
            port=section.broker_port,
            identity=f"{place.tenant}/{place.station}",
            keepalive_s=section.keepalive_s,
            tls=link_tls(paths, key),
        ),
        topics=(*topics.from_central, topics.central_state),
        patience=Patience(section.retry_max_s, chance),
    )
    courier = Courier(desk, link, topics=topics, pinned=pinned, clock=clock)

    dwell = DwellWatch(engine, key=key, clock=clock, limit=timedelta(hours=section.dwell_alarm_hours))
    supervisor = Supervisor()
    await courier.start(supervisor, agenda=Agenda(section.retry_max_s, chance))
    supervisor.must_live("rounds", make_rounds(courier, (ballast.take_up, dwell.look)))
    view = HistoryView(known_receipt_keys(paths), Pinned([key.public]))
    time_limit_s = section.question_time_limit_s
    condition = Condition(dwell, home.kind.told)
    api = CourierApi(courier, desk, view=view, condition=condition, question_time_limit_s=time_limit_s)
    server = UnixServer(api.application(), paths.courier_socket, users=frozenset(section.peer_users))
    supervisor.must_live("api", server.serve())
    supervisor.at_shutdown("api", server.close)
    code = await supervisor.run()
    courier.close()
    engine.dispose()
    return code
