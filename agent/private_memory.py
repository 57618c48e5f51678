"""Memory that is nobody else's: no core dump, no debugger, and no swap where the limits allow that.

Source: prctl(2), mlockall(2), setrlimit(2). The systemd units and the image add what only they can.
"""

import ctypes
import resource

_PR_SET_DUMPABLE = 4
_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4


def keep_memory_private(*, lock: bool = True) -> bool:
    """For the rest of this process's life; return whether its memory is locked (it is not where the limits forbid it).

    :param lock: whether swap is kept away too, from what is there and what will come.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # on fault: what is only reserved costs nothing
    return lock and libc.mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT) == 0
