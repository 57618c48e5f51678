"""Runs a fingerprint driver over the system's libusb, and prints what came of it as one line of JSON.

    python -m tests.drivers.fingerprint.over_libusb FRAMES [futronic | uareu] [--rearm]

A device that is gone is opened again, until so many frames were given; each in an arming of its own where that is said.
Started by `umockdev_host`.
"""

import argparse
import asyncio
import hashlib
import json
import sys
import time
from itertools import groupby

from drivers.contract import Device, Fault, Frame, GoneFault, Retake
from drivers.fingerprint import futronic_fs80, uareu_4000
from tests.drivers.fingerprint.sockets import INDEX


class _Clock:
    def monotonic_ns(self) -> int:
        return time.monotonic_ns()


class _Run:
    """What happened, in order."""

    def __init__(self, wanted: int, *, rearms: bool) -> None:
        self.wanted, self._rearms = wanted, rearms
        self.digests: list[str] = []
        self.ready_ns: list[int] = []
        self.faults: list[str] = []
        self.hints: list[str] = []

    async def go(self, sensor: Device) -> None:
        while len(self.digests) < self.wanted:
            try:
                await self._held(sensor)
            except GoneFault as fault:
                self.faults.append(fault.code)

    async def _held(self, sensor: Device) -> None:
        async with sensor.opened():
            while len(self.digests) < self.wanted:
                async with sensor.armed(INDEX):
                    self.ready_ns.append(time.monotonic_ns())
                    await self._armed(sensor)

    async def _armed(self, sensor: Device) -> None:
        until = len(self.digests) + 1 if self._rearms else self.wanted
        while len(self.digests) < until:
            match await sensor.grab():
                case Frame() as frame:
                    self.digests.append(hashlib.sha256(frame.pixels.tobytes()).hexdigest())
                case Retake(hint):
                    self.hints.append(hint.value)


def _sensor(name: str) -> Device:
    if name == "uareu":
        # the pixels as they are: nobody has calibrated it
        return uareu_4000.UareU4000(uareu_4000.Options(for_calibration=True), clock=_Clock())
    return futronic_fs80.FutronicFs80(futronic_fs80.Options(), clock=_Clock())


def main() -> int:
    """Until the frames were given, or another fault ends it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("frames", type=int)
    parser.add_argument("sensor", nargs="?", default="futronic")
    parser.add_argument("--rearm", action="store_true")
    said = parser.parse_args()
    run, sensor = _Run(said.frames, rearms=said.rearm), _sensor(said.sensor)
    try:
        asyncio.run(run.go(sensor))
    except Fault as fault:
        run.faults.append(fault.code)
    report = {
        "digests": run.digests,
        "ready_ns": run.ready_ns,
        "faults": [code for code, _ in groupby(run.faults)],
        "hints": [hint for hint, _ in groupby(run.hints)],
        "model": sensor.facts.model,
    }
    print(json.dumps(report))  # noqa: T201 (that is what it is for)
    return 0


if __name__ == "__main__":
    sys.exit(main())
