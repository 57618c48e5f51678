"""What the benchmarks measure with: one thread's own time, and the process's memory. One thread, so once at a time."""

import gc
import os
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

GROWTH_MAX_BYTES = 8 << 20
"""More than this over many frames is a leak."""

_Picture = TypeVar("_Picture", bound=NDArray[np.uint8])


def timed_ms(work: Callable[[_Picture], object], picture: _Picture) -> tuple[float, float]:
    """Processor time of this thread and the clock's, for one picture, in milliseconds."""
    own, clock = time.thread_time_ns(), time.perf_counter_ns()
    work(picture)
    return (time.thread_time_ns() - own) / 1e6, (time.perf_counter_ns() - clock) / 1e6


def median_ms(work: Callable[[_Picture], object], pictures: Sequence[_Picture], *, rounds: int) -> tuple[float, float]:
    """Median over the pictures of each one's median, after a look at each that does not count; as `timed_ms`."""
    for picture in pictures:
        work(picture)
    times = [[timed_ms(work, picture) for _ in range(rounds)] for picture in pictures]
    own, clock = ([statistics.median(time_[which] for time_ in one) for one in times] for which in (0, 1))
    return statistics.median(own), statistics.median(clock)


def resident_bytes() -> int:
    """How much of the process is in RAM."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def growth_bytes(
    work: Callable[[NDArray[np.uint8]], object], pictures: Sequence[NDArray[np.uint8]], *, count: int
) -> int:
    """How much memory grows over many frames, after a first tenth that fills caches; printed too."""
    for number in range(count // 10):
        work(pictures[number % len(pictures)])
    gc.collect()
    before = resident_bytes()
    for number in range(count):
        # a frame of its own each time, as a device gives it
        work(np.roll(pictures[number % len(pictures)], number % 16, axis=1))
    gc.collect()
    after = resident_bytes()
    print(f"memory over {count} frames: {before / 2**20:.1f} MiB before, {after / 2**20:.1f} MiB after")
    return after - before
