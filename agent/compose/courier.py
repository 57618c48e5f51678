"""The courier process: spool, parcels, receipts, wipe, link. It reaches neither capture nor drivers."""

import asyncio
import random
import secrets
from datetime import timedelta
from functools import partial

from starlette.applications import Starlette
from starlette.routing import Route

from agent.clock import Clock, SystemClock, boot_id
from agent.compose.ended import refuse_decommissioned
from agent.compose.identity import link_tls
from agent.compose.room import Room, open_room
from agent.compose.twin import HeardOf, gallery_of
from agent.config.paths import Paths
from agent.courier.agenda import Agenda
from agent.courier.api import Condition, CourierApi
from agent.courier.bucket import Bucket
from agent.courier.courier import Courier
from agent.courier.destruction_api import DestructionApi
from agent.courier.dispatch import Dispatch
from agent.courier.dwell import DwellWatch
from agent.courier.keeper import ParcelKeeper
from agent.courier.notebook import CourierNotebook
from agent.courier.pulse import Pulse
from agent.courier.retention_api import RetentionApi
from agent.courier.rounds import make_rounds
from agent.courier.store import Store
from agent.courier.view import HistoryView
from agent.fleet.api import station_route
from agent.fleet.change import Change, Ends
from agent.fleet.configuration import ConfigurationDesk
from agent.fleet.record import settle
from agent.fleet.roster import RosterDesk
from agent.guard.broker import unknown_broker
from agent.guard.guard import Guard, Voice
from agent.guard.sentry import Sentry
from agent.instance import only_instance
from agent.link import Address, Link
from agent.patience import Patience
from agent.private_memory import keep_memory_private
from agent.retention.rounds import keep
from agent.supervise import Supervisor
from agent.unix_http import UnixServer
from agent.wire import StationTopics
from vault.envelope import Pinned


async def run_courier(paths: Paths) -> int:
    """Run until told to stop, and return the exit code.

    :raises: Refused when another courier runs already, or the unit was decommissioned; ConfigError, VaultError when it
        cannot start.
    """
    refuse_decommissioned(paths)
    with only_instance(paths.courier, name="courier"):
        return await _run(paths)


async def say_farewell(paths: Paths, *, within_s: float) -> bool:
    """Run until central has receipted every event, or for so long; False when something is still unsaid.

    The last run of a decommissioned unit: the caller has destroyed its parcels and holds the station's lock.

    :raises: as `run_courier`.
    """
    with only_instance(paths.courier, name="courier"):
        return await _run(paths, farewell_s=within_s) == 0


async def _run(paths: Paths, *, farewell_s: float | None = None) -> int:
    keep_memory_private()
    settle(paths, at=SystemClock().now())
    room = open_room(paths)
    room.desk.attempt(room.destroyer.resume)

    topics, clock = StationTopics(room.place.tenant, room.place.station), SystemClock()
    chance = random.Random(secrets.randbits(64))
    link = _link(paths, room, topics=topics, chance=chance)
    bucket = Bucket(room.section.bytes_per_s, burst_bytes=room.section.burst_bytes)
    dispatch = Dispatch(link, bucket=bucket)
    courier = Courier(room.desk, dispatch, topics=topics, keyrings=room.keyrings, clock=clock)

    dwell = DwellWatch(room.engine, key=room.key, clock=clock, limit=timedelta(hours=room.section.dwell_alarm_hours))
    guard = _guard(paths, room, courier=courier, clock=clock)
    link.distrust = partial(_distrust, guard, clock=clock)
    supervisor = Supervisor()
    await courier.start(
        supervisor, agenda=Agenda(room.section.retry_max_s, chance), pulse=Pulse(room.section.echo_every_s)
    )
    looks = (room.shelf.ballast.take_up, dwell.look, room.destroyer.resume, room.keyrings.look, room.permission.look)
    supervisor.must_live("rounds", make_rounds(courier, looks))
    keeper = ParcelKeeper(
        room.engine, periods=room.section.retention, receipts=room.trust.believed, clock=clock, boot=boot_id()
    )
    retention = RetentionApi(courier, keeper, clock=clock)
    supervisor.must_live("retention", keep(retention.run))
    supervisor.must_live("guard", guard.run())
    limit = room.section.reads_per_hour
    sentry = Sentry("courier", reads_per_hour=limit, suspect=guard.suspect, clock=clock)
    fleet = _fleet(paths, room, courier=courier, dwell=dwell, supervisor=supervisor)
    application = _application(room, courier=courier, dwell=dwell, retention=retention, fleet=fleet)
    users = frozenset(room.section.peer_users)
    server = UnixServer(application, paths.courier_socket, users=users, observer=sentry)
    supervisor.must_live("api", server.serve())
    supervisor.at_shutdown("api", server.close)
    if farewell_s is not None:
        supervisor.passing("farewell", _until_said(courier, room.store, supervisor=supervisor, within_s=farewell_s))
    code = await supervisor.run()
    if farewell_s is not None and room.store.open_events():
        code = 1
    courier.close()
    room.engine.dispose()
    return code


