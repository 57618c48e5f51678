"""Tasks with an end, closers in reverse order, signals, and the word to systemd."""

import asyncio
import logging
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from agent.errors import WireError
from agent.supervise import AGAIN, Supervisor

ROOT = Path(__file__).resolve().parents[2]
SOON_S = 90.0


async def forever() -> None:
    await asyncio.Event().wait()


async def at_once() -> None:
    return


async def fails(error: Exception) -> None:
    raise error


async def ended(supervisor: Supervisor) -> int:
    async with asyncio.timeout(SOON_S):
        return await supervisor.run()


async def test_a_stop_ends_in_good_order() -> None:
    supervisor = Supervisor()
    supervisor.must_live("life", forever())
    supervisor.stop()
    assert await ended(supervisor) == 0


async def test_the_end_of_what_must_live_is_the_end(caplog: pytest.LogCaptureFixture) -> None:
    supervisor = Supervisor()
    supervisor.must_live("life", forever())
    supervisor.must_live("heart", at_once())
    assert await ended(supervisor) == 1
    assert [record.getMessage() for record in caplog.records] == ["heart ended, so the process ends: without an error"]


async def test_what_must_live_may_begin_later() -> None:
    supervisor = Supervisor()
    running = asyncio.get_running_loop().create_task(ended(supervisor))
    await asyncio.wait({running}, timeout=0)
    supervisor.must_live("late", at_once())
    assert await running == 1


@pytest.mark.parametrize(
    ("error", "said"),
    [(WireError("Not a message."), "wire: Not a message."), (ValueError("Jonas 38001010000"), "ValueError at ")],
)
async def test_a_failure_is_told_without_foreign_words(
    error: Exception, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    for begin in ("must_live", "essential"):
        supervisor = Supervisor()
        getattr(supervisor, begin)("work", fails(error))
        assert await ended(supervisor) == 1
    assert len(caplog.records) == 2
    assert all(said in record.getMessage() for record in caplog.records)
    assert "Jonas" not in caplog.text


async def test_an_essential_task_may_end_well() -> None:
    supervisor = Supervisor()
    await supervisor.essential("effects", at_once())
    supervisor.stop()
    assert await ended(supervisor) == 0


async def test_a_passing_failure_is_only_logged(caplog: pytest.LogCaptureFixture) -> None:
    supervisor = Supervisor()
    await supervisor.passing("answer", fails(ValueError("Jonas")))
    await supervisor.passing("answer", at_once())
    supervisor.stop()
    assert await ended(supervisor) == 0
    (record,) = caplog.records
    assert record.getMessage().startswith("answer failed: ValueError at ")
    assert record.levelno == logging.ERROR
    assert "Jonas" not in caplog.text


async def test_closers_run_in_reverse_and_one_failure_keeps_nobody(caplog: pytest.LogCaptureFixture) -> None:
    order: list[str] = []

    def closer(name: str, *, error: Exception | None = None) -> None:
        async def close() -> None:
            order.append(name)
            if error is not None:
                raise error

        supervisor.at_shutdown(name, close)

    supervisor = Supervisor()
    closer("database")
    closer("devices", error=OSError("/home/jonas"))
    closer("console")
    supervisor.stop()
    assert await ended(supervisor) == 0
    assert order == ["console", "devices", "database"]
    (record,) = caplog.records
    assert record.getMessage().startswith("closing devices failed: OSError at ")
    assert "jonas" not in caplog.text


async def test_tasks_live_until_everything_is_closed_and_are_ended_in_reverse() -> None:
    order: list[str] = []

    async def life(name: str) -> None:
        try:
            await forever()
        finally:
            order.append(name)

    async def close() -> None:
        order.append("closed")

    supervisor = Supervisor()
    supervisor.must_live("first", life("first"))
    supervisor.must_live("second", life("second"))
    supervisor.passing("passing", life("passing"))
    supervisor.at_shutdown("closer", close)
    asyncio.get_running_loop().call_soon(supervisor.stop)
    assert await ended(supervisor) == 0
    assert order == ["closed", "passing", "second", "first"]


async def test_what_fails_while_the_process_ends_is_said_and_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async def stubborn() -> None:
        try:
            await forever()
        finally:
            raise ValueError("Jonas")

    supervisor = Supervisor()
    supervisor.must_live("stubborn", stubborn())
    asyncio.get_running_loop().call_soon(supervisor.stop)
    assert await ended(supervisor) == 0
    (record,) = caplog.records
    assert record.getMessage().startswith("stubborn failed while the process ended: ValueError at ")


_PROCESS = """
import asyncio, sys
from agent.supervise import AGAIN, Supervisor
async def main():
    supervisor = Supervisor()
    supervisor.must_live("life", asyncio.Event().wait())
    async def close():
        print("closed", flush=True)
    supervisor.at_shutdown("closer", close)
    return await supervisor.run()
sys.exit(asyncio.run(main()))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("abstract", [False, True])
def test_a_signal_ends_a_service_that_told_systemd(short_folder: Path, number: signal.Signals, abstract: bool) -> None:
    address = f"\0smilius-{os.getpid()}-{number}" if abstract else str(short_folder / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(address)
        systemd.settimeout(SOON_S)
        environment = {**os.environ, "NOTIFY_SOCKET": address.replace("\0", "@")}
        command = [sys.executable, "-c", _PROCESS]
        with subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE) as process:
            assert systemd.recv(100) == b"READY=1"
            process.send_signal(number)
            assert systemd.recv(100) == b"STOPPING=1"
            output, _ = process.communicate(timeout=SOON_S)
            assert (output, process.returncode) == (b"closed\n", 0)


def test_a_service_manager_that_is_gone_ends_nothing(tmp_path: Path) -> None:
    environment = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "gone")}
    script = _PROCESS.replace("return await", "supervisor.stop(); return await")
    command = [sys.executable, "-c", script]
    ran = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stdout) == (0, "closed\n")
    assert ran.stderr.count("the service manager was not told") == 2


def test_who_begins_anew_in_the_same_process_does_not_say_that_it_stops(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        environment = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify")}
        command = [sys.executable, "-c", _PROCESS.replace("return await", "supervisor.begin_anew(); return await")]
        ran = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, timeout=60, check=False)
        assert (ran.returncode, ran.stdout) == (AGAIN, b"closed\n")
        assert systemd.recv(100) == b"READY=1"
        systemd.setblocking(False)
        with pytest.raises(BlockingIOError):
            # STOPPING=1 would have the service manager end it
            systemd.recv(100)
