"""Becomes a helper: takes from this process what a helper shall not have, then runs the helper's program in its place.

Run by path as a program of its own, by `drivers.transport.helper`, with the parent's process id, `write` or
`read-only`, and the command. A child of the visit worker could be told all this between fork and exec; but the worker
has threads, and what runs there may then wait for a lock that nobody holds any more. So it is done by a process with
one thread. Standard library only.

Source: prctl(2), setrlimit(2), signal(7).
"""

import ctypes
import os
import resource
import signal
import sys

NOT_RUN = 127
"""Exit code of a command that cannot be run, as in a shell."""

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38


def main(arguments: list[str]) -> int:
    """Run the command; returns only when it cannot be run, or the parent is gone already."""
    parent, files, *command = arguments
    libc = ctypes.CDLL(None)
    # kept across exec, because without new privileges no program can gain any
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != int(parent):
        # the parent died before its death could be wished for
        return NOT_RUN
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if files == "read-only":
        # a write is then an error (EFBIG), and not the end: Python has set SIGXFSZ to be ignored, and exec keeps that
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.umask(0o077)
    try:
        os.execv(command[0], command)  # noqa: S606 (no shell is what is wanted)
    except (OSError, ValueError):
        return NOT_RUN


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
