"""Memory for payloads: bounded, in no core dump, in no swap where the limits allow that, and overwritten in the end.

Source: mmap(2), madvise(2), mlock2(2) of Linux.
"""

import ctypes
import mmap
from typing import Final

from drivers.transport.tap.tape import Data

_MLOCK_ONFAULT: Final = 1


class PayloadMemory:
    """Grows by what is kept, up to its size; nothing of it is spent before."""

    def __init__(self, size_bytes: int) -> None:
        """:param size_bytes: at most so much is kept."""
        self._memory = mmap.mmap(-1, size_bytes, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self._memory.madvise(mmap.MADV_DONTDUMP)
        self.locked = _locked(self._memory)
        """Whether it cannot be swapped; it can where the process's limits forbid locking so much."""
        self._used_bytes = 0

    def keep(self, data: Data) -> slice | None:
        """Where a copy of the data is now; None when there is no room for it."""
        place = slice(self._used_bytes, self._used_bytes + len(data))
        if place.stop > len(self._memory):
            return None
        self._memory[place] = data
        self._used_bytes = place.stop
        return place

    def read(self, place: slice) -> bytes:
        """A copy of what was kept there."""
        return self._memory[place]

    def zero(self) -> None:
        """Overwrite it all."""
        self._memory[: self._used_bytes] = bytes(self._used_bytes)
        self._used_bytes = 0


def _locked(memory: mmap.mmap) -> bool:
    # on fault: only what is used is held
    begin = ctypes.c_char.from_buffer(memory)
    lock = getattr(ctypes.CDLL(None), "mlock2", None)
    return lock is not None and bool(
        lock(ctypes.c_void_p(ctypes.addressof(begin)), ctypes.c_size_t(len(memory)), _MLOCK_ONFAULT) == 0
    )
