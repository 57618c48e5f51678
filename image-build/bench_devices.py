"""How fast the Futronic driver is over its emulator, and what it costs while it waits for a finger: `make bench`.

    python image-build/bench_devices.py [--frames N] [--idle-s S]

Two transports: pyusb's backend in this process, and the system's own libusb over umockdev where that is installed.
Over each, rounds of the driver's grabs take turns with rounds of a bare pyusb loop that makes the same transfers; the
driver's own overhead, beyond libusb's, is the difference of the medians. Two of these transfers, by which the driver
has each frame proved, a plain loop could do without: the difference from a loop without them is printed beside it, and
umockdev takes the better part of a millisecond for any transfer. Another figure is of grabs
after a pause, before which the driver listens for a millisecond whether its queue is empty. Processor time is of the
whole process, the emulator's too; over umockdev it would mean nothing, because libusb spins there. Every figure is of
an emulator. Ends with 1 when an aim is missed.
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

import usb.backend.libusb1  # noqa: E402
import usb.core  # noqa: E402
import usb.util  # noqa: E402

from drivers.contract import Finger, FingerAim, Retake  # noqa: E402
from drivers.fingerprint import futronic_wire as wire  # noqa: E402
from drivers.fingerprint.futronic_fs80 import IDS, FutronicFs80, Options  # noqa: E402
from drivers.transport.usb import LibUsbBus, UsbBus  # noqa: E402
from tests.emulators import umockdev  # noqa: E402
from tests.emulators.clock import WallClock  # noqa: E402
from tests.emulators.futronic import FRAME_S, Futronic  # noqa: E402
from tests.emulators.ibackend import EmulatedUsb  # noqa: E402
from tests.emulators.plate import Plate  # noqa: E402
from tests.emulators.prints import pictures  # noqa: E402

OVERHEAD_MAX_MS = 3.0
IDLE_MAX_PERCENT = 3.0
REPLUG_MAX_S = 2.0

ROUNDS = 5
PAUSE_S = 0.05
LIMIT_MS = 2_000

INDEX = FingerAim(Finger.RIGHT_INDEX)


class Clock:
    """What frames take their times from."""

    def monotonic_ns(self) -> int:
        """The system's."""
        return time.monotonic_ns()


@dataclass(frozen=True)
class Pace:
    """Milliseconds a frame, medians."""

    driver_ms: float
    """Of a grab right behind another one."""
    bare_ms: float
    """Of lamp, capture and read by pyusb alone."""
    proven_ms: float
    """Of the same, and of asking for the size and reading the answer."""
    rested_ms: float
    """Of a grab after a pause."""
    quick_ms: float
    """The driver's overhead between the quickest tenths: what is left of it on a machine with nothing else to do."""

    @property
    def overhead_ms(self) -> float:
        """What the driver adds."""
        return self.driver_ms - self.bare_ms


def _since_ms(start_ns: int) -> float:
    return (time.perf_counter_ns() - start_ns) / 1e6


def bare_ms(backend: Any, *, frames: int, proven: bool = False) -> list[float]:
    """Each frame's time in a loop of pyusb alone, behind the same handshake.

    :param proven: whether the size is asked for behind each, as the driver does to prove it.
    """
    device = usb.core.find(idVendor=IDS[0].vendor, idProduct=IDS[0].product, backend=backend)
    usb.util.claim_interface(device, 0)
    for command in (wire.DEVICE_INFO, wire.OPEN_A, wire.OPEN_B):
        device.write(wire.OUT, command, timeout=LIMIT_MS)
        device.read(wire.IN, wire.REPLY_BYTES, timeout=LIMIT_MS)
    taken = []
    for _ in range(frames):
        start = time.perf_counter_ns()
        device.write(wire.OUT, wire.LAMP_ON, timeout=LIMIT_MS)
        device.write(wire.OUT, wire.CAPTURE, timeout=LIMIT_MS)
        assert len(device.read(wire.IN, wire.FRAME_BYTES, timeout=LIMIT_MS)) == wire.FRAME_BYTES
        if proven:
            device.write(wire.OUT, wire.DEVICE_INFO, timeout=LIMIT_MS)
            assert wire.frame_size(device.read(wire.IN, wire.REPLY_BYTES, timeout=LIMIT_MS)) == wire.SIZE_PX
        taken.append(_since_ms(start))
    usb.util.dispose_resources(device)
    return taken


