"""The station's process with its workers: what a cut, a stop and a start leave and bring back."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from agent.supervise import Supervisor
from tests.agent.compose.office import Office
from tests.agent.visit.claimed import NOBODY, Claimed
from tests.agent.visit.desk import Courier
from tests.agent.visit.headquarters import APPLICATION
from vault.database import open_database

OPENING = {"application": APPLICATION, "operator": "op-7", "notice_language": "lt"}
PROGRAM = (sys.executable, "-m", "agent", "station", "--root")


@pytest.fixture
def claimed() -> Iterator[Claimed]:
    # a socket's name must fit into 108 bytes (unix(7))
    with tempfile.TemporaryDirectory(prefix="s-") as folder:
        claimed = Claimed(Path(folder) / "r", NOBODY)
        claimed.migrate()
        yield claimed


class Station:
    """One life of the process, and its API."""

    def __init__(self, process: asyncio.subprocess.Process, api: httpx.AsyncClient) -> None:
        self.process = process
        self.api = api

    async def capturing(self) -> str:
        """A visit whose worker waits for the camera."""
        async with asyncio.timeout(60):
            opened = await self.api.post("/v1/visits", json=OPENING)
            while opened.status_code != 201:
                # it still clears up
                assert opened.json()["code"] == "not-ready"
                opened = await self.api.post("/v1/visits", json=OPENING)
            visit, after, step = str(opened.json()["visit"]), -1, None
            while step != "face":
                view = (await self.api.get(f"/v1/visits/{visit}?after={after}&wait_s=20")).json()
                after, step = view["sequence"], view["step"]
        return visit

    def workers(self) -> list[int]:
        """A handle of each worker, which tells when that has ended."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [os.pidfd_open(int(child)) for child in children]


@asynccontextmanager
async def _running(claimed: Claimed) -> AsyncIterator[Station]:
    """The process, once it has told the service manager that it is ready."""
    notified = claimed.paths.run / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(notified))
        manager.setblocking(False)
        environment = {**os.environ, "NOTIFY_SOCKET": str(notified)}
        process = await asyncio.create_subprocess_exec(*PROGRAM, str(claimed.root), env=environment)
        try:
            async with asyncio.timeout(90):
                assert await asyncio.get_running_loop().sock_recv(manager, 100) == b"READY=1"
            transport = httpx.AsyncHTTPTransport(uds=str(claimed.paths.station_socket))
            async with httpx.AsyncClient(transport=transport, base_url="http://station", timeout=60) as api:
                yield Station(process, api)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
            notified.unlink()


async def _ended(handles: list[int]) -> None:
    """All of them have ended."""
    loop = asyncio.get_running_loop()
    for handle in handles:
        gone = asyncio.Event()
        loop.add_reader(handle, gone.set)
        async with asyncio.timeout(10):
            await gone.wait()
        loop.remove_reader(handle)
        os.close(handle)


def _row(claimed: Claimed, visit: str) -> tuple[str, str]:
    engine = open_database(claimed.paths.station_database)
    try:
        with engine.connect() as connection:
            row = connection.execute(text("SELECT state, code FROM visit WHERE id = :id"), {"id": visit}).one()
            return (row.state, row.code)
    finally:
        engine.dispose()


def _dumps_no_core(process: int) -> bool:
    lines = Path(f"/proc/{process}/limits").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith("Max core file size"))
    return line.split()[4:6] == ["0", "0"]


async def test_cut_off_started_again_and_stopped_it_leaves_no_worker_no_key_and_no_open_visit(
    claimed: Claimed,
) -> None:
    courier, supervisor = Courier(claimed.incoming, claimed.headquarters), Supervisor()
    Office(courier).open(claimed.paths.courier_socket, supervisor=supervisor)
    async with _running(claimed) as station:
        cut = await station.capturing()
        assert len(courier.keys) == 1
        workers = station.workers()
        assert len(workers) == 1
        assert _dumps_no_core(station.process.pid)
        station.process.kill()
        await _ended(workers)
    async with _running(claimed) as station:
        stopped = await station.capturing()
        assert _row(claimed, cut) == ("faulted", "cut-off")
        assert len(courier.keys) == 1
        workers = station.workers()
        # a service manager tells the whole group; the worker leaves it to the station
        station.process.send_signal(signal.SIGTERM)
        assert await station.process.wait() == 0
        await _ended(workers)
    assert _row(claimed, stopped) == ("aborted", "stopped")
    assert courier.keys == {}
    assert not claimed.paths.station_socket.exists()
    assert list(claimed.incoming.iterdir()) == []
    supervisor.stop()
    await supervisor.run()


async def test_a_second_station_is_refused_and_touches_nothing_of_the_first(claimed: Claimed) -> None:
    courier, supervisor = Courier(claimed.incoming, claimed.headquarters), Supervisor()
    Office(courier).open(claimed.paths.courier_socket, supervisor=supervisor)
    async with _running(claimed) as station:
        visit = await station.capturing()
        before = _row(claimed, visit)
        second = await asyncio.create_subprocess_exec(*PROGRAM, str(claimed.root), stderr=subprocess.PIPE)
        async with asyncio.timeout(60):
            _, said = await second.communicate()
        sentence = b"python -m agent: Another station runs on this state already: there can be one only.\n"
        assert (second.returncode, said) == (2, sentence)
        assert (_row(claimed, visit), len(courier.keys)) == (before, 1)
        assert (await station.api.get(f"/v1/visits/{visit}")).json()["step"] == "face"
    supervisor.stop()
    await supervisor.run()


def test_what_cannot_start_says_why_in_one_line(claimed: Claimed) -> None:
    claimed.paths.pseudonym_key.unlink()
    said = subprocess.run([*PROGRAM, str(claimed.root)], capture_output=True, text=True, check=False)
    assert said.returncode == 2
    assert said.stderr.startswith("python -m agent: ")
    assert said.stderr.count("\n") == 1
    assert str(claimed.root) not in said.stderr
