"""Puts any driver through everything that the contract promises. It ships with the contract, for who writes a driver.

`check_device` raises `NotConforming` with one sentence at the first promise that does not hold. A device is made anew
for every promise, so that none leans on another. What only hardware can show (unplugged while armed, held by another
program, a handle left open) is scripted: who tests a driver hands a `Hardware` in beside the factory, and
`check_hardware` plays it. What goes wrong in a device's own protocol is for the driver's own tests.

Source: design.md section 4; the manner is that of trio's `_check_streams.py`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from drivers.contract.aim import Aim, Finger, FingerAim, PortraitAim
from drivers.contract.device import Device
from drivers.contract.facts import DeviceKind, Facts
from drivers.contract.fault import BusyFault, Fault, GoneFault, OrderFault
from drivers.contract.frame import Frame
from drivers.contract.promise import NotConforming
from drivers.contract.promise import demand as _demand
from drivers.contract.promise import fails as _fails
from drivers.contract.retake import Retake
from drivers.contract.settings import Control

GRAB_LIMIT_S: Final = 10.0
"""A device that shows nothing for so long is not ready for the suite: somebody must sit before it."""

AIMS: Final[dict[DeviceKind, Aim]] = {
    DeviceKind.CAMERA: PortraitAim(),
    DeviceKind.FINGERPRINT: FingerAim(Finger.RIGHT_INDEX),
}
"""What each kind of device can be armed for; any other aim is wrong for it."""

Factory = Callable[[], Device]
"""Makes the device as a configuration would; every call makes another one that drives the same hardware."""


@dataclass(frozen=True, slots=True)
class Hardware:
    """What is done to the hardware that a factory's devices drive; an emulator does it at once."""

    unplug: Callable[[], None]
    """Pulls the plug, whatever the device is doing."""
    replug: Callable[[], None]
    """Plugs it in again, at the same place."""
    seized: Callable[[], AbstractContextManager[None]]
    """Another program holds the device, for as long as the context lasts."""
    open_handles: Callable[[], int]
    """How many handles to the device are open in the whole system."""


class _Stopped(Exception):
    """Something above the device went wrong while it was held."""


async def check_device(factory: Factory, *, now_ns: Callable[[], int]) -> None:
    """Every promise of the contract, on a device that is there and is shown what it waits for.

    :param factory: makes the device; its person or recording must give a frame for the kind's aim in `AIMS`.
    :param now_ns: the monotonic clock that the device was made with.
    :raises: NotConforming for the first promise that does not hold; the device's own Fault where it fails.
    """
    check_facts(factory())
    await _check_order(factory)
    await _check_frames(factory, now_ns=now_ns)
    await _check_previews(factory, now_ns=now_ns)
    await _check_lock(factory)
    await _check_wrong_aim(factory)
    await _check_exceptions(factory)
    await _check_cancelling(factory)
    await _check_lease(factory)


async def check_hardware(factory: Factory, hardware: Hardware) -> None:
    """The promises that only hardware can put to the test; it is plugged in before and after.

    :param factory: as for `check_device`.
    :raises: NotConforming for the first promise that does not hold; the device's own Fault where it fails.
    """
    await _check_nothing_left_open(factory, hardware)
    await _check_unplugged_while_armed(factory, hardware)
    await _check_unplugged_while_open(factory, hardware)
    await _check_unplugged_while_closed(factory, hardware)
    await _check_seized(factory, hardware)


async def check_absent(factory: Factory) -> None:
    """The promises of a device that is not there: it has facts, keeps the order, and is gone whenever it is opened.

    :raises: NotConforming for the first promise that does not hold.
    """
    check_facts(factory())
    await _fails(factory().grab(), OrderFault, promise="grab before opening is out of order")
    device = factory()
    for _ in range(2):
        await _fails(_open(device), GoneFault, promise="a device that is not there is gone, however often it is opened")
    await _fails(device.grab(), OrderFault, promise="nothing is open after an opening that failed")


