"""Every registered driver, made as its suite wants it: over an emulator where it needs hardware.

A driver that is registered and has no bench here fails its suite, and one whose emulator can be unplugged has hardware.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from drivers.contract import Device, DeviceKind
from drivers.contract.hardware_conformance import Hardware
from drivers.contract.output import Output, OutputState
from drivers.contract.watch import Watch
from drivers.fingerprint.futronic_fs80 import IDS as FUTRONIC_IDS
from drivers.fingerprint.uareu_4000 import IDS as UAREU_IDS
from drivers.registry import DRIVERS, make_device, make_output, make_watch
from drivers.relay.sim import SimRelay
from drivers.transport.usb import LibUsbBus, UsbId, UsbWanted
from tests.drivers.camera import emulated as cameras
from tests.drivers.fingerprint.futronics import Desk, futronic
from tests.drivers.fingerprint.helpers import HelperDesk
from tests.drivers.fingerprint.uareus import Reader, calibration_file, uareu
from tests.drivers.gpio_benches import ContactWires, RelayWires
from tests.drivers.pictures import colours, greys, write
from tests.drivers.real_clock import RealClock
from tests.drivers.safe.recordings import recorded
from tests.drivers.ticks import Ticks
from tests.emulators.ibackend import EmulatedUsb
from tests.emulators.picamera import Board

Made = TypeVar("Made")

NEVER_PULLED = {
    (DeviceKind.CAMERA, "picamera2"): "a ribbon cannot be unplugged while the machine runs; a silent one times out",
}
"""Drivers of hardware whose emulator has no plug, and why."""


@dataclass(frozen=True)
class Bench(Generic[Made]):
    """How one driver is tried."""

    make: Callable[[], Made]
    now_ns: Callable[[], int]
    hardware: Hardware | None = None
    lamp: Callable[[], OutputState] = lambda: OutputState.OFF
    """What an output does, seen from outside."""


def registered(*kinds: DeviceKind) -> list[tuple[DeviceKind, str]]:
    """Every entry of these kinds."""
    return [(kind, name) for kind in sorted(kinds) for name in DRIVERS[kind]]


def device_bench(kind: DeviceKind, name: str, *, folder: Path) -> Bench[Device]:
    clock = Ticks()
    match kind, name:
        case DeviceKind.CAMERA, "v4l2":
            desk = cameras.Desk(folder)
            video = desk.video
            hardware = Hardware(video.unplug, video.replug, desk.seized, lambda: len(video.open_files))
            return Bench(desk.driver, video.monotonic_ns, hardware)
        case DeviceKind.CAMERA, "picamera2":
            board = Board()
            return Bench(lambda: cameras.pi_camera(board), board.monotonic_ns)
        case DeviceKind.FINGERPRINT, "futronic":
            socket = Desk(futronic(), clock=clock)
            return Bench(
                socket.sensor, clock.monotonic_ns, _usb_hardware(socket.usb, replug=socket.replug, ids=FUTRONIC_IDS)
            )
        case DeviceKind.FINGERPRINT, "uareu":
            reader, file = Reader(uareu(), clock=clock), calibration_file(folder)
            hardware = _usb_hardware(reader.usb, replug=reader.replug, ids=UAREU_IDS)
            return Bench(lambda: reader.sensor(calibration=file), clock.monotonic_ns, hardware)
        case DeviceKind.FINGERPRINT, "helper":
            helpers = HelperDesk(folder / "helpers", clock=clock)
            return Bench(helpers.sensor, clock.monotonic_ns, helpers.script())
        case _:
            options = _options(kind, name, folder=folder)
            return Bench(lambda: make_device(kind, name, options=options, clock=clock), clock.monotonic_ns)


def watch_bench(kind: DeviceKind, name: str, *, folder: Path) -> Bench[Watch]:
    clock = RealClock()
    if name == "gpio":
        wires = ContactWires()
        return Bench(wires.device, clock.monotonic_ns, wires.hardware())
    options = _options(kind, name, folder=folder)
    return Bench(lambda: make_watch(kind, name, options=options, clock=clock), clock.monotonic_ns)


def output_bench(kind: DeviceKind, name: str, *, folder: Path) -> Bench[Output]:
    clock = Ticks()
    if name == "gpio":
        wires = RelayWires()
        return Bench(wires.relay, clock.monotonic_ns, wires.hardware(), wires.lamp)
    options = _options(kind, name, folder=folder)
    made: list[SimRelay] = []

    def make() -> Output:
        relay = make_output(kind, name, options=options, clock=clock)
        assert isinstance(relay, SimRelay)
        made.append(relay)
        return relay

    return Bench(make, clock.monotonic_ns, lamp=lambda: made[-1].lamp)


def _usb_hardware(usb: EmulatedUsb, *, replug: Callable[[], None], ids: tuple[UsbId, ...]) -> Hardware:
    @contextmanager
    def seized() -> Iterator[None]:
        pipe = LibUsbBus(usb).connect(UsbWanted(ids))
        yield
        pipe.close()

    return Hardware(usb.unplug, replug, seized, lambda: usb.open_handles)


def _options(kind: DeviceKind, name: str, *, folder: Path) -> dict[str, object]:
    match kind, name:
        case DeviceKind.CAMERA, "sim":
            return {"width_px": 64, "height_px": 96, "enlargement": 0.2, "exposure_ms": 0}
        case DeviceKind.CAMERA, "replay":
            return {"file": write(folder / "photo.png", colours())}
        case DeviceKind.CAMERA, "folder":
            (folder / "album").mkdir()
            for picture in ("1.png", "2.png", "3.png"):
                write(folder / "album" / picture, colours())
            return {"folder": folder / "album"}
        case DeviceKind.FINGERPRINT, "sim":
            return {"exposure_ms": 0}
        case DeviceKind.FINGERPRINT, "replay":
            return {"files": {"right-index": write(folder / "print.png", greys())}}
        case DeviceKind.SAFE, "sim":
            return {"script": [{"at_ms": 0, "contact": "lock", "state": "unlocked"}]}
        case DeviceKind.RELAY, "sim":
            return {}
        case DeviceKind.SAFE, "replay":
            return {"file": recorded(folder)}
        case _:
            pass
    raise AssertionError("a registered driver has no options here: it would not be checked")
