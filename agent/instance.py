"""One process of a kind on one state folder: a lock that the kernel gives back when the process ends, however it ends.

Two would each finish what the other has in hand. Source: flock(2).
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.errors import ConfigError, Refused
from vault.disk import belong_to_folder

LOCK = "instance.lock"


@contextmanager
def only_instance(folder: Path, *, name: str) -> Iterator[None]:
    """While entered, no other process can enter it for this folder.

    :param folder: the process's own state folder, which is there already.
    :param name: what the process is called, for people.
    :raises: Refused when another process is in it; ConfigError when the folder is not there or not ours.
    """
    try:
        # not inherited by a child: that could outlive this process and would hold the lock
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigError(f"The state folder of the {name} is not there, or not its own: run its migration.") from error
    try:
        belong_to_folder(folder / LOCK)
        _lock(descriptor, name=name)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, *, name: str) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise Refused(
            "already-running", f"Another {name} runs on this state already: there can be one only."
        ) from error