async def check_opening_fails(factory: Factory, expected: type[Fault]) -> None:
    """A device whose opening fails, such as a recording that is not there, fails so each time and holds nothing.

    :param factory: makes a device that cannot be opened.
    :raises: NotConforming for the first promise that does not hold.
    """
    device = factory()
    for _ in range(2):
        await _fails(_open(device), expected, promise=f"an opening that fails is a {expected.__name__} each time")
    await _fails(device.grab(), OrderFault, promise="nothing is open after an opening that failed")
    await _fails(_open(factory()), expected, promise="nothing is held after an opening that failed")


def check_facts(device: Device) -> None:
    """The facts are complete before the device is opened, and do not claim what cannot be. :raises: NotConforming."""
    _demand(isinstance(device, Device), "a device has facts, opened, armed and grab")
    check_held_facts(device.facts, again=device.facts)


def check_held_facts(facts: Facts, *, again: Facts) -> None:
    """What every device's facts promise, whatever it does. :raises: NotConforming.

    :param again: the facts as they are when asked for once more.
    """
    _demand(facts == again, "the facts are the same each time")
    _demand(isinstance(facts.kind, DeviceKind), "the kind is one of the kinds")
    _demand(bool(facts.model), "the model has a name")
    texts = (facts.make, facts.model, facts.serial, facts.firmware)
    _demand(all(text.isprintable() and text == text.strip() for text in texts), "the facts are printable")
    _demand(not (facts.simulated and facts.certified), "what is simulated is not certified")


async def _check_order(factory: Factory) -> None:
    device = factory()
    aim = _aim_of(device)
    await _fails(device.grab(), OrderFault, promise="grab before opening is out of order")
    await _fails(device.preview(), OrderFault, promise="a preview before opening is out of order")
    await _fails(device.lock(), OrderFault, promise="a lock before opening is out of order")
    await _fails(_arm(device, aim), OrderFault, promise="arming before opening is out of order")
    async with device.opened():
        await _fails(device.grab(), OrderFault, promise="grab before arming is out of order")
        await _fails(device.preview(), OrderFault, promise="a preview before arming is out of order")
        await _fails(device.lock(), OrderFault, promise="a lock before arming is out of order")
        await _fails(_open(device), OrderFault, promise="opening twice is out of order")
        async with device.armed(aim):
            await _fails(_arm(device, aim), OrderFault, promise="arming twice is out of order")
            await _fails(_open(device), OrderFault, promise="opening while armed is out of order")
            await _frame_of(device)
        await _fails(device.grab(), OrderFault, promise="grab after disarming is out of order")
    await _fails(device.grab(), OrderFault, promise="grab after closing is out of order")
    await _works(device)


async def _check_frames(factory: Factory, *, now_ns: Callable[[], int]) -> None:
    device = factory()
    async with device.opened(), device.armed(_aim_of(device)):
        before_ns = now_ns()
        first = await _frame_of(device)
        second = await _frame_of(device)
        after_ns = now_ns()
    _demand(before_ns <= first.taken_ns <= second.taken_ns <= after_ns, "a frame has the time when it was taken")
    for frame in (first, second):
        _check_pixels(frame, kind=device.facts.kind)
        _demand(frame.reduced_ratio == 1, "a grabbed frame is not reduced")
    first.zero()
    _demand(not first.pixels.any(), "a frame can be zeroed")
    _demand(bool(second.pixels.any()), "a frame's memory is its own")
    await _works(device)


async def _check_previews(factory: Factory, *, now_ns: Callable[[], int]) -> None:
    device = factory()
    async with device.opened(), device.armed(_aim_of(device)):
        full = await _frame_of(device)
        before_ns = now_ns()
        first = await _frame_of(device, take=device.preview)
        second = await _frame_of(device, take=device.preview)
        _demand(before_ns <= first.taken_ns <= second.taken_ns <= now_ns(), "a preview has the time when it was taken")
        await _frame_of(device)
    for frame in (first, second):
        _check_pixels(frame, kind=device.facts.kind)
        ratio = frame.reduced_ratio
        _demand(0 < ratio <= 1, "a preview is not larger than a grabbed frame")
        sides = zip(frame.pixels.shape[:2], full.pixels.shape[:2], strict=True)
        # one pixel: a driver may round
        _demand(all(abs(small - ratio * large) <= 1 for small, large in sides), "a preview is the whole view, reduced")
    first.zero()
    _demand(bool(second.pixels.any()), "a preview's memory is its own")


