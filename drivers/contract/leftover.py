"""What this process has open, counted before and after: a driver that is closed has left nothing behind.

Source: proc(5): `fd` has an entry for each open file, `maps` an `s` in the mode of each mapping that is shared (a
camera's buffers, a segment of shared memory).
"""

import asyncio
import threading
from collections.abc import Awaitable, Mapping
from pathlib import Path
from typing import Final

from drivers.contract.promise import demand

_SELF: Final = Path("/proc/self")
_POOL: Final = "asyncio_"
"""The event loop's own threads, which wait for more work and belong to no driver."""


async def leaves_nothing(doing: Awaitable[None]) -> None:
    """No more is open after it was done than before. :raises: NotConforming, and whatever it raises.

    Whatever is opened once and kept (modules, the loop's threads) must have been before.
    """
    before = open_things()
    await doing
    for name, count in open_things().items():
        demand(count <= before[name], f"nothing is left behind ({count - before[name]} {name} more than before)")


def open_things() -> Mapping[str, int]:
    """How many there are of each, by name."""
    mappings = (_SELF / "maps").read_text(encoding="utf-8", errors="replace").splitlines()
    return {
        "files": sum(1 for _ in (_SELF / "fd").iterdir()),
        "threads": sum(not one.name.startswith(_POOL) for one in threading.enumerate()),
        "tasks": len(asyncio.all_tasks()),
        "shared mappings": sum(line.split()[1].endswith("s") for line in mappings),
    }
