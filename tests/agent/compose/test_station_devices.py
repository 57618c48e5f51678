"""The station's process over the system's own libudev: what is unplugged and plugged in again while it runs."""

import asyncio
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.agent.visit.claimed import Claimed
from tests.agent.visit.headquarters import APPLICATION
from tests.emulators.sockets import sockets, usb
from tests.emulators.umockdev import missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

DEVICES = """
[station.camera]
driver = "sim"
[station.fingerprint]
driver = "futronic"
"""
OPENING = {"application": APPLICATION, "operator": "op-7", "notice_language": "lt"}
SENSOR = usb("1-1", "1491:0020")


@pytest.fixture
def claimed() -> Iterator[Claimed]:
    # a socket's name must fit into 108 bytes (unix(7))
    with tempfile.TemporaryDirectory(prefix="s-") as folder:
        claimed = Claimed(Path(folder) / "r", DEVICES)
        claimed.migrate()
        yield claimed


async def _presence(api: httpx.AsyncClient) -> str:
    devices = (await api.get("/v1/devices")).json()["devices"]
    return next((str(one["presence"]) for one in devices if one["role"] == "fingerprint"), "")


async def _until(api: httpx.AsyncClient, presence: str) -> None:
    async with asyncio.timeout(30):
        while await _presence(api) != presence:
            pass


async def test_unplugged_no_visit_is_opened_and_plugged_in_again_it_needs_no_restart(claimed: Claimed) -> None:
    notified = claimed.paths.run / "notify"
    transport = httpx.AsyncHTTPTransport(uds=str(claimed.paths.station_socket))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(notified))
        manager.setblocking(False)
        async with sockets() as hand, httpx.AsyncClient(transport=transport, base_url="http://station") as api:
            await hand.add(SENSOR)
            program = (sys.executable, "-m", "agent", "station", "--root", str(claimed.root))
            await hand.run("env", f"NOTIFY_SOCKET={notified}", *program)
            async with asyncio.timeout(90):
                assert await asyncio.get_running_loop().sock_recv(manager, 100) == b"READY=1"
            await _until(api, "present")
            await hand.remove(SENSOR)
            await _until(api, "gone")
            refused = await api.post("/v1/visits", json=OPENING)
            assert (refused.status_code, refused.json()) == (
                409,
                {"code": "device-gone", "sentence": "The fingerprint (futronic) is not plugged in."},
            )
            assert (await api.get("/v1/health")).json()["obstacle"] == refused.json()["sentence"]
            await hand.add(SENSOR)
            await _until(api, "present")
            assert (await api.get("/v1/health")).json()["obstacle"] is None
            assert (await hand.stop())[0] == 0


def test_a_driver_that_does_not_take_its_options_keeps_the_station_from_starting(claimed: Claimed) -> None:
    relay = '[station.relay.lamp]\ndriver = "gpio"\noptions = {lines = "LAMP"}\n'
    (claimed.paths.configuration / "60.toml").write_text(relay)
    sentence = (
        "python -m agent: The configuration would not load: station.relay.lamp: "
        "The relay driver 'gpio' cannot use these options: line, lines.\n"
    )
    program = [sys.executable, "-m", "agent", "station", "--root", str(claimed.root)]
    said = subprocess.run(program, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stderr) == (2, sentence)
