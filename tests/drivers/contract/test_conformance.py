"""Every registered driver through the suite; then drivers that each break one promise, to show that it would tell."""

import asyncio
import os
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
    check_absent,
    check_device,
    check_facts,
    check_hardware,
    check_opening_fails,
)
from drivers.contract.device import PICTURES
from drivers.contract.held import Stage
from drivers.contract.promise import NotConforming
from drivers.registry import ABSENT, make_device
from tests.drivers.contract.registered import NEVER_PULLED, device_bench, registered
from tests.drivers.pictures import greys, write
from tests.drivers.ticks import Ticks
from tests.drivers.turn import turn

LEFT: list[int] = []
"""Files that the drivers below leave open."""

WAITING: list[asyncio.Task[bool]] = []
"""Tasks that they leave."""

FACTS = Facts(
    kind=DeviceKind.FINGERPRINT,
    make="nobody",
    model="test plate",
    serial="",
    firmware="",
    certified=False,
    simulated=True,
)


@pytest.mark.parametrize(("kind", "name"), registered(*PICTURES))
async def test_every_registered_driver_conforms(kind: DeviceKind, name: str, tmp_path: Path) -> None:
    bench = device_bench(kind, name, folder=tmp_path)
    await check_device(bench.make, now_ns=bench.now_ns)


@pytest.mark.parametrize(("kind", "name"), registered(*PICTURES))
async def test_what_can_be_unplugged_recovers(kind: DeviceKind, name: str, tmp_path: Path) -> None:
    bench = device_bench(kind, name, folder=tmp_path)
    if bench.hardware is None:
        assert bench.make().facts.simulated or (kind, name) in NEVER_PULLED
        return
    await check_hardware(bench.make, bench.hardware)


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


class LeavesAFile(Plate):
    async def _open(self) -> None:
        await super()._open()
        LEFT.append(os.open("/dev/null", os.O_RDONLY))


class LeavesATask(Plate):
    async def _disarm(self) -> None:
        WAITING.append(asyncio.get_running_loop().create_task(asyncio.Event().wait()))


class KeepsAFileWhenCancelled(Plate):
    async def _open(self) -> None:
        handle = os.open("/dev/null", os.O_RDONLY)
        LEFT.append(handle)
        await super()._open()
        os.close(LEFT.pop())


class ForgetsItsSerial(Plate):
    @property
    def facts(self) -> Facts:
        return FACTS if self._stage is Stage.CLOSED else replace(FACTS, serial="A-17")


class ClaimsWhenOpened(Plate):
    @property
    def facts(self) -> Facts:
        return FACTS if self._stage is Stage.CLOSED else replace(FACTS, certified=True)


class ArmsClosed(Plate):
    @asynccontextmanager
    async def armed(self, aim: Aim) -> AsyncIterator[None]:
        if self._stage is Stage.CLOSED:
            yield
        else:
            async with super().armed(aim):
                yield


class GrabsDisarmed(Plate):
    async def grab(self) -> Frame | Retake:
        return await (self._grab() if self._stage is Stage.OPENED else super().grab())


class StaysOpenAfterAnException(Plate):
    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        async with super().opened():
            try:
                yield
            except Exception:
                self._close = self._stay  # type: ignore[method-assign]
                raise
        self._stage = Stage.CLOSED

    async def _stay(self) -> None:
        self.stays = True

    stays = False

    async def grab(self) -> Frame | Retake:
        return self.frame() if self.stays else await super().grab()


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
        while LEFT:
            os.close(LEFT.pop())
        while WAITING:
            WAITING.pop().cancel()


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
        (LeavesAFile, "nothing is left behind .1 files"),
        (LeavesATask, "nothing is left behind .1 tasks"),
        (KeepsAFileWhenCancelled, "nothing is left behind .1 files"),
        (ForgetsItsSerial, "told after closing, too"),
        (ClaimsWhenOpened, "what is simulated is not certified"),
        (ArmsClosed, "arming before opening"),
        (GrabsDisarmed, "grab before arming"),
        (StaysOpenAfterAnException, "an exception closes"),
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
