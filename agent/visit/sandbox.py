"""What the operating system takes from a visit worker: core dumps, debuggers, swap, privileges, life after its parent.

And what it does not take: the end. A service manager's or a terminal's signal is for the station, which lets a worker
that is sealing finish.

Source: prctl(2). The systemd units and the image add what only they can.
"""

import ctypes
import os
import signal

from agent.private_memory import keep_memory_private

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38


def close_in(parent: int) -> bool:
    """Take it all away, and return whether the memory is locked (it is not where the limits forbid it).

    :param parent: the process that started this one; when it is gone already, this one ends.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        # the parent died before its death could be wished for
        os._exit(1)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    os.umask(0o077)
    return keep_memory_private()
