"""A vendor's helper under a real visit worker: it starts in its sandbox, and never outlives it."""

import json
import os
import resource
import signal
from pathlib import Path

from agent.visit.channel import DevicesReady, OpenDevices, PrintReport, TakeStep
from agent.visit.worker_process import WorkerProcess
from tests.agent.visit.claimed import Claimed
from tests.drivers.fingerprint.helpers import SAMPLE
from tests.drivers.processes import DEATH_LIMIT_MS, has_ended

DEVICES = f"""
[station.camera]
driver = "sim"
options = {{width_px = 64, height_px = 64, enlargement = 0.1, exposure_ms = 0}}

[station.fingerprint]
driver = "helper"
options = {{command = {json.dumps(SAMPLE)}}}
"""


def _children(pid: int) -> list[int]:
    return [int(each) for file in Path(f"/proc/{pid}/task").glob("*/children") for each in file.read_text().split()]


def _open_kinds(pid: int) -> set[str]:
    return {os.readlink(link).split(":")[0] for link in Path(f"/proc/{pid}/fd").iterdir()}


async def _opened(folder: Path) -> tuple[WorkerProcess, int]:
    """A worker that holds its devices, and its helper's process."""
    worker = WorkerProcess(Claimed(folder, DEVICES).root)
    await worker.start()
    assert await worker.ready() is None
    assert await worker.ask(OpenDevices()) == DevicesReady()
    assert worker._process is not None
    (helper,) = _children(worker._process.pid)
    return worker, helper


async def test_prints_are_taken_through_it_and_it_ends_with_the_visit(tmp_path: Path) -> None:
    worker, helper = await _opened(tmp_path / "root")
    for finger in ("right-index", "left-index"):
        report = await worker.ask(TakeStep(step=finger, fresh=False))
        assert isinstance(report, PrintReport), report
    assert resource.prlimit(helper, resource.RLIMIT_CORE) == (0, 0)
    assert resource.prlimit(helper, resource.RLIMIT_FSIZE) == (0, 0)
    # of the worker's channel, keys and devices it has nothing
    assert _open_kinds(helper) == {"pipe"}
    await worker.close()
    assert has_ended(helper, within_ms=DEATH_LIMIT_MS)


async def test_it_dies_with_a_worker_that_is_killed(tmp_path: Path) -> None:
    worker, helper = await _opened(tmp_path / "root")
    assert not has_ended(helper, within_ms=0)
    assert worker._process is not None
    os.kill(worker._process.pid, signal.SIGKILL)
    assert has_ended(helper, within_ms=DEATH_LIMIT_MS)
    await worker.close()
