"""A child process with a time limit and bounded output, and nothing of this process but what it is given."""

import os
import select
import subprocess
import time
from collections.abc import Sequence

_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "OMP_NUM_THREADS": "1"}
_CHUNK_BYTES = 65_536


class ChildFailed(Exception):
    """The child gave no usable output; what that means is the caller's to say."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


def run_bounded(
    command: Sequence[str], *, limit_ms: int, output_max_bytes: int, keep_open: tuple[int, ...] = ()
) -> bytes:
    """What the child prints until it ends; its exit status says nothing here, its output does.

    :param keep_open: files that the child inherits under the same numbers.
    :raises: ChildFailed when it cannot be started, takes too long, or prints too much; it is ended then.
    """
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=keep_open,
            env=_ENVIRONMENT,
            cwd="/",
        )
    except (OSError, ValueError) as error:
        raise ChildFailed("it cannot be started") from error
    with child:
        try:
            return _printed(child, deadline=time.monotonic() + limit_ms / 1000, output_max_bytes=output_max_bytes)
        finally:
            child.kill()


def _printed(child: subprocess.Popen[bytes], *, deadline: float, output_max_bytes: int) -> bytes:
    if child.stdout is None:
        raise ChildFailed("it has no output")
    printed = b""
    ready = select.poll()
    ready.register(child.stdout, select.POLLIN)
    while ready.poll(max(0.0, deadline - time.monotonic()) * 1000):
        chunk = os.read(child.stdout.fileno(), _CHUNK_BYTES)
        printed += chunk
        if not chunk:
            return printed
        if len(printed) > output_max_bytes:
            raise ChildFailed("it prints too much")
    raise ChildFailed("it takes too long")
