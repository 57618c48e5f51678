"""Checks the devices' options in a process of its own, which ends: the station does not load the drivers for it.

A driver's options are read by the driver's own model, and the driver imports what it drives with: OpenCV, gpiozero.
What the safe's contacts are read with the station loads later all the same, because it watches them itself. The child
is begun before the station loads its own libraries: each takes a second, and a machine has more than one core.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from agent.config.paths import Paths
from agent.errors import ConfigError

LIMIT_S = 60.0

_PREFIX = "python -m agent: "


class ConfigCheck:
    """A check that has begun."""

    def __init__(self, child: "subprocess.Popen[bytes]") -> None:
        self._child = child

    async def good(self) -> None:
        """Return when the station's configuration is good. :raises: ConfigError with the child's sentence."""
        try:
            _, said = await asyncio.to_thread(self._child.communicate, timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            raise ConfigError("The configuration could not be checked in time.") from None
        if self._child.returncode:
            sentence = said.decode(errors="replace").strip().rpartition("\n")[2]
            if not sentence.startswith(_PREFIX):
                raise ConfigError("The configuration could not be checked: a driver named in it cannot be loaded.")
            raise ConfigError(sentence.removeprefix(_PREFIX))


@contextmanager
def checking(paths: Paths) -> Iterator[ConfigCheck]:
    """The check, begun; its process is not there any more when this is left."""
    child = subprocess.Popen(
        (sys.executable, "-m", "agent", "config", "--check", "--root", str(paths.root)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    # left, it closes what it reads of the child, and waits for its end
    with child:
        try:
            yield ConfigCheck(child)
        finally:
            if child.poll() is None:
                child.kill()
