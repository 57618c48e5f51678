"""Every registered driver through the suite; then drivers that each break one promise, to show that it would tell."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from drivers.contract import (
    Aim,
    CameraSettings,
    Control,
    Device,
    DeviceKind,
    Facts,
    Fault,
    Finger,
    FingerAim,
    Frame,
    GoneFault,
    Hint,
    OrderFault,
    Retake,
    StagedDevice,
    UnreadableFault,
)
from drivers.contract.conformance import (
    AIMS,
    Factory,
    check_absent,
    check_device,
    check_facts,
    check_opening_fails,
)
from drivers.contract.promise import NotConforming
from drivers.registry import ABSENT, DRIVERS, make_device
from tests.drivers.camera import emulated as cameras
from tests.drivers.fingerprint.futronics import Desk, futronic
from tests.drivers.fingerprint.uareus import Reader, calibration_file, uareu
from tests.drivers.pictures import colours, greys, write
from tests.drivers.ticks import Ticks
from tests.drivers.turn import turn
from tests.emulators.picamera import Board

FACTS = Facts(
    kind=DeviceKind.FINGERPRINT,
    make="nobody",
    model="test plate",
    serial="",
    firmware="",
    certified=False,
    simulated=True,
)


def _options(kind: DeviceKind, name: str, *, folder: Path) -> dict[str, object]:
    match kind, name:
        case DeviceKind.CAMERA, "sim":
            return {"width_px": 64, "height_px": 96, "enlargement": 0.2, "exposure_ms": 0}
        case DeviceKind.CAMERA, "replay":
            return {"file": write(folder / "photo.png", colours())}
        case DeviceKind.FINGERPRINT, "sim":
            return {"exposure_ms": 0}
        case DeviceKind.FINGERPRINT, "replay":
            return {"files": {"right-index": write(folder / "print.png", greys())}}
        case _:
            pass
    raise AssertionError("a registered driver has no options here: it would not be checked")


def _factory(kind: DeviceKind, name: str, *, folder: Path) -> tuple[Factory, Callable[[], int]]:
    """Makes the device as configured, over an emulator where it needs hardware; and reads the clock it was given."""
    clock = Ticks()
    match kind, name:
        case DeviceKind.CAMERA, "v4l2":
            desk = cameras.Desk(folder)
            return desk.driver, desk.video.monotonic_ns
        case DeviceKind.CAMERA, "picamera2":
            board = Board()
            return lambda: cameras.pi_camera(board), board.monotonic_ns
        case DeviceKind.FINGERPRINT, "futronic":
            return Desk(futronic(), clock=clock).sensor, clock.monotonic_ns
        case DeviceKind.FINGERPRINT, "uareu":
            reader, file = Reader(uareu(), clock=clock), calibration_file(folder)
            return lambda: reader.sensor(calibration=file), clock.monotonic_ns
        case _:
            options = _options(kind, name, folder=folder)
            return lambda: make_device(kind, name, options=options, clock=clock), clock.monotonic_ns


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind in AIMS for name in DRIVERS[kind]])
async def test_every_registered_driver_conforms(kind: DeviceKind, name: str, tmp_path: Path) -> None:
    factory, now_ns = _factory(kind, name, folder=tmp_path)
    await check_device(factory, now_ns=now_ns)


@pytest.mark.parametrize("kind", AIMS)
async def test_the_absent_device_conforms(kind: DeviceKind) -> None:
    await check_absent(lambda: make_device(kind, ABSENT, options={}, clock=Ticks()))


async def test_a_recording_that_is_not_there_fails_each_time_and_holds_nothing(tmp_path: Path) -> None:
    gone = str(tmp_path / "gone.png")
    camera = {"file": gone}
    sensor = {"files": {"right-index": str(write(tmp_path / "print.png", greys())), "left-index": gone}}
    await check_opening_fails(
        lambda: make_device(DeviceKind.CAMERA, "replay", options=camera, clock=Ticks()), UnreadableFault
    )
    await check_opening_fails(
        lambda: make_device(DeviceKind.FINGERPRINT, "replay", options=sensor, clock=Ticks()), UnreadableFault
    )


class Plate(StagedDevice):
    """A sensor that keeps every promise; the drivers below break one each."""

    now_ns: Callable[[], int]

    def __init__(self) -> None:
        super().__init__(lease="test-plate")

    @property
    def facts(self) -> Facts:
        return FACTS

    async def _open(self) -> None:
        await turn()

    async def _close(self) -> None: ...

    async def _arm(self, aim: Aim) -> None:
        if not isinstance(aim, FingerAim):
            raise OrderFault("A fingerprint sensor can only be armed for a finger.")

    async def _disarm(self) -> None: ...

    async def _grab(self) -> Frame | Retake:
        await turn()
        return self.frame()

    def frame(self) -> Frame:
        return Frame(np.full((4, 6), 7, np.uint8), taken_ns=self.now_ns(), ppi=500.0)


class TakesAnyAim(Plate):
    async def _arm(self, aim: Aim) -> None: ...


class OneFramesMemory(Plate):
    pixels = np.full((4, 6), 7, np.uint8)

    def frame(self) -> Frame:
        self.pixels.setflags(write=True)
        return replace(super().frame(), pixels=self.pixels)


class Lying(Plate):
    def frame(self) -> Frame:
        return replace(super().frame(), taken_ns=-1)


class NotContiguous(Plate):
    def frame(self) -> Frame:
        return replace(super().frame(), pixels=np.full((8, 6), 7, np.uint8)[::2])


class SixteenBits(Plate):
    def frame(self) -> Frame:
        return replace(super().frame(), pixels=np.full((4, 6), 7, np.uint16))


class Coloured(Plate):
    def frame(self) -> Frame:
        return replace(super().frame(), pixels=np.full((4, 6, 3), 7, np.uint8))


class WithoutResolution(Plate):
    def frame(self) -> Frame:
        return replace(super().frame(), ppi=None)


class NeverWaits(Plate):
    async def _grab(self) -> Frame | Retake:
        return self.frame()


class DeafToCancelling(Plate):
    async def _grab(self) -> Frame | Retake:
        try:
            await turn()
        except asyncio.CancelledError:
            return Retake(Hint.NO_FINGER)
        return self.frame()


class ReducedGrab(Plate):
    def frame(self) -> Frame:
        return replace(super().frame(), reduced_ratio=0.5)


class CroppedPreview(Plate):
    async def _preview(self) -> Frame | Retake:
        return replace(self.frame(), pixels=np.full((4, 3), 7, np.uint8))


class EnlargedPreview(Plate):
    async def _preview(self) -> Frame | Retake:
        return replace(self.frame(), pixels=np.full((8, 12), 7, np.uint8), reduced_ratio=2.0)


class OldPreview(Plate):
    async def _preview(self) -> Frame | Retake:
        return replace(self.frame(), taken_ns=0)


class Holding(Plate):
    """Holds its gain, and tells so with every frame."""

    gain_ratio = 2.0

    async def _lock(self) -> frozenset[Control]:
        return frozenset({Control.GAIN})

    def frame(self) -> Frame:
        return replace(super().frame(), settings=CameraSettings(gain_ratio=self.gain_ratio))


class Drifting(Holding):
    def frame(self) -> Frame:
        self.gain_ratio += 0.1
        return super().frame()


class HoldingUntold(Holding):
    def frame(self) -> Frame:
        return replace(super().frame(), settings=CameraSettings(exposure_us=1))


class LocksOnce(Holding):
    async def _lock(self) -> frozenset[Control]:
        held, self.locked = not self.locked, True
        return frozenset({Control.GAIN}) if held else frozenset()

    locked = False


class LocksUnarmed(Plate):
    async def lock(self) -> frozenset[Control]:
        return frozenset()


class Shared(Plate):
    """Whoever opens it gets it."""

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        self._leases.discard("test-plate")
        async with super().opened():
            yield


class NeverGivenBack(Plate):
    """Leaves the lease behind when it is closed."""

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        async with super().opened():
            yield
        self._leases.add("test-plate")


class StaysArmed(Plate):
    """Has no order at all."""

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        yield

    @asynccontextmanager
    async def armed(self, aim: Aim) -> AsyncIterator[None]:
        yield

    async def grab(self) -> Frame | Retake:
        return self.frame()


class WrongFault(Plate):
    async def grab(self) -> Frame | Retake:
        try:
            return await super().grab()
        except OrderFault:
            raise GoneFault("The plate is gone.") from None


async def _check(driver: type[Plate]) -> None:
    clock = Ticks()

    def factory() -> Device:
        device = driver()
        device.now_ns = clock.monotonic_ns
        return device

    try:
        await check_device(factory, now_ns=clock.monotonic_ns)
    finally:
        Plate._leases.discard("test-plate")


async def test_a_driver_that_keeps_every_promise_conforms() -> None:
    await _check(Plate)
    await _check(Holding)


@pytest.mark.parametrize(
    ("driver", "promise"),
    [
        (TakesAnyAim, "an aim of another kind"),
        (OneFramesMemory, "a frame's memory is its own"),
        (Lying, "the time when it was taken"),
        (NotContiguous, "C-contiguous"),
        (SixteenBits, "uint8"),
        (Coloured, "grey"),
        (WithoutResolution, "says its resolution"),
        (NeverWaits, "lets others work"),
        (DeafToCancelling, "can be cancelled"),
        (ReducedGrab, "not reduced"),
        (CroppedPreview, "the whole view"),
        (EnlargedPreview, "not larger"),
        (OldPreview, "a preview has the time"),
        (Drifting, r"stays the same \(gain\)"),
        (HoldingUntold, r"told with every frame \(gain\)"),
        (LocksOnce, "a second lock changes nothing"),
        (LocksUnarmed, "a lock before opening"),
        (Shared, "two cannot hold"),
        (NeverGivenBack, "closing gives the device back"),
        (StaysArmed, "grab before opening"),
        (WrongFault, "it gave device-gone"),
    ],
)
async def test_a_broken_promise_is_named(driver: type[Plate], promise: str) -> None:
    with pytest.raises(NotConforming, match=promise):
        await _check(driver)


@pytest.mark.parametrize(
    ("facts", "promise"),
    [
        (replace(FACTS, model=""), "model has a name"),
        (replace(FACTS, serial="12\n"), "printable"),
        (replace(FACTS, certified=True), "not certified"),
    ],
)
def test_facts_that_cannot_be_are_named(facts: Facts, promise: str) -> None:
    class Claiming(Plate):
        @property
        def facts(self) -> Facts:
            return facts

    with pytest.raises(NotConforming, match=promise):
        check_facts(Claiming())


async def test_a_device_that_opens_is_not_absent_and_its_opening_does_not_fail() -> None:
    with pytest.raises(NotConforming, match="is gone"):
        await check_absent(Plate)
    with pytest.raises(NotConforming, match="GoneFault"):
        await check_opening_fails(Plate, GoneFault)


async def test_the_devices_own_failure_passes_through() -> None:
    class Broken(Plate):
        async def _grab(self) -> Frame | Retake:
            raise GoneFault("The plate was unplugged.")

    with pytest.raises(Fault, match="unplugged"):
        await _check(Broken)


def test_every_finger_has_its_own_code() -> None:
    assert [finger.code for finger in Finger] == list(range(1, 11))
