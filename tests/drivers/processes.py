"""What is left of processes: whether they run, and what they hold open."""

import os
import select
from pathlib import Path

DEATH_LIMIT_MS = 10_000
"""A process that was killed is gone long before; only one that was not is waited for so long."""


def has_ended(pid: int, *, within_ms: int) -> bool:
    """Whether a process is dead by then, whoever's child it is."""
    try:
        life = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        ready = select.poll()
        ready.register(life, select.POLLIN)
        return bool(ready.poll(within_ms))
    finally:
        os.close(life)


def open_files() -> int:
    """How many descriptors this process has."""
    return len(list(Path("/proc/self/fd").iterdir()))
