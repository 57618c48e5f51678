"""The kernel's word on every process that lives on: no core, no reader beside it, no swap, nothing freed that stays."""

import ctypes
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pytest

from agent.private_memory import FORGETFUL
from tests.journey.consignment import pause
from tests.journey.operator import StationClient, workers_of
from tests.journey.processes import System

_Result = TypeVar("_Result")

LIVING = ("station", "courier", "bridge", "opener")
START_S = 300.0
PROCESSES = (*LIVING, "worker")

READER = """
import os, sys
try:
    os.readlink(f"/proc/{sys.argv[1]}/cwd")
    print("open")
except PermissionError:
    print("closed")
"""
PR_CAPBSET_DROP, CAP_SYS_PTRACE = 24, 19


def as_an_ordinary_user(start: Callable[[], _Result]) -> _Result:
    """Start something that may not look into every process, though it is root's: as between two of one user.

    What a thread drops, the others keep. Source: capabilities(7); ptrace(2), access mode checking.
    """

    def begin() -> _Result:
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_SYS_PTRACE, 0, 0, 0)
        return start()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(begin).result()


def neighbour_sees(pid: int) -> str:
    """Whether another process of the same user may look into this one: the right without which memory is not read."""

    def ask() -> str:
        command = [sys.executable, "-c", READER, str(pid)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    return as_an_ordinary_user(ask)


def opener_of(bridge: int) -> int:
    """The bridge's one child, once it has begun it: the station may be ready first."""
    children, deadline = Path(f"/proc/{bridge}/task/{bridge}/children"), time.monotonic() + START_S
    while not (found := children.read_text().split()):
        assert time.monotonic() < deadline, "the bridge has no opener"
        pause()
    (child,) = found
    return int(child)


@pytest.fixture
def running(system: System, station: StationClient) -> dict[str, int]:
    """Process ids by name; a visit worker was started ahead."""
    for process in system.all:
        as_an_ordinary_user(process.start)
    station.until_ready(within_s=START_S)
    (worker,) = workers_of(system.stage.station.root)
    bridge = system.bridge.pid
    return {
        "station": system.station.pid,
        "courier": system.courier.pid,
        "bridge": bridge,
        "opener": opener_of(bridge),
        "worker": worker,
    }


def limit(pid: int, name: str) -> list[str]:
    """Soft and hard. Source: proc_pid_limits(5)."""
    (line,) = (line for line in Path(f"/proc/{pid}/limits").read_text().splitlines() if line.startswith(name))
    return line.removeprefix(name).split()[:2]


def status_kb(pid: int, name: str) -> int:
    """Source: proc_pid_status(5)."""
    (line,) = (line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1])


def test_every_process_keeps_its_memory_to_itself(running: dict[str, int]) -> None:
    deadline = time.monotonic() + START_S
    while "open" in {neighbour_sees(pid) for pid in running.values()}:
        # what a process does first of all comes after what it loads: until then it holds nothing
        assert time.monotonic() < deadline, {name: neighbour_sees(pid) for name, pid in running.items()}
        pause()
    none = ["0", "0"]
    assert {name: limit(pid, "Max core file size") for name, pid in running.items()} == dict.fromkeys(PROCESSES, none)
    assert {name: status_kb(pid, "VmSwap") for name, pid in running.items()} == dict.fromkeys(PROCESSES, 0)
    # an ordinary user's limits forbid to lock; what the units allow is in systemd/smilius-.service.d
    allowed = [
        pid for pid in running.values() if os.geteuid() == 0 or limit(pid, "Max locked memory")[0] == "unlimited"
    ]
    assert [pid for pid in allowed if status_kb(pid, "VmLck") < status_kb(pid, "RssAnon")] == []
    if os.geteuid() == 0:
        # nobody else may read the environment of such a process
        for name, pid in running.items():
            assert forgets(pid) is (name != "worker"), name


def forgets(pid: int) -> bool:
    """Whether it was begun so that it overwrites what it frees; a visit worker's end does that instead."""
    lines = dict(line.partition("=")[::2] for line in Path(f"/proc/{pid}/environ").read_text().split("\0"))
    # glibc takes the list of its own settings apart where it stands: some releases leave the first one only
    found = {key: lines[key] for key in FORGETFUL if key in lines}
    return found.keys() == FORGETFUL.keys() and all(
        FORGETFUL[key].startswith(one) and one for key, one in found.items()
    )


def test_an_ordinary_process_is_open_to_its_neighbours() -> None:
    # what the other test rests on: without our doing, the same reader gets in
    command = [sys.executable, "-c", "print('up', flush=True); input()"]
    pipe = subprocess.PIPE
    with as_an_ordinary_user(lambda: subprocess.Popen(command, stdin=pipe, stdout=pipe)) as ordinary:
        assert ordinary.stdout is not None
        assert ordinary.stdout.readline() == b"up\n"
        try:
            assert neighbour_sees(ordinary.pid) == "open"
        finally:
            ordinary.kill()
