"""Real worker processes: how one begins, and every way in which it can end.

A whole visit is in `test_runner`; that a worker dies with its station is in `tests/agent/compose/test_station`.
"""

import asyncio
import os
import resource
import signal
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agent.visit.channel import (
    DevicesReady,
    FailedReport,
    OpenDevices,
    Seal,
    TakeStep,
    write_line,
)
from agent.visit.worker_process import LOST, WorkerProcess
from tests.agent.visit.claimed import NOBODY, Claimed
from vault.envelope import new_wrap_key

FACE = TakeStep(step="face", fresh=False)


@asynccontextmanager
async def _started(claimed: Claimed) -> AsyncIterator[WorkerProcess]:
    worker = WorkerProcess(claimed.root)
    await worker.start()
    try:
        yield worker
    finally:
        await worker.close()


def _pid(worker: WorkerProcess) -> int:
    assert worker._process is not None
    return worker._process.pid


def _close_on_exec(pid: int) -> list[bool]:
    """Of every socket that the process has: whether a child of it would not inherit it."""
    sockets = [link for link in Path(f"/proc/{pid}/fd").iterdir() if "socket:" in os.readlink(link)]
    flags = [Path(f"/proc/{pid}/fdinfo/{link.name}").read_text().split("flags:")[1].split()[0] for link in sockets]
    return [bool(int(each, 8) & os.O_CLOEXEC) for each in flags]


async def test_it_is_ended_by_its_station_and_by_nobody_else(tmp_path: Path) -> None:
    claimed = Claimed(tmp_path / "root", NOBODY)
    before = claimed.tree()
    async with _started(claimed) as first, _started(claimed) as second:
        assert await first.ready() is None
        # it has no core, and whatever it starts would inherit no socket of it
        assert resource.prlimit(_pid(first), resource.RLIMIT_CORE) == (0, 0)
        assert all(_close_on_exec(_pid(first)))
        # a service manager tells everybody to end; the station decides when its worker does
        os.kill(_pid(first), signal.SIGTERM)
        assert await first.ask(OpenDevices()) == DevicesReady()
        # closed by the end of the channel alone, although another worker was started after it
        assert first._writer is not None
        first._writer.write(write_line(FACE))
        first._writer.close()
        assert first._process is not None
        assert await first._process.wait() == 0
        # and closed while it waits for a person
        assert await second.ready() is None
        await second.ask(OpenDevices())
        taking = asyncio.gather(second.ask(FACE), second.close())
        assert (await taking)[0] == LOST
        assert second.ended
        assert second._process is not None
        assert second._process.returncode == 0
        assert await second.ask(OpenDevices()) == LOST
    assert claimed.tree() == before


async def test_killed_in_the_middle_it_is_lost(tmp_path: Path) -> None:
    async with _started(Claimed(tmp_path / "root", NOBODY)) as worker:
        assert await worker.ready() is None
        await worker.ask(OpenDevices())
        async with asyncio.TaskGroup() as tasks:
            taking = tasks.create_task(worker.ask(FACE))
            os.kill(_pid(worker), signal.SIGKILL)
        assert taking.result() == LOST
        assert await worker.ask(OpenDevices()) == LOST


async def test_a_broken_promise_ends_it_and_tells_nothing_but_the_place(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with _started(Claimed(tmp_path / "root")) as worker:
        assert await worker.ready() is None
        # nothing was packed: our own mistake
        assert await worker.ask(Seal(wrap_key=b64encode(new_wrap_key()))) == LOST
        assert worker._process is not None
        assert await worker._process.wait() == 1
    said = capfd.readouterr().err
    assert "AssertionError at visit/worker.py:" in said
    assert "Traceback" not in said
    assert "packing" not in said


async def test_what_hangs_is_killed_when_it_is_closed(tmp_path: Path) -> None:
    async with _started(Claimed(tmp_path / "root")) as worker:
        os.kill(_pid(worker), signal.SIGSTOP)
        await worker.close(within_s=0.02)
        assert worker._process is not None
        assert worker._process.returncode == -signal.SIGKILL


async def test_what_it_cannot_load_is_its_first_and_last_report(tmp_path: Path) -> None:
    claimed = Claimed(tmp_path / "root")
    claimed.paths.seal_key.unlink()
    async with _started(claimed) as worker:
        failed = await worker.ready()
        assert isinstance(failed, FailedReport)
        assert failed.code == "key-missing"
        assert str(tmp_path) not in failed.sentence
        assert await worker.ask(OpenDevices()) == LOST


async def test_what_was_never_started_has_ended_and_closes() -> None:
    worker = WorkerProcess(Path("/"))
    assert worker.ended
    await worker.close()