def _fleet(paths: Paths, room: Room, *, courier: Courier, dwell: DwellWatch, supervisor: Supervisor) -> Route:
    """The twin and the fleet's configuration, and where the station process speaks of both."""
    place, clock = (room.place.tenant, room.place.station), SystemClock()
    desk = ConfigurationDesk(
        paths,
        place,
        believed=room.trust.believed,
        note=lambda kind, at, detail: room.store.note(kind, at=at, detail=detail),
        clock=clock,
    )
    roster = RosterDesk(paths, place, believed=room.trust.believed, store=room.store, clock=clock)
    gallery = gallery_of(paths, room, courier=courier, heard=HeardOf(configuration=desk, roster=roster), dwell=dwell)
    change = Change(courier, desk, ends=Ends(told=gallery.look, begin_anew=supervisor.begin_anew), clock=clock)
    courier.connected, courier.configure = gallery.look, desk.hear
    courier.admit, courier.admitted = roster.hear, gallery.look
    supervisor.must_live("twin", gallery.run())
    supervisor.must_live("configuration", change.run())
    return station_route(gallery, change)


def _link(paths: Paths, room: Room, *, topics: StationTopics, chance: random.Random) -> Link:
    section = room.section
    return Link(
        Address(
            host=section.broker_host,
            port=section.broker_port,
            identity=f"{room.place.tenant}/{room.place.station}",
            keepalive_s=section.keepalive_s,
            tls=link_tls(paths, room.key),
            mqtt=section.mqtt_version,
        ),
        topics=(*topics.from_central, topics.central_state),
        patience=Patience(section.retry_max_s, chance),
    )


def _guard(paths: Paths, room: Room, *, courier: Courier, clock: Clock) -> Guard:
    own, place = Pinned([room.key.public]), room.place
    notebook = CourierNotebook(courier, room.desk, store=room.store, path=paths.courier_database, own=own)
    return Guard(notebook, voice=Voice(tenant=place.tenant, station=place.station, key=room.key), clock=clock)


def _distrust(guard: Guard, verify_code: int, *, clock: Clock) -> None:
    cause = unknown_broker(verify_code, at=clock.now())
    if cause is not None:
        guard.suspect(cause)


def _application(
    room: Room, *, courier: Courier, dwell: DwellWatch, retention: RetentionApi, fleet: Route
) -> Starlette:
    api = CourierApi(
        courier,
        room.desk,
        view=HistoryView(room.trust.known, Pinned([room.key.public])),
        condition=Condition(dwell, room.home.kind.told, room.keyrings.warnings),
        question_time_limit_s=room.section.question_time_limit_s,
    )
    destruction = DestructionApi(courier, room.desk, destroyer=room.destroyer)
    return api.application([*destruction.routes(), *retention.routes(), fleet])


async def _until_said(courier: Courier, store: Store, *, supervisor: Supervisor, within_s: float) -> None:
    end_s = asyncio.get_running_loop().time() + within_s
    while await courier.read_desk(store.open_events):
        left_s = end_s - asyncio.get_running_loop().time()
        if left_s <= 0:
            break
        await courier.change(within_s=left_s)
    supervisor.stop()
