"""How fast the Futronic driver is over its emulator, and what it costs while it waits for a finger: `make bench`.

    python image-build/bench_devices.py [--frames N] [--idle-s S]

Two transports: pyusb's backend in this process, and the system's own libusb over umockdev where that is installed.
A grab's time has three parts, told apart at the transport's seam: the frame's own transfers (lamp, capture, read); the
driver's two probes, which listen for a millisecond each whether the queue is empty; and its own work. Processor time
is of the whole process, the emulator's too; over umockdev it would mean nothing, because libusb spins there. Every
figure is of an emulator. Ends with 1 when an aim is missed.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from drivers.contract import Finger, FingerAim, Retake  # noqa: E402
from drivers.fingerprint import futronic_wire as wire  # noqa: E402
from drivers.fingerprint.futronic_fs80 import FutronicFs80, Options  # noqa: E402
from drivers.transport.usb import LibUsbBus, UsbBus, UsbPipe, UsbWanted  # noqa: E402
from tests.emulators import umockdev  # noqa: E402
from tests.emulators.clock import WallClock  # noqa: E402
from tests.emulators.futronic import FRAME_S, Futronic  # noqa: E402
from tests.emulators.ibackend import EmulatedUsb  # noqa: E402
from tests.emulators.plate import Plate  # noqa: E402
from tests.emulators.prints import pictures  # noqa: E402

OVERHEAD_MAX_MS = 3.0
IDLE_MAX_PERCENT = 3.0
REPLUG_MAX_S = 2.0

INDEX = FingerAim(Finger.RIGHT_INDEX)


class Clock:
    """What frames take their times from."""

    def monotonic_ns(self) -> int:
        """The system's."""
        return time.monotonic_ns()


@dataclass(frozen=True)
class Pace:
    """Milliseconds a grab, medians."""

    whole_ms: float
    probes_ms: float
    own_ms: float


class Timed:
    """A pipe that measures another one, and the bus that gives it out."""

    def __init__(self, bus: UsbBus) -> None:
        self._bus = bus
        self.frame_ms, self.probes_ms = 0.0, 0.0

    def connect(self, wanted: UsbWanted) -> UsbPipe:
        """Connect, and stand in between."""
        self._pipe = self._bus.connect(wanted)
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pipe, name)

    def write(self, endpoint: int, data: bytes, *, limit_ms: int) -> None:
        """Pass on; lamp and capture belong to the frame."""
        start = time.perf_counter_ns()
        self._pipe.write(endpoint, data, limit_ms=limit_ms)
        self.frame_ms += _since_ms(start)

    def read(self, endpoint: int, size_bytes: int, *, limit_ms: int) -> memoryview:
        """Pass on; a packet's size is a probe's."""
        start = time.perf_counter_ns()
        try:
            return self._pipe.read(endpoint, size_bytes, limit_ms=limit_ms)
        finally:
            if size_bytes == wire.FRAME_BYTES:
                self.frame_ms += _since_ms(start)
            else:
                self.probes_ms += _since_ms(start)


def _since_ms(start_ns: int) -> float:
    return (time.perf_counter_ns() - start_ns) / 1e6


async def pace_of(bus: UsbBus, *, frames: int) -> Pace:
    """Grabs with a finger on the plate; those before it landed do not count."""
    timed = Timed(bus)
    sensor = FutronicFs80(Options(), clock=Clock(), bus=timed)
    taken: list[tuple[float, float, float]] = []
    async with sensor.opened(), sensor.armed(INDEX):
        while len(taken) < frames:
            timed.frame_ms, timed.probes_ms = 0.0, 0.0
            start = time.perf_counter_ns()
            seen = await sensor.grab()
            whole = _since_ms(start)
            if not isinstance(seen, Retake):
                taken.append((whole, timed.probes_ms, whole - timed.probes_ms - timed.frame_ms))
    return Pace(*(statistics.median(part) for part in zip(*taken, strict=True)))


async def idle_percent(sensor: FutronicFs80, *, idle_s: float) -> float:
    """Processor time of an armed sensor that waits for a finger, as a share of one core."""
    async with sensor.opened(), sensor.armed(INDEX):
        await sensor.grab()
        start, used = time.monotonic(), time.process_time()
        while time.monotonic() - start < idle_s:
            assert isinstance(await sensor.grab(), Retake)
        return 100 * (time.process_time() - used) / (time.monotonic() - start)