async def _check_lock(factory: Factory) -> None:
    device = factory()
    async with device.opened():
        for _ in range(2):
            async with device.armed(_aim_of(device)):
                held = await device.lock()
                _demand(await device.lock() == held, "a second lock changes nothing")
                taken = [
                    await _frame_of(device, take=take)
                    for take in (device.grab, device.preview, device.grab, device.grab)
                ]
            for control in held:
                _check_held(control, taken)
        await _fails(device.lock(), OrderFault, promise="a lock after disarming is out of order")


def _check_held(control: Control, taken: list[Frame]) -> None:
    values = {None if frame.settings is None else frame.settings.of(control) for frame in taken}
    _demand(None not in values, f"what is held is told with every frame ({control})")
    _demand(len(values) == 1, f"what is held stays the same ({control})")


def _check_pixels(frame: Frame, *, kind: DeviceKind) -> None:
    pixels = frame.pixels
    _demand(pixels.dtype.name == "uint8", "pixels are uint8")
    _demand(bool(pixels.flags.c_contiguous), "pixels are C-contiguous")
    _demand(0 not in pixels.shape, "a frame has pixels")
    _demand((frame.height_px, frame.width_px) == pixels.shape[:2], "height comes first, then width")
    if kind is DeviceKind.CAMERA:
        _demand(pixels.ndim == 3 and pixels.shape[2] == 3, "a camera's frame has three colours")
        _demand(frame.ppi is None, "a camera has no calibrated resolution")
    else:
        _demand(pixels.ndim == 2, "a fingerprint sensor's frame is grey")
        _demand(frame.ppi is not None and 0 < frame.ppi < float("inf"), "a fingerprint sensor says its resolution")


async def _check_wrong_aim(factory: Factory) -> None:
    device = factory()
    async with device.opened():
        for kind, aim in AIMS.items():
            if kind is not device.facts.kind:
                await _fails(_arm(device, aim), OrderFault, promise="an aim of another kind of device is refused")
        await _fails(device.grab(), OrderFault, promise="nothing is armed after an arming that failed")
        await _grabbed(device)


async def _check_exceptions(factory: Factory) -> None:
    device = factory()
    try:
        async with device.opened(), device.armed(_aim_of(device)):
            raise _Stopped
    except _Stopped:
        pass
    await _fails(device.grab(), OrderFault, promise="an exception disarms and closes")
    async with device.opened():
        try:
            async with device.armed(_aim_of(device)):
                raise _Stopped
        except _Stopped:
            pass
        await _fails(device.grab(), OrderFault, promise="an exception disarms")
        await _grabbed(device)
    await _works(factory())


async def _check_cancelling(factory: Factory) -> None:
    device = factory()
    async with device.opened(), device.armed(_aim_of(device)):
        await _cancelled(device)
        await _frame_of(device)
    async with device.opened():
        async with device.armed(_aim_of(device)):
            await _cancelled(device)
        await _grabbed(device)
    opening = factory()
    await _cancelled_at_once(_open(opening))
    await _works(opening)


async def _check_nothing_left_open(factory: Factory, hardware: Hardware) -> None:
    device = factory()
    _demand(hardware.open_handles() == 0, "a device that was never opened has nothing open")
    await _works(device)
    _left_open(hardware, after="closing")
    try:
        async with device.opened(), device.armed(_aim_of(device)):
            raise _Stopped
    except _Stopped:
        _left_open(hardware, after="an exception")
    await _cancelled_at_once(_open(device))
    _left_open(hardware, after="a cancelled opening")


async def _check_unplugged_while_armed(factory: Factory, hardware: Hardware) -> None:
    device = factory()
    async with _closing(device), device.opened(), device.armed(_aim_of(device)):
        await _frame_of(device)
        hardware.unplug()
        for _ in range(2):
            await _fails(_in_time(device.grab()), GoneFault, promise="unplugged while armed is gone, each time")
    _left_open(hardware, after="unplugging while armed")
    hardware.replug()
    await _works(device)
    await _works(factory())


