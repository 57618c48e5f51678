"""The Futronic driver's figures in the virtual machine, through its kernel, libusb and udev: started by `vm_test.py`.

Emulated processors have no speed of their own, so a time here is a time on this machine at this load. Processor time
means nothing and is not measured. Writes a list of figures as JSON beside the tests' reports.
"""

import asyncio
import json
import select
import statistics
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import usb.core  # noqa: E402
import usb.util  # noqa: E402

from bench_devices import INDEX, REPLUG_MAX_S, Clock, pace_of  # noqa: E402
from drivers.fingerprint.futronic_fs80 import FutronicFs80, Options  # noqa: E402
from drivers.transport.usb import LibUsbBus  # noqa: E402
from tests.drivers.redirected import IDS, Sockets  # noqa: E402
from vm_guest import OUT  # noqa: E402

FRAMES = 50
REPLUGS = 5
PACKETS = 50
QUEUED_AFTER_S = 0.05
"""So long after it was asked for, a reply has been in the sensor's queue for most of that time."""


@dataclass(frozen=True)
class Figure:
    """One that was measured."""

    name: str
    value: float
    unit: str
    most: float | None = None
    """The aim, where there is one."""

    @property
    def met(self) -> bool:
        """Whether the aim is."""
        return self.most is None or self.value <= self.most


def _sensor() -> FutronicFs80:
    return FutronicFs80(Options(), clock=Clock())


async def replug_s(sockets: Sockets) -> float:
    """From the kernel's own word that it has the sensor to an opened and armed one."""
    sensor = _sensor()
    async with sensor.opened(), sensor.armed(INDEX):
        sockets.unplug("futronic")
    added_ns = sockets.plug("futronic")
    async with sensor.opened(), sensor.armed(INDEX):
        return (time.monotonic_ns() - added_ns) / 1e9


def queued_packet_ms() -> float:
    """How long a packet takes that is in the sensor's queue already: what the driver's probes must outlast."""
    vendor, product = IDS["futronic"]
    sensor, taken = usb.core.find(idVendor=vendor, idProduct=product), []
    for _ in range(PACKETS):
        sensor.write(0x01, b"\x6c")
        select.select([], [], [], QUEUED_AFTER_S)
        start = time.perf_counter_ns()
        sensor.read(0x82, 512)
        taken.append((time.perf_counter_ns() - start) / 1e6)
    usb.util.dispose_resources(sensor)
    return statistics.median(taken)


def figures(sockets: Sockets) -> list[Figure]:
    """All of them."""
    sockets.plug("futronic")
    queued_ms = queued_packet_ms()
    pace = asyncio.run(pace_of(LibUsbBus(), frames=FRAMES))
    replugs = [asyncio.run(replug_s(sockets)) for _ in range(REPLUGS)]
    frame_ms = pace.whole_ms - pace.probes_ms - pace.own_ms
    return [
        Figure("Futronic through the guest's libusb", 1000 / pace.whole_ms, "frames/s"),
        Figure("  a frame's own transfers", frame_ms, "ms"),
        Figure("  other reads of the sensor's queue", pace.probes_ms, "ms a frame"),
        Figure("  the driver's own work", pace.own_ms, "ms a frame"),
        Figure("  a packet that is queued already", queued_ms, "ms"),
        Figure("  from the kernel's word to ready, median", statistics.median(replugs), "s", REPLUG_MAX_S),
        Figure("  from the kernel's word to ready, longest", max(replugs), "s"),
    ]


def main() -> int:
    """Measure, and write it down."""
    sockets = Sockets()
    try:
        found = figures(sockets)
    finally:
        sockets.close()
    told = [{**asdict(figure), "met": figure.met} for figure in found]
    (OUT / "figures.json").write_text(json.dumps(told, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
