"""Checks the devices' options in a process of its own, which ends: the station does not load the drivers for it.

A driver's options are read by the driver's own model, and the driver imports what it drives with: OpenCV, gpiozero.
What the safe's contacts are read with the station loads later all the same, because it watches them itself.
"""

import asyncio
import subprocess
import sys

from agent.config.paths import Paths
from agent.errors import ConfigError

LIMIT_S = 60.0

_PREFIX = "python -m agent: "


async def check_in_child(paths: Paths) -> None:
    """Return when the station's configuration is good. :raises: ConfigError with the child's sentence."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "agent", "config", "--check", "--root", str(paths.root)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(LIMIT_S):
            _, said = await child.communicate()
    except TimeoutError:
        raise ConfigError("The configuration could not be checked in time.") from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode:
        sentence = said.decode(errors="replace").strip().rpartition("\n")[2]
        if not sentence.startswith(_PREFIX):
            raise ConfigError("The configuration could not be checked: a driver named in it cannot be loaded.")
        raise ConfigError(sentence.removeprefix(_PREFIX))
