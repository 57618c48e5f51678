"""The processes on the stage, started anew when they die, as systemd does it on an appliance."""

import asyncio
import ctypes
import os
import shutil
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

import httpx

from provisioning.demo.stage import Stage
from provisioning.errors import InputRefused, PromiseBroken

_Result = TypeVar("_Result")

_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1

READY_LIMIT_S = 40.0
STOP_LIMIT_S = 10.0
RESTART_PAUSE_S = 0.2
RESTARTS_MAX = 20
"""A process that ends more often than this is given up."""


@dataclass(slots=True)
class Member:
    """One process, through all its lives."""

    name: str
    """What the timeline calls it."""
    command: tuple[str, ...]
    """How it is started."""
    process: asyncio.subprocess.Process | None = None
    """Its present life."""
    restarts: int = 0
    """How often it was started anew."""
    keeper: asyncio.Task[None] | None = field(default=None, repr=False)
    """Starts it anew."""


class Household:
    """mosquitto, bridge, MIGRIS, courier, station."""

    def __init__(self, stage: Stage, *, note: Callable[[str, str], object]) -> None:
        """:param note: is told of what happens: step and detail."""
        self._stage = stage
        self._note = note
        station, central = str(stage.station.root), str(stage.central)
        python = sys.executable
        self._central = [
            Member("broker", (_mosquitto(), "-c", str(stage.central / "broker" / "mosquitto.conf"))),
            Member("migris", (python, "-m", "central", "migris", "--root", central)),
            Member("bridge", (python, "-m", "central", "bridge", "--root", central)),
        ]
        self._station = [
            Member("courier", (python, "-m", "agent", "courier", "--root", station)),
            Member("station", (python, "-m", "agent", "station", "--root", station)),
        ]
        self._stopping = False
        self._given_up = asyncio.Event()

    async def start_central(self) -> None:
        """Start headquarters' side; it needs no station to begin."""
        await self._start_all(self._central)

    async def start_station(self) -> None:
        """Start the station, and wait until it can take a client. :raises: PromiseBroken."""
        await self._start_all(self._station)
        try:
            async with asyncio.timeout(READY_LIMIT_S):
                await self.while_kept(self._until_ready())
        except TimeoutError:
            raise PromiseBroken("The processes did not get ready in time.") from None

    async def while_kept(self, work: Coroutine[None, None, _Result]) -> _Result:
        """The work's result. :raises: PromiseBroken as soon as a process ends too often to be started again."""
        loop = asyncio.get_running_loop()
        working, giving_up = loop.create_task(work), loop.create_task(self._given_up.wait())
        try:
            await asyncio.wait({working, giving_up}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                worst = max(self._members, key=lambda member: member.restarts)
                raise PromiseBroken(f"The {worst.name} ends as often as it is started.")
            return working.result()
        finally:
            for task in (working, giving_up):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await asyncio.wait({task})

    async def stop(self) -> None:
        """End them all; only what was started here."""
        self._stopping = True
        await asyncio.gather(*(self._end(member) for member in self._members))

    @property
    def _members(self) -> list[Member]:
        return [*self._central, *self._station]

    async def _start_all(self, members: list[Member]) -> None:
        for member in members:
            await self._start(member)
            member.keeper = asyncio.get_running_loop().create_task(self._keep(member), name=f"keep {member.name}")

    async def _start(self, member: Member) -> None:
        log = (self._stage.logs / f"{member.name}.log").open("ab")
        with log:
            member.process = await asyncio.create_subprocess_exec(
                *member.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_the_demo,
            )

    async def _keep(self, member: Member) -> None:
        while True:
            assert member.process is not None
            code = await member.process.wait()
            if self._stopping:
                return
            member.restarts += 1
            if member.restarts > RESTARTS_MAX:
                self._given_up.set()
                return
            self._note("restarted", f"{member.name} ended ({_ending(code)}) and was started again")
            await asyncio.sleep(RESTART_PAUSE_S)
            await self._start(member)

    async def _end(self, member: Member) -> None:
        if member.keeper is not None:
            member.keeper.cancel()
        process = member.process
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(STOP_LIMIT_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _until_ready(self) -> None:
        async with (
            httpx.AsyncClient(
                transport=httpx.AsyncHTTPTransport(uds=str(self._stage.station.station_socket))
            ) as station,
            httpx.AsyncClient(
                transport=httpx.AsyncHTTPTransport(uds=str(self._stage.station.courier_socket))
            ) as courier,
        ):
            # a process that starts has no event to wait for
            while not (await _says(station, "ready") and await _says(courier, "link")):  # noqa: ASYNC110
                await asyncio.sleep(0.05)


def _die_with_the_demo() -> None:
    """Even of a signal that leaves the demo no time: prctl(2), PR_SET_PDEATHSIG."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


async def _says(client: httpx.AsyncClient, what: str) -> bool:
    try:
        answer = await client.get("http://local/v1/health")
        return answer.json().get(what) is True
    except (httpx.HTTPError, ValueError):
        return False


def _mosquitto() -> str:
    found = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if found is None:
        raise InputRefused("mosquitto-missing", "mosquitto is not installed: sudo apt-get install mosquitto")
    return found


def _ending(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
