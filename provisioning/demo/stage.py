"""The stage: a temporary folder with headquarters' and the station's state, set up as a technician would.

Its path is short, because a Unix socket's name must fit into 108 bytes (unix(7)).
"""

import asyncio
import json
import os
import pwd
import shutil
import socket
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.config.paths import Paths
from provisioning.claim.claim import take_answer, write_request
from provisioning.demo.request import DemoRequest
from provisioning.errors import PromiseBroken

TENANT, STATION = "lt", "demo"
SET_UP_LIMIT_S = 60.0
FOLDER_BYTES_MAX = 48
"""`/smilius-????????/station/run/smilius/courier.sock` behind it still fits into a socket's name."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Free loopback ports."""

    broker: int
    """mosquitto, TLS."""
    migris: int
    """MIGRIS's machine interface, TLS."""
    page: int
    """MIGRIS's page."""


class Stage:
    """Both sides' folders, and what is written into them before anything runs."""

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="smilius-", dir=_short_folder()))
        self.central = self.root / "central"
        self.station = Paths(self.root / "station")
        self.logs = self.root / "logs"
        self.ports = Ports(*_free_ports(3))
        self.logs.mkdir()

    async def found(self) -> None:
        """Headquarters, and the station's databases. :raises: PromiseBroken."""
        await asyncio.gather(
            self._run(*self._init_command()),
            self._run("-m", "agent", "migrate", "--root", str(self.station.root)),
        )

    async def claim(self, request: DemoRequest) -> None:
        """The station's identity, headquarters' answer, and the demo's configuration. :raises: PromiseBroken."""
        request_file, answer_file = self.root / "request.json", self.root / "answer.json"
        write_request(self.station.root, tenant=TENANT, station=STATION, file=request_file)
        enrol = ("ca", "enrol", "--request", str(request_file), "--answer", str(answer_file))
        await self._run("-m", "central", *enrol, "--root", str(self.central))
        take_answer(self.station.root, answer_file)
        (self.station.configuration / "50-demo.toml").write_text(demo_layer(request))
        request_file.unlink()
        answer_file.unlink()

    def strike(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.root, ignore_errors=True)

    def _init_command(self) -> tuple[str, ...]:
        ports = self.ports
        return (
            *("-m", "central", "init", "--root", str(self.central), "--tenant", TENANT),
            *("--broker-port", str(ports.broker), "--migris-port", str(ports.migris)),
            *("--migris-page-port", str(ports.page)),
            # nobody else may enter this folder, whoever shows the demo
            *("--broker-user", pwd.getpwuid(os.geteuid()).pw_name),
        )

    async def _run(self, *arguments: str) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )
        try:
            async with asyncio.timeout(SET_UP_LIMIT_S):
                _, complaint = await process.communicate()
        except TimeoutError:
            raise PromiseBroken("Setting up took too long.") from None
        finally:
            if process.returncode is None:
                process.kill()
        if process.returncode != 0:
            last = complaint.decode(errors="replace").strip().splitlines()[-1:] or ["no reason given"]
            raise PromiseBroken(f"Setting up failed: {last[0]}")


def demo_layer(request: DemoRequest) -> str:
    """The station's configuration for this demo: its devices, and time limits for a client who does not move.

    Whoever tries a demo may not be allowed to lock as much memory as a worker needs; a real station refuses then.
    """
    camera = _device("camera", driver="sim", options={})
    if request.photo is not None:
        camera = _device("camera", driver="replay", options={"file": str(request.photo)})
    fingerprint = _device("fingerprint", driver="sim", options={})
    if request.fingers:
        files = {finger.value: str(path) for finger, path in request.fingers.items()}
        fingerprint = _device("fingerprint", driver="replay", options={"others": "world", "files": files})
    limits = (
        "[station]\nworker_memory_locked = false\n\n"
        "[station.profile.face]\nattempts = 1\ntime_limit_ms = 3000\npose_limit_ms = 500\n\n"
        "[station.profile.finger]\ntime_limit_ms = 1500\n\n"
        "[courier]\nretry_max_s = 4.0\nfree_bytes_min = 67108864\n"
    )
    return f"# Written by the demo.\n\n{camera}\n{fingerprint}\n{limits}"


def _device(kind: str, *, driver: str, options: dict[str, object]) -> str:
    lines = [f"[station.{kind}]", f"driver = {json.dumps(driver)}", "", f"[station.{kind}.options]"]
    tables: list[str] = []
    for name, value in options.items():
        if isinstance(value, dict):
            tables += ["", f"[station.{kind}.options.{name}]", *_lines(value)]
        else:
            lines += _lines({name: value})
    return "\n".join([*lines, *tables, ""])


def _lines(table: dict[str, object]) -> Sequence[str]:
    # a JSON string is a TOML basic string
    return [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in table.items()]


def _short_folder() -> str:
    """The machine's folder for temporary files, unless its name leaves no room for a socket's."""
    usual = tempfile.gettempdir()
    return usual if len(usual) <= FOLDER_BYTES_MAX else "/tmp"  # noqa: S108 (mkdtemp makes its own folder there)


def _free_ports(count: int) -> list[int]:
    held = [socket.socket() for _ in range(count)]
    try:
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()
