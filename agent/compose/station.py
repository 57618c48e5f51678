"""The station process: console, visits, its database and ledger. Pictures stay in the visit worker that it starts."""

from datetime import timedelta
from functools import partial

from agent.clock import SystemClock, boot_id
from agent.compose.config_child import ConfigCheck
from agent.compose.ended import refuse_decommissioned
from agent.compose.keys import key_home
from agent.compose.station_guard import set_guard, station_guard
from agent.compose.station_word import Self, codes, speech
from agent.config.fleet import load_all, running
from agent.config.layers import read_section
from agent.config.paths import Paths
from agent.config.permission import stopped
from agent.config.place import PlaceSection
from agent.config.roster import refusal
from agent.config.station import StationSection
from agent.config.trust import Trust
from agent.console.api import ConsoleApi, KeyView
from agent.devices.attendance import Attendance
from agent.devices.machine import ThisMachine
from agent.devices.wanted import wanted_devices
from agent.fleet.word import Speaker
from agent.guard.guard import Voice
from agent.instance import only_instance
from agent.private_memory import keep_memory_private
from agent.retention.api import retention_route
from agent.retention.keeper import Database, Keeper
from agent.retention.rounds import keep
from agent.supervise import Supervisor
from agent.unix_http import UnixClient, UnixServer
from agent.visit.attestation import Attestation, Witnesses
from agent.visit.chair import Chair, ChairTools
from agent.visit.courier_client import CourierClient
from agent.visit.journal import Journal
from agent.visit.keeper import VisitKeeper
from agent.visit.notebook import StationNotebook
from agent.visit.runner import Runner
from agent.visit.tables import MARKS, REVISION
from agent.visit.worker_process import WorkerProcess
from drivers.transport.udev import LibUdev
from vault.database import check_schema, open_database
from vault.keys import Pseudonyms, load_signer


async def run_station(paths: Paths, check: ConfigCheck) -> int:
    """Run until told to stop, and return the exit code.

    :param check: of the configuration, which began when this process did.
    :raises: Refused when another station runs already; ConfigError, VaultError when it cannot start.
    """
    refuse_decommissioned(paths)
    with only_instance(paths.station, name="station"):
        return await _run(paths, check)


async def _run(paths: Paths, check: ConfigCheck) -> int:
    keep_memory_private()
    # before the layers: what comes between the two is read anew
    number = running(paths)
    layers = load_all(paths)
    section = read_section(layers, "station", model=StationSection)
    place = read_section(layers, "place", model=PlaceSection)
    await check.good()
    return await _serve(paths, section, place=place, number=number)


async def _serve(paths: Paths, section: StationSection, *, place: PlaceSection, number: int | None) -> int:
    engine = open_database(paths.station_database)
    check_schema(engine, revision=REVISION)
    clock, home = SystemClock(), key_home(paths, "station")
    to_courier = UnixClient(paths.courier_socket, name="courier")
    courier = CourierClient(to_courier)
    journal = Journal(engine)
    supervisor = Supervisor()
    udev = LibUdev()
    attendance = Attendance(wanted_devices(section), ThisMachine(udev), clock=clock)
    trust, warn = Trust(paths, clock=clock), timedelta(days=section.keys.warn_days)
    witnesses = Witnesses(
        tenant=place.tenant, station=place.station, key=load_signer(paths.seal_key, home), receipts=trust.believed
    )
    voice = Voice(tenant=place.tenant, station=place.station, key=witnesses.key)
    notebook = StationNotebook(journal, courier, path=paths.station_database)
    guarded = station_guard(section, notebook, voice=voice, clock=clock)
    attestation = Attestation(journal, courier, witnesses=witnesses, report=guarded.guard.report, clock=clock)
    tools = ChairTools(
        journal=journal,
        runner=Runner(journal, courier, clock=clock),
        new_worker=lambda: WorkerProcess(paths.root),
        profile=section.profile,
        pseudonym=Pseudonyms(paths.pseudonym_key, home).of,
        clock=clock,
        ended=attestation.look,
        may_work=partial(refusal, paths),
        obstacle=lambda: attendance.obstacle() or trust.obstacle() or stopped(paths, place, known=trust.known),
    )
    chair = Chair(tools, supervisor)
    keys = KeyView(home.kind.told, lambda: trust.warnings(within=warn))
    api = ConsoleApi(chair, courier, attendance=attendance, attestation=attestation, keys=keys)
    known = Self(
        place=place,
        key=witnesses.key.kid,
        home=home.kind.told,
        configuration=number,
        attendance=attendance,
        warnings=lambda: codes(chair.obstacle(), trouble=attestation.trouble),
    )
    speaker = Speaker(to_courier, speech(paths, known, begin_anew=lambda: _begin_anew(chair, supervisor)))
    supervisor.must_live("word", speaker.run())
    database = Database(name="station", engine=engine, marks=MARKS, transactions=journal.transaction)
    keeper = Keeper(database, clock=clock, boot=boot_id(), grace=timedelta(hours=section.retention.grace_hours))
    retention = VisitKeeper(keeper, courier=courier, attestation=attestation, periods=section.retention)
    routes = [retention_route(retention.run)]
    users = frozenset(section.peer_users)
    server = UnixServer(api.application(routes), paths.station_socket, users=users, observer=guarded)
    supervisor.at_shutdown("courier client", courier.close)
    supervisor.at_shutdown("workers", chair.close)
    supervisor.passing("devices", attendance.follow(udev))
    supervisor.must_live("attestation", attestation.run())
    supervisor.must_live("retention", keep(retention.run))
    set_guard(guarded, section, supervisor=supervisor, clock=clock)
    supervisor.must_live("console", server.serve())
    supervisor.at_shutdown("console", server.close)
    supervisor.essential("resume", chair.resume())
    code = await supervisor.run()
    engine.dispose()
    return code


def _begin_anew(chair: Chair, supervisor: Supervisor) -> None:
    """When no visit runs; else this is asked again a little later."""
    if chair.retire():
        supervisor.begin_anew()