async def replug_s(emulated: EmulatedUsb, sensor: FutronicFs80) -> float:
    """From the plug to an opened and armed sensor, after the old one was pulled while it was armed."""
    async with sensor.opened(), sensor.armed(INDEX):
        emulated.unplug()
    emulated.plug(_model())
    start = time.monotonic()
    async with sensor.opened(), sensor.armed(INDEX):
        return time.monotonic() - start


def _model(*, landing: int = 1) -> Futronic:
    return Futronic(Plate(pictures(), landing=landing))


def _plugged(model: Futronic) -> tuple[EmulatedUsb, FutronicFs80]:
    emulated = EmulatedUsb(WallClock())
    emulated.plug(model)
    return emulated, FutronicFs80(Options(), clock=Clock(), bus=LibUsbBus(emulated))


def in_process_pace(frames: int) -> Pace:
    """Over the backend of ours."""
    emulated, _ = _plugged(_model())
    return asyncio.run(pace_of(LibUsbBus(emulated), frames=frames))


def umockdev_pace(frames: int) -> Pace:
    """Over the system's libusb, in a child that sees the emulated device."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["image-build/bench_devices.py", "--inside", "--frames", str(frames)]
        report = umockdev.run_with_futronic(command, folder=Path(folder))
    return Pace(**json.loads(report.printed))


def umockdev_replug_s() -> float:
    """The same as `replug_s`; the kernel has the device when its add event is sent."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["-m", "tests.drivers.fingerprint.over_libusb", "3"]
        report = umockdev.run_with_futronic(command, folder=Path(folder), host=("--fault", "3:unplugged:100"))
    ready_ns: int = json.loads(report.printed)["ready_ns"][1]
    return (ready_ns - report.plugged_ns[1]) / 1e9


def inside(frames: int) -> int:
    """What the child does: the same over whatever libusb sees."""
    print(json.dumps(asdict(asyncio.run(pace_of(LibUsbBus(), frames=frames)))))
    return 0


class Sheet:
    """Prints figures with their aims, and remembers whether one was missed."""

    def __init__(self) -> None:
        self.missed = False

    def pace(self, name: str, pace: Pace) -> None:
        """Frames a second, and the overhead against its aim."""
        print(f"{name}: {1000 / pace.whole_ms:.2f} frames/s")
        print(f"  two probes of the queue: {pace.probes_ms:.2f} ms a frame")
        self.figure("  the driver's own work a frame", pace.own_ms, unit="ms", most=OVERHEAD_MAX_MS)
        print(f"  both together: {pace.probes_ms + pace.own_ms:.2f} ms a frame")

    def figure(self, name: str, value: float, *, unit: str, most: float) -> None:
        """One figure and its aim."""
        kept = value <= most
        self.missed = self.missed or not kept
        print(f"{name}: {value:.2f} {unit} (at most {most:.0f}: {'met' if kept else 'MISSED'})")


def main() -> int:
    """Print the figures; 1 when an aim is missed."""
    parser = argparse.ArgumentParser(description="Time the Futronic driver over its emulator.")
    parser.add_argument("--frames", type=int, default=50, help="frames a transport")
    parser.add_argument("--idle-s", type=float, default=10.0, help="how long the armed sensor waits")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.inside:
        return inside(said.frames)
    sheet = Sheet()
    print(f"Futronic, emulated, {wire.FRAME_BYTES:,} bytes a frame, {1000 * FRAME_S:.0f} ms each by the device itself")
    sheet.pace("in process (pyusb, our backend)", in_process_pace(said.frames))
    _, waiting = _plugged(_model(landing=sys.maxsize))
    percent = asyncio.run(idle_percent(waiting, idle_s=said.idle_s))
    sheet.figure("  armed and idle, with the emulator's own work", percent, unit="% of a core", most=IDLE_MAX_PERCENT)
    ready_s = asyncio.run(replug_s(*_plugged(_model())))
    sheet.figure("  from re-plug to ready", ready_s, unit="s", most=REPLUG_MAX_S)
    if why := umockdev.missing():
        print(f"through libusb (umockdev): left out, {why}")
    else:
        sheet.pace("through libusb (umockdev)", umockdev_pace(said.frames))
        sheet.figure("  from re-plug to ready", umockdev_replug_s(), unit="s", most=REPLUG_MAX_S)
    return int(sheet.missed)


if __name__ == "__main__":
    sys.exit(main())
