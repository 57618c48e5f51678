"""The fingerprint drivers on a kernel's own usbfs, with xHCI, udev and libusb: what no emulated libusb can show.

Runs in the virtual machine only (`make vm-test`), as root there: its host serves the emulated sensors over usbredir.
"""

import hashlib
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivers.contract import Device, Frame, GoneFault
from drivers.contract.conformance import Hardware, check_device, check_hardware
from drivers.fingerprint import futronic_fs80, uareu_4000
from drivers.transport.usb import LibUsbBus, UsbId, UsbWanted
from tests.drivers.fingerprint.sockets import INDEX
from tests.drivers.fingerprint.uareus import calibration_file
from tests.drivers.real_clock import RealClock
from tests.drivers.redirected import IDS, MISSING, PORT, Sockets, open_handles

pytestmark = pytest.mark.skipif(not PORT.exists(), reason=MISSING)

CLOCK = RealClock()

ASKS_AND_WAITS = """
import sys, usb.core
sensor = usb.core.find(idVendor=0x1491, idProduct=0x0020)
for command in (0xE0, 0x6C, 0x50):
    sensor.write(0x01, bytes([command]))
    sensor.read(0x82, 512)
sensor.write(0x01, bytes([0xDD, 0x32, 0x00]))
sensor.write(0x01, bytes([0x6E]))
sensor.read(0x82, 512 * 20)
print("asked", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def sockets() -> Iterator[Sockets]:
    sockets = Sockets()
    yield sockets
    sockets.close()


def _factory(sensor: str, folder: Path | None = None) -> Callable[[], Device]:
    """With a calibration in the folder, where it takes one; without a folder the pixels are as they were sent."""
    if sensor == "futronic":
        return lambda: futronic_fs80.FutronicFs80(futronic_fs80.Options(), clock=CLOCK)
    chosen = {"for_calibration": True} if folder is None else {"calibration": calibration_file(folder)}
    options = uareu_4000.Options.model_validate(chosen)
    return lambda: uareu_4000.UareU4000(options, clock=CLOCK)


class Taken:
    """What a driver gave, and what it said."""

    def __init__(self, sensor: Device) -> None:
        self._sensor = sensor
        self.digests: list[str] = []

    async def until(self, count: int) -> None:
        """Grab until there are so many frames."""
        async with self._sensor.opened(), self._sensor.armed(INDEX):
            while len(self.digests) < count:
                if isinstance(seen := await self._sensor.grab(), Frame):
                    self.digests.append(hashlib.sha256(seen.pixels.tobytes()).hexdigest())


def _were_on_the_plate(taken: Taken, exposed: list[str]) -> None:
    places = [exposed.index(digest) for digest in taken.digests]
    assert places == sorted(set(places)), "every frame was on the plate, and in this order"


@pytest.mark.parametrize("sensor", IDS)
async def test_it_conforms(sockets: Sockets, sensor: str, tmp_path: Path) -> None:
    sockets.plug(sensor)
    await check_device(_factory(sensor, tmp_path), now_ns=CLOCK.monotonic_ns)
    assert open_handles() == 0


@pytest.mark.parametrize("sensor", IDS)
async def test_it_conforms_when_it_is_pulled_and_seized(sockets: Sockets, sensor: str, tmp_path: Path) -> None:
    @contextmanager
    def seized() -> Iterator[None]:
        pipe = LibUsbBus().connect(UsbWanted((UsbId(*IDS[sensor]),)))
        yield
        pipe.close()

    sockets.plug(sensor)
    hardware = Hardware(lambda: sockets.unplug(sensor), lambda: _replug(sockets, sensor), seized, open_handles)
    await check_hardware(_factory(sensor, tmp_path), hardware)


def _replug(sockets: Sockets, sensor: str) -> None:
    sockets.plug(sensor)


@pytest.mark.parametrize("sensor", IDS)
async def test_frames_are_what_the_plate_showed(sockets: Sockets, sensor: str) -> None:
    sockets.plug(sensor)
    device = _factory(sensor)()
    taken = Taken(device)
    await taken.until(5)
    _were_on_the_plate(taken, sockets.digests(sensor))
    assert device.facts.model in {"FS81", "U.are.U(R) 4500 Fingerprint Reader"}


FAULTS = {
    "futronic": ("cut:150", "split:150", "split:20", "long:7", "stale:150", "stall:150", "late:3", "paused:9"),
    "uareu": ("cut:900", "split:20", "wrong-key:0", "endless:0", "stall:900", "late:3", "stale:0", "long:7", "twice:0"),
}


@pytest.mark.parametrize(("sensor", "fault"), [(sensor, fault) for sensor in FAULTS for fault in FAULTS[sensor]])
async def test_a_spoilt_frame_is_recovered_from(sockets: Sockets, sensor: str, fault: str) -> None:
    wrong, count = fault.split(":")
    at = 2 if sensor == "futronic" else 1
    sockets.plug(sensor, faults={str(at): [wrong, int(count)]})
    taken = Taken(_factory(sensor)())
    await taken.until(3)
    _were_on_the_plate(taken, exposed := sockets.digests(sensor))
    assert len(exposed) > at, "the spoilt one was asked for"


@pytest.mark.parametrize(("sensor", "packets"), [("futronic", 100), ("uareu", 900)])
async def test_pulled_in_the_middle_of_a_frame_it_is_gone_and_works_when_it_is_back(
    sockets: Sockets, sensor: str, packets: int
) -> None:
    at = 3 if sensor == "futronic" else 1
    sockets.plug(sensor, faults={str(at): ["unplugged", packets]})
    taken = Taken(device := _factory(sensor)())
    with pytest.raises(GoneFault):
        await taken.until(10)
    before = len(taken.digests)
    sockets.gone(sensor)
    assert open_handles() == 0
    with pytest.raises(GoneFault):
        await device.opened().__aenter__()
    sockets.plug(sensor)
    await taken.until(before + 2)
    _were_on_the_plate(taken, sockets.digests(sensor))


def _killed_in_the_middle_of_a_frame() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ASKS_AND_WAITS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "asked\n"
        other.send_signal(signal.SIGKILL)


async def test_what_a_program_left_that_was_killed_in_the_middle_of_a_frame_is_drained(sockets: Sockets) -> None:
    sockets.plug("futronic")
    _killed_in_the_middle_of_a_frame()
    assert open_handles() == 0
    (abandoned,) = sockets.digests("futronic")
    taken = Taken(_factory("futronic")())
    await taken.until(3)
    _were_on_the_plate(taken, sockets.digests("futronic"))
    assert abandoned not in taken.digests
