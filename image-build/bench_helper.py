"""What a frame costs through a vendor's helper and its driver, beside the same bytes through a bare pipe: `make bench`.

    python image-build/bench_helper.py [--frames N]

Both children are Python and have the frame ready before they are asked. The bare one writes it at a byte; the helper
is the sample, which answers JSON and makes the checksum, and the driver checks it. Medians, one run.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from drivers.contract import Finger, FingerAim, Frame  # noqa: E402
from drivers.fingerprint import sample_helper  # noqa: E402
from drivers.fingerprint.vendor_helper import Options, VendorHelper  # noqa: E402

FRAME_BYTES = 320 * 480
_BARE = f"""
import os
frame = bytes({FRAME_BYTES})
while os.read(0, 1):
    left = memoryview(frame)
    while left:
        left = left[os.write(1, left):]
"""


class _Clock:
    def monotonic_ns(self) -> int:
        return time.monotonic_ns()


def _since_ms(start_ns: int) -> float:
    return (time.perf_counter_ns() - start_ns) / 1e6


def bare_ms(frames: int) -> float:
    """A frame's bytes from child to parent, and nothing else."""
    taken, into = [], bytearray(FRAME_BYTES)
    with subprocess.Popen([sys.executable, "-c", _BARE], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        for _ in range(frames):
            start, left = time.perf_counter_ns(), memoryview(into)
            os.write(child.stdin.fileno(), b"x")
            while left:
                left = left[os.readv(child.stdout.fileno(), [left]) :]
            taken.append(_since_ms(start))
        child.stdin.close()
    return statistics.median(taken)


async def helper_ms(frames: int) -> float:
    """A grab through driver and helper."""
    sensor = VendorHelper(Options(command=(sys.executable, "-I", str(Path(sample_helper.__file__)))), clock=_Clock())
    taken = []
    async with sensor.opened(), sensor.armed(FingerAim(Finger.RIGHT_INDEX)):
        for _ in range(frames):
            start = time.perf_counter_ns()
            assert isinstance(await sensor.grab(), Frame)
            taken.append(_since_ms(start))
    return statistics.median(taken)


def main() -> int:
    """Print both, and their ratio."""
    parser = argparse.ArgumentParser(description="Time a frame through a vendor's helper.")
    parser.add_argument("--frames", type=int, default=300, help="frames a way")
    frames = parser.parse_args().frames
    bare, helper = bare_ms(frames), asyncio.run(helper_ms(frames))
    print(f"{FRAME_BYTES:,} bytes a frame, medians of {frames}")
    print(f"  through a bare pipe: {bare:.3f} ms")
    print(f"  through helper and driver: {helper:.3f} ms, {helper / bare:.1f} times as long")
    return 0


if __name__ == "__main__":
    sys.exit(main())
