"""Lives of a product process that begin at once: `python -m tests.power.nursery MODULE...` has imported everything, and
forks a child for each line that it reads, which then runs as `python -m` would. A test kills thousands of them.

The child is the product's own process in all but its beginning: nothing of it has run before, only modules are loaded.
"""

import contextlib
import ctypes
import importlib
import json
import os
import runpy
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from agent.private_memory import FORGETFUL

_PR_SET_PDEATHSIG = 1

_MODULES = (
    "agent.compose.courier",
    "agent.compose.station",
    "agent.cli",
    "alembic.command",
    "central.bridge.compose",
    "central.cli",
    "central.migris.simulator.compose",
    "uvicorn.protocols.http.h11_impl",
    "uvicorn.lifespan.off",
)


class Life:
    """One child, as far as the test's process can see it."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._end = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """A number once it has ended; which one is not known here."""
        return 0 if select.select([self._end], [], [], 0)[0] else None

    def wait(self, timeout: float | None = None) -> int:
        """Return when it has ended. :raises: subprocess.TimeoutExpired."""
        if not select.select([self._end], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return 0

    def send_signal(self, number: signal.Signals) -> None:
        """To it, if it lives; never to another that got its number."""
        try:
            signal.pidfd_send_signal(self._end, number)
        except ProcessLookupError:
            return


class Nursery:
    """The process that forks; ends with its input."""

    def __init__(self, environment: Mapping[str, str], *, folder: Path) -> None:
        """:param folder: where its children run."""
        self._mother = subprocess.Popen(
            [sys.executable, "-m", "tests.power.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=folder,
            # its children overwrite what they free, and need not begin anew for it: each would become a nursery
            env={**environment, **FORGETFUL, "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"},
            text=True,
        )

    def launch(self, arguments: Sequence[str], *, log: Path) -> Life:
        """`python -m` with these arguments."""
        to, back = self._mother.stdin, self._mother.stdout
        assert to is not None
        assert back is not None
        to.write(json.dumps([str(log), *arguments]) + "\n")
        to.flush()
        return Life(int(back.readline()))

    def close(self) -> None:
        """No more children."""
        self._mother.communicate()


def _live(log: str, arguments: list[str]) -> None:
    os.setpgid(0, 0)
    # nobody is left over when a test ends early
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing, file = os.open(os.devnull, os.O_RDONLY), os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number, opened in enumerate((nothing, file, file)):
        os.dup2(opened, number)
    layer = ctypes.CDLL(None)
    if hasattr(layer, "mortal_become"):
        layer.mortal_become(arguments[1].encode())
    sys.argv = [f"{arguments[0]}/__main__.py", *arguments[1:]]
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)


def main() -> None:
    """Fork for each line, say the child's number."""
    for module in _MODULES:
        importlib.import_module(module)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while line := sys.stdin.readline():
        log, *arguments = json.loads(line)
        child = os.fork()
        if child == 0:
            _live(log, arguments)
            return
        # both do it: a group of its own is there when its number is told, and when the child's own children begin
        with contextlib.suppress(PermissionError, ProcessLookupError):
            os.setpgid(child, child)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