async def _check_unplugged_while_open(factory: Factory, hardware: Hardware) -> None:
    device = factory()
    async with _closing(device), device.opened():
        hardware.unplug()
        await _fails(_in_time(_grabbed(device)), GoneFault, promise="unplugged before arming is gone")
    _left_open(hardware, after="unplugging before arming")
    hardware.replug()
    await _works(device)


async def _check_unplugged_while_closed(factory: Factory, hardware: Hardware) -> None:
    device = factory()
    hardware.unplug()
    for _ in range(2):
        await _fails(_open(device), GoneFault, promise="what is not plugged in is gone when it is opened")
    _left_open(hardware, after="an opening that failed")
    hardware.replug()
    await _works(device)


async def _check_seized(factory: Factory, hardware: Hardware) -> None:
    device = factory()
    with hardware.seized():
        held = hardware.open_handles()
        for _ in range(2):
            await _fails(_open(device), BusyFault, promise="what another program holds is busy")
        _demand(hardware.open_handles() == held, "nothing is left open after an opening that was refused")
    await _works(device)


def _left_open(hardware: Hardware, *, after: str) -> None:
    _demand(hardware.open_handles() == 0, f"nothing is left open after {after}")


@asynccontextmanager
async def _closing(device: Device) -> AsyncIterator[None]:
    """What is held inside can be closed although the hardware is gone."""
    try:
        yield
    except Fault as fault:
        raise NotConforming(
            f"The driver does not keep a promise: an unplugged device can be closed; it gave {fault.code}."
        ) from fault
    await _fails(device.grab(), OrderFault, promise="an unplugged device is closed")


async def _in_time(doing: Awaitable[object]) -> None:
    try:
        async with asyncio.timeout(GRAB_LIMIT_S):
            await doing
    except TimeoutError:
        raise NotConforming("The driver does not keep a promise: a device that is gone says so in time.") from None


async def _cancelled_at_once(doing: Coroutine[None, None, None]) -> None:
    """Cancelled at its first await; what has none has ended before that."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(doing)
        await asyncio.sleep(0)
        task.cancel()


async def _cancelled(device: Device) -> None:
    """Cancelled at its first await, which every grab has: it waits for hardware."""
    async with asyncio.TaskGroup() as tasks:
        grabbing = tasks.create_task(device.grab())
        await asyncio.sleep(0)
        waits = grabbing.cancel()
    _demand(waits, "grab lets others work while it waits")
    _demand(grabbing.cancelled(), "a grab can be cancelled")


async def _check_lease(factory: Factory) -> None:
    first, second = factory(), factory()
    async with first.opened():
        for _ in range(2):
            await _fails(_open(second), BusyFault, promise="two cannot hold one device")
        await _fails(second.grab(), OrderFault, promise="nothing is open after an opening that failed")
        # who was refused has taken nothing away
        await _grabbed(first)
    await _works(second)
    await _works(first)


async def _open(device: Device) -> None:
    async with device.opened():
        pass


async def _arm(device: Device, aim: Aim) -> None:
    async with device.armed(aim):
        pass


async def _grabbed(device: Device) -> None:
    """An opened device arms, gives a frame, and disarms."""
    async with device.armed(_aim_of(device)):
        await _frame_of(device)


async def _works(device: Device) -> None:
    """A closed device goes all the way: nothing of what went before is left."""
    async with AsyncExitStack() as held:
        try:
            await held.enter_async_context(device.opened())
        except BusyFault:
            raise NotConforming("The driver does not keep a promise: closing gives the device back.") from None
        await _grabbed(device)


async def _frame_of(device: Device, *, take: Callable[[], Awaitable[Frame | Retake]] | None = None) -> Frame:
    """:param take: one of the device's verbs; `grab` by default."""
    take = take or device.grab
    try:
        async with asyncio.timeout(GRAB_LIMIT_S):
            while isinstance(seen := await take(), Retake):  # noqa: ASYNC110 (nothing says when to look again)
                # a grab that never waits must not keep the limit from ending this
                await asyncio.sleep(0)
    except TimeoutError:
        raise NotConforming("The driver does not keep a promise: a frame is given when one is shown.") from None
    _demand(isinstance(seen, Frame), "grab gives a frame or a retake")
    return seen


def _aim_of(device: Device) -> Aim:
    return AIMS[device.facts.kind]