async def grabs_ms(bus: UsbBus, *, frames: int, pause_s: float = 0.0) -> list[float]:
    """Each grab's time with a finger on the plate; those before it landed do not count."""
    sensor = FutronicFs80(Options(), clock=Clock(), bus=bus)
    taken: list[float] = []
    async with sensor.opened(), sensor.armed(INDEX):
        while len(taken) < frames:
            await asyncio.sleep(pause_s)
            start = time.perf_counter_ns()
            seen = await sensor.grab()
            if not isinstance(seen, Retake):
                taken.append(_since_ms(start))
    return taken


def pace_of(backend: Any, *, frames: int) -> Pace:
    """Rounds in turn, so that what else the machine does meets all alike."""
    driver, bare, proven, rested = list[float](), list[float](), list[float](), list[float]()
    for _ in range(ROUNDS):
        bare += bare_ms(backend, frames=frames // ROUNDS)
        proven += bare_ms(backend, frames=frames // ROUNDS, proven=True)
        driver += asyncio.run(grabs_ms(LibUsbBus(backend), frames=frames // ROUNDS))
        rested += asyncio.run(grabs_ms(LibUsbBus(backend), frames=frames // ROUNDS, pause_s=PAUSE_S))
    quick_ms = statistics.quantiles(driver, n=10)[0] - statistics.quantiles(bare, n=10)[0]
    return Pace(*map(statistics.median, (driver, bare, proven, rested)), quick_ms)


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
    return pace_of(emulated, frames=frames)


def umockdev_pace(frames: int) -> Pace:
    """Over the system's libusb, in a child that sees the emulated device."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["image-build/bench_devices.py", "--inside", "--frames", str(frames)]
        report = umockdev.run_with("futronic", command, folder=Path(folder))
    return Pace(**json.loads(report.printed))


def umockdev_replug_s() -> float:
    """The same as `replug_s`; the kernel has the device when its add event is sent."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["-m", "tests.drivers.fingerprint.over_libusb", "3"]
        report = umockdev.run_with("futronic", command, folder=Path(folder), host=("--fault", "3:unplugged:100"))
    ready_ns: int = json.loads(report.printed)["ready_ns"][1]
    return (ready_ns - report.plugged_ns[1]) / 1e9


def inside(frames: int) -> int:
    """What the child does: the same over whatever libusb sees."""
    print(json.dumps(asdict(pace_of(usb.backend.libusb1.get_backend(), frames=frames))))
    return 0


class Sheet:
    """Prints figures with their aims, and remembers whether one was missed."""

    def __init__(self) -> None:
        self.missed = False

    def pace(self, name: str, pace: Pace) -> None:
        """Frames a second, and the overhead against its aim."""
        print(f"{name}: {1000 / pace.driver_ms:.2f} frames/s")
        ratio = pace.driver_ms / pace.bare_ms
        print(f"  a frame takes {pace.driver_ms:.2f} ms, a bare pyusb loop's {pace.bare_ms:.2f} ms: {ratio:.3f} times")
        own_ms = pace.driver_ms - pace.proven_ms
        self.figure("  the driver's own overhead, beyond the same transfers", own_ms, unit="ms", most=OVERHEAD_MAX_MS)
        print(f"  with the two transfers that prove a frame: {pace.overhead_ms:.2f} ms beyond a loop without them")
        print(f"  the overhead between the quickest tenths of both: {pace.quick_ms:.2f} ms")
        rested_ms = pace.rested_ms - pace.bare_ms
        print(f"  after a pause of {1000 * PAUSE_S:.0f} ms, in which nobody waits for it: {rested_ms:.2f} ms")

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
