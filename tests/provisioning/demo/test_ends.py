"""A demo that is ended from outside: what it started ends with it."""

import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ENDS_WITHIN_S = 60
PROGRAM = [sys.executable, "-u", "-c", "import sys; from provisioning.cli import main; sys.exit(main(['demo']))"]


@pytest.fixture
def temporary() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="t-"))
    yield folder
    shutil.rmtree(folder)


def started_below(folder: Path) -> list[int]:
    """Processes that name this folder in their command line."""
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if os.fsencode(folder) in line.read_bytes():
                found.append(int(line.parent.name))
        except (FileNotFoundError, ProcessLookupError):
            # it ended meanwhile
            continue
    return found


def ended(folder: Path, number: signal.Signals) -> tuple[int, str]:
    """Exit code and complaint of a demo that gets this signal when its visit has begun."""
    with subprocess.Popen(
        PROGRAM, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(folder)}
    ) as demo:
        assert demo.stdout is not None
        assert any("reserved" in line for line in demo.stdout)
        running = [os.pidfd_open(process) for process in started_below(folder)]
        assert len(running) >= 5
        demo.send_signal(number)
        _, complaint = demo.communicate(timeout=ENDS_WITHIN_S)
        for process in running:
            # readable once it has ended
            with os.fdopen(process) as handle:
                assert _readable(handle.fileno())
        return demo.returncode, complaint


def _readable(descriptor: int) -> bool:
    return bool(select.select([descriptor], [], [], ENDS_WITHIN_S)[0])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_told_to_end_it_puts_everything_away(temporary: Path, number: signal.Signals) -> None:
    code, complaint = ended(temporary, number)
    assert (code, complaint) == (1, "smilius: interrupted; everything that was started has ended\n")
    assert started_below(temporary) == []
    assert list(temporary.iterdir()) == []


def test_killed_it_takes_its_processes_along(temporary: Path) -> None:
    code, _ = ended(temporary, signal.SIGKILL)
    assert code == -signal.SIGKILL
    assert started_below(temporary) == []
