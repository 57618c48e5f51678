"""Helpers in real processes: what they get, what they do not, and how they end."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivers.contract import DeniedFault, GoneFault, OptionsFault, ProtocolFault, TimedOutFault
from drivers.transport import helper_start
from drivers.transport.helper import HelperPlan, HelperProcess
from tests.drivers.processes import DEATH_LIMIT_MS, has_ended, open_files

LONG_MS = 20_000

LOOK = """
import ctypes, os, resource, signal, sys, tempfile
sys.stdin.readline()
death = ctypes.c_int()
libc = ctypes.CDLL(None)
libc.prctl(2, ctypes.byref(death), 0, 0, 0)
try:
    with tempfile.TemporaryFile() as file:
        file.write(b"x")
    wrote = True
except OSError:
    wrote = False
print(
    sorted(os.environ.items()),
    [int(name) for name in os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd/" + name)],
    os.getcwd(), os.getsid(0) == os.getpid(), death.value, libc.prctl(39, 0, 0, 0, 0),
    resource.getrlimit(resource.RLIMIT_CORE), os.umask(0), wrote, sep="|", flush=True)
sys.stdin.readline()
"""


@contextmanager
def _started(script: str, **plan: object) -> Iterator[HelperProcess]:
    command = (sys.executable, "-I", "-S", "-c", script)
    process = HelperProcess(HelperPlan(command, **plan))  # type: ignore[arg-type]
    try:
        yield process
    finally:
        process.end()


@pytest.mark.parametrize("may_write_files", [False, True])
def test_a_helper_gets_what_it_is_told_and_nothing_of_ours(may_write_files: bool) -> None:
    os.environ["SMILIUS_SECRET"] = "of the station"
    held = os.open("/dev/null", os.O_RDONLY)
    os.set_inheritable(held, True)
    try:
        with _started(LOOK, environment={"LICENCE": "42"}, may_write_files=may_write_files) as process:
            process.say(b"look\n", limit_ms=LONG_MS)
            environment, files, folder, leads, *rest = process.hear(4096).decode().split("|")
    finally:
        os.close(held)
        del os.environ["SMILIUS_SECRET"]
    assert environment == str(
        [("LC_ALL", "C.UTF-8"), ("LICENCE", "42"), ("PATH", "/usr/local/bin:/usr/bin:/bin")],
    )
    assert (files, folder, leads) == ("[0, 1, 2]", "/", "True")
    assert rest == [str(int(signal.SIGKILL)), "1", "(0, 0)", str(0o077), str(may_write_files)]


def test_a_broken_pipe_ends_a_helper_as_it_would_elsewhere() -> None:
    process = HelperProcess(HelperPlan(("/bin/sh", "-c", "kill -PIPE $$")))
    process.end(within_ms=LONG_MS)
    assert process.exit_code == -signal.SIGPIPE


def test_lines_and_bytes_come_as_they_were_sent_in_memory_that_can_be_overwritten() -> None:
    script = "import sys; sys.stdin.readline(); sys.stdout.buffer.write(b'one\\ntwo\\n' + bytes(range(256)) * 600)"
    with _started(script) as process:
        process.say(b"go\n", limit_ms=LONG_MS)
        assert (process.hear(16), process.hear(16)) == (b"one", b"two")
        taken = process.take(256 * 600)
        assert taken == bytes(range(256)) * 600
        # what passed through is not kept
        assert not any(process._inbox)


def test_a_line_is_never_longer_than_it_may_be() -> None:
    with _started("input(); print('x' * 15); print('y' * 16)") as process:
        process.say(b"go\n", limit_ms=LONG_MS)
        assert process.hear(16) == b"x" * 15
        with pytest.raises(ProtocolFault, match="too long"):
            process.hear(16)


def test_what_is_said_unasked_is_a_fault() -> None:
    with _started("input(); print('one\\ntwo', flush=True); input()") as process:
        process.say(b"go\n", limit_ms=LONG_MS)
        assert process.hear(16) == b"one"
        with pytest.raises(ProtocolFault, match="more than it was asked"):
            process.say(b"on\n", limit_ms=LONG_MS)


def test_one_that_never_reads_is_late_and_not_waited_for() -> None:
    with _started("import signal; signal.pause()") as process, pytest.raises(TimedOutFault):
        process.say(b"x" * 1_000_000, limit_ms=50)


def test_one_that_has_ended_is_gone_at_whatever_comes_first() -> None:
    with _started("pass") as process:
        assert has_ended(process.pid, within_ms=DEATH_LIMIT_MS)
        for _ in range(2):
            with pytest.raises(GoneFault):
                process.say(b"x\n", limit_ms=LONG_MS)
        with pytest.raises(GoneFault):
            process.take(10)


def test_its_end_is_counted_and_leaves_nothing_open() -> None:
    before = open_files()
    with _started("import sys; sys.stdin.read(); sys.stderr.write('x' * 70000); sys.exit(7)") as process:
        process.end(within_ms=LONG_MS)
        assert (process.exit_code, process.complaint_bytes) == (7, 70_000)
    assert open_files() == before


def test_one_that_will_not_end_is_killed() -> None:
    script = "import signal; [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15)]; signal.pause()"
    with _started(script) as process:
        process.end(within_ms=20)
        assert process.exit_code == -signal.SIGKILL


def test_nothing_dumps_a_core() -> None:
    with _started("import os; os.abort()") as process:
        process.end(within_ms=LONG_MS)
        assert process.exit_code == -signal.SIGABRT
        assert not Path("/core").exists()


def test_its_limits_are_in_force_from_outside_too() -> None:
    with _started("input(); print(flush=True); input()") as process:
        process.say(b"go\n", limit_ms=LONG_MS)
        process.hear(16)
        assert resource.prlimit(process.pid, resource.RLIMIT_CORE) == (0, 0)
        assert resource.prlimit(process.pid, resource.RLIMIT_FSIZE) == (0, 0)


@pytest.mark.parametrize(("program", "expected"), [("/nowhere/helper", OptionsFault), ("/etc", OptionsFault)])
def test_a_program_that_is_not_there_is_the_configurations_fault(program: str, expected: type[Exception]) -> None:
    before = open_files()
    with pytest.raises(expected) as caught:
        HelperProcess(HelperPlan((program,)))
    assert program not in str(caught.value)
    assert open_files() == before


def test_a_program_that_may_not_be_run_is_denied(tmp_path: Path) -> None:
    (tmp_path / "helper").touch(mode=0o600)
    with pytest.raises(DeniedFault):
        HelperProcess(HelperPlan((str(tmp_path / "helper"),)))


def test_it_dies_with_the_process_that_started_it() -> None:
    script = (
        "import signal, sys; from drivers.transport.helper import HelperPlan, HelperProcess;"
        "wait = 'import signal; input(); print(flush=True); signal.pause()';"
        "child = HelperProcess(HelperPlan((sys.executable, '-c', wait)));"
        "child.say(b'go\\n', limit_ms=20000); child.hear(9); print(child.pid, flush=True); signal.pause()"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert not has_ended(pid, within_ms=0)
        parent.kill()
    assert has_ended(pid, within_ms=DEATH_LIMIT_MS)


def test_a_start_by_somebody_who_is_gone_already_runs_nothing(tmp_path: Path) -> None:
    command = [sys.executable, helper_start.__file__, "0", "write", "/usr/bin/touch", str(tmp_path / "ran")]
    assert subprocess.run(command, check=False).returncode == helper_start.NOT_RUN
    assert not (tmp_path / "ran").exists()
