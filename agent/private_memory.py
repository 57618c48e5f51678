"""Memory that is nobody else's: no core dump, no debugger, and no swap where the limits allow that.

And memory that forgets: in a process that lives on, whatever it gives back is overwritten at once, and what a visit or
a parcel left in cycles and on the stack is overwritten when it ends.

Source: prctl(2), mlockall(2), setrlimit(2); glibc manual, "Memory Allocation Tunables"; Python's PYTHONMALLOC. The
systemd units and the image add what only they can.
"""

import ctypes
import gc
import os
import resource
import sys
from typing import Final

_PR_SET_DUMPABLE = 4
_ARGUMENTS_MAX = 1000
_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4

FORGETFUL: Final = {
    # every object in memory of its own, none in an arena of Python's that is never given back
    "PYTHONMALLOC": "malloc",
    # what is freed is overwritten with this byte; no cache before that
    "GLIBC_TUNABLES": "glibc.malloc.perturb=90:glibc.malloc.tcache_count=0",
}
"""Environment of a process that overwrites what it gives back. Read by glibc and Python before their first line."""


def forget_what_is_freed() -> None:
    """Return in a process that overwrites the memory it gives back: this one is begun anew, once, where it does not.

    Call it first of all: nothing may be open yet.
    """
    # glibc takes the list of its own settings apart where it stands: some releases leave the first one only
    if not all(os.environ.get(name, "").startswith(value.split(":")[0]) for name, value in FORGETFUL.items()):
        os.execve(  # noqa: S606 (this process again, and no shell)
            sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, **FORGETFUL}
        )


def forget_now() -> None:
    """Overwrite what nobody holds any more and was not given back yet, and the stack below the caller.

    To be called when a visit or a parcel has ended, by a caller that holds nothing of it itself.
    """
    gc.collect()
    # the foreign call has zeros for so many arguments on the stack: that is all that it is made for
    ctypes.CDLL(None).getpid(*[0] * _ARGUMENTS_MAX)


def usual_environment() -> dict[str, str]:
    """The environment for a child whose end is what forgets: it need not overwrite, and pictures are large."""
    return {name: value for name, value in os.environ.items() if name not in FORGETFUL}


def keep_memory_private(*, lock: bool = True) -> bool:
    """For the rest of this process's life; return whether its memory is locked (it is not where the limits forbid it).

    :param lock: whether swap is kept away too, from what is there and what will come.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # on fault: what is only reserved costs nothing
    return lock and libc.mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT) == 0
