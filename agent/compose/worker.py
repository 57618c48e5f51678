"""The visit worker process: started ahead by the station, it loads everything, serves one visit, and ends."""

import asyncio
import os
import socket

from agent.clock import SystemClock
from agent.compose.keys import key_home
from agent.config.fleet import load_all
from agent.config.layers import read_section
from agent.config.paths import Paths
from agent.config.place import PlaceSection
from agent.config.station import DeviceChoice, Nfiq2Choice, StationSection
from agent.config.trust import Trust
from agent.errors import ConfigError
from agent.visit.asking import Asking
from agent.visit.channel import (
    COMMANDS,
    LINE_BYTES_MAX,
    Close,
    FailedReport,
    PressShutter,
    Ready,
    read_line,
    write_line,
)
from agent.visit.sandbox import close_in
from agent.visit.worker import Tools, Work, Worker
from capture.errors import CaptureError
from capture.face.judge import FaceJudge
from capture.face.readers import load_reader
from capture.finger.model import installed_model
from capture.finger.nfiq2 import installed_scorer
from capture.finger.score import BUILT_IN, Scorer
from drivers.contract import Device, DeviceKind, Fault
from drivers.registry import make_device
from vault.errors import VaultError
from vault.keys import load_signer


async def run_worker(paths: Paths, *, channel: int, parent: int) -> int:
    """Serve one visit over the inherited socket. Returns the process's exit code."""
    locked = close_in(parent)
    # inherited, and not to be inherited further: only this process's end may close it
    os.set_inheritable(channel, False)
    reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=channel), limit=LINE_BYTES_MAX)
    try:
        worker = Worker(_tools(paths, memory_locked=locked), say=lambda report: writer.write(write_line(report)))
    except (ConfigError, Fault, CaptureError, VaultError) as error:
        writer.write(write_line(FailedReport(code=error.code, sentence=error.sentence)))
        await writer.drain()
        return 1
    writer.write(write_line(Ready(memory_locked=locked)))
    await _serve(worker, reader, writer=writer)
    writer.close()
    return 0


async def _serve(worker: Worker, reader: asyncio.StreamReader, *, writer: asyncio.StreamWriter) -> None:
    """Carry out commands until the station closes; *close* ends a command that is still at work."""
    commands: asyncio.Queue[Work] = asyncio.Queue()

    async def work_all() -> None:
        while True:
            writer.write(write_line(await worker.work(await commands.get())))
            await writer.drain()

    try:
        async with asyncio.TaskGroup() as tasks:
            working = tasks.create_task(work_all())
            await _hear(reader, commands, shutter=worker.shutter)
            working.cancel()
    except ExceptionGroup as failed:
        # the first one's own place says more than that several are possible
        raise failed.exceptions[0] from None
    finally:
        await worker.close()


async def _hear(reader: asyncio.StreamReader, commands: asyncio.Queue[Work], *, shutter: asyncio.Event) -> None:
    """Queue commands until the station closes or ends. :raises: WireError for what is no command."""
    while True:
        match await read_line(reader, COMMANDS):
            case None | Close():
                return
            case PressShutter():
                shutter.set()
            case command:
                # a shutter that was pressed too late for one step is not pressed for the next
                shutter.clear()
                commands.put_nowait(command)


def _tools(paths: Paths, *, memory_locked: bool) -> Tools:
    layers = load_all(paths)
    section = read_section(layers, "station", model=StationSection)
    place = read_section(layers, "place", model=PlaceSection)
    if section.worker_memory_locked and not memory_locked:
        raise ConfigError(
            "The visit worker may not lock its memory: give the station LimitMEMLOCK=infinity, "
            "or allow swapping with station.worker_memory_locked = false."
        )
    installed_model()  # like the faces' models: loaded, or found to be damaged, before anybody poses
    signer, clock = load_signer(paths.seal_key, key_home(paths, "station")), SystemClock()
    return Tools(
        tenant=place.tenant,
        station=place.station,
        profile=section.profile,
        camera=_device(DeviceKind.CAMERA, section.camera, clock=clock),
        sensor=_device(DeviceKind.FINGERPRINT, section.fingerprint, clock=clock),
        judge=FaceJudge(load_reader(section.face_fallback)),
        scorer=_scorer(section.nfiq2),
        signer=signer,
        asking=Asking(place.tenant, place.station, signer=signer, central=Trust(paths, clock=clock)),
        incoming=paths.spool / "incoming",
        clock=clock,
    )


def _scorer(choice: Nfiq2Choice) -> Scorer:
    official = None if choice.use == "never" else installed_scorer(choice.command, model=choice.model)
    if official is None and choice.use == "always":
        raise ConfigError("station.nfiq2.use is always, and the command that station.nfiq2.command names is not there.")
    return official or BUILT_IN


def _device(kind: DeviceKind, choice: DeviceChoice, *, clock: SystemClock) -> Device:
    return make_device(kind, choice.driver, options=choice.options, clock=clock)
