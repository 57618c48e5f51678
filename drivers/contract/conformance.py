"""Puts any driver through everything that the contract promises. It ships with the contract, for who writes a driver.

`check_device` raises `NotConforming` with one sentence at the first promise that does not hold. A device is made anew
for every promise, so that none leans on another. What only hardware can show (unplugged while armed, held by another
program, a handle left open) is scripted: who tests a driver hands a `Hardware` in beside the factory, and
`check_hardware` plays it. What goes wrong in a device's own protocol is for the driver's own tests.

What a picture promises is in `picture_conformance`; what every contract promises of being held and unplugged in
`holding_conformance` and `hardware_conformance`.

Source: design.md section 4; the manner is that of trio's `_check_streams.py`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from drivers.contract.aim import Aim
from drivers.contract.device import PICTURES, Device
from drivers.contract.fault import Fault, GoneFault
from drivers.contract.hardware_conformance import Hardware, check_pulled
from drivers.contract.holding_conformance import (
    Stopped,
    Trial,
    check_held_facts,
    check_holding,
    check_opening,
    open_only,
    works,
)
from drivers.contract.leftover import leaves_nothing
from drivers.contract.picture_conformance import (
    AIMS,
    Factory,
    aim_of,
    check_frames,
    check_lock,
    check_previews,
    frame_of,
)
from drivers.contract.promise import demand, refused

__all__ = [
    "AIMS",
    "Factory",
    "Hardware",
    "check_absent",
    "check_device",
    "check_facts",
    "check_hardware",
    "check_held_facts",
    "check_opening_fails",
]


async def check_device(factory: Factory, *, now_ns: Callable[[], int]) -> None:
    """Every promise of the contract, on a device that is there and is shown what it waits for.

    :param factory: makes the device; its person or recording must give a frame for the kind's aim in `AIMS`.
    :param now_ns: the monotonic clock that the device was made with.
    :raises: NotConforming for the first promise that does not hold; the device's own Fault where it fails.
    """
    check_facts(factory())
    trial = _trial(factory)
    await check_holding(trial)
    await leaves_nothing(check_frames(factory, now_ns=now_ns))
    await leaves_nothing(check_previews(factory, now_ns=now_ns))
    await leaves_nothing(check_lock(factory))
    await leaves_nothing(_check_arming(factory))
    await leaves_nothing(_check_wrong_aim(factory))
    await leaves_nothing(_check_exception(factory))
    await leaves_nothing(_check_cancelling(factory))
    await works(trial, factory())


async def check_hardware(factory: Factory, hardware: Hardware) -> None:
    """The promises that only hardware can put to the test; it is plugged in before and after.

    :param factory: as for `check_device`.
    :raises: NotConforming for the first promise that does not hold; the device's own Fault where it fails.
    """
    asked = (lambda device: device.grab(), lambda device: device.preview())
    await check_pulled(_trial(factory), hardware, busy=("armed", _armed_and_seen), asked=asked)


async def check_absent(factory: Factory) -> None:
    """The promises of a device that is not there: it has facts, keeps the order, and is gone whenever it is opened.

    :raises: NotConforming for the first promise that does not hold.
    """
    check_facts(factory())
    promise = "a device that is not there is gone, however often it is opened"
    await check_opening(_trial(factory), GoneFault, promise=promise)


async def check_opening_fails(factory: Factory, expected: type[Fault]) -> None:
    """A device whose opening fails, such as a recording that is not there, fails so each time and holds nothing.

    :param factory: makes a device that cannot be opened.
    :raises: NotConforming for the first promise that does not hold.
    """
    await check_opening(_trial(factory), expected)


def check_facts(device: Device) -> None:
    """The facts are complete before the device is opened, and do not claim what cannot be. :raises: NotConforming."""
    demand(isinstance(device, Device), "a device has facts, opened, armed and grab")
    check_held_facts(device.facts, again=device.facts)
    demand(device.facts.kind in PICTURES, "the kind is one that gives pictures")


def _trial(factory: Factory) -> Trial[Device]:
    verbs = {
        "grab": lambda device: device.grab(),
        "a preview": lambda device: device.preview(),
        "a lock": lambda device: device.lock(),
        "arming": lambda device: _arm(device, aim_of(device)),
    }
    return Trial(factory, "device", verbs=verbs, use=_grabbed, using="arming")


async def _check_arming(factory: Factory) -> None:
    device = factory()
    aim = aim_of(device)
    async with device.opened():
        await _check_disarmed(device, when="before arming")
        async with device.armed(aim):
            await refused(_arm(device, aim), "arming twice is out of order")
            await refused(open_only(device), "opening while armed is out of order")
            await frame_of(device)
        await _check_disarmed(device, when="after disarming")


async def _check_disarmed(device: Device, *, when: str) -> None:
    await refused(device.grab(), f"grab {when} is out of order")
    await refused(device.preview(), f"a preview {when} is out of order")
    await refused(device.lock(), f"a lock {when} is out of order")


async def _check_wrong_aim(factory: Factory) -> None:
    device = factory()
    async with device.opened():
        for kind, aim in AIMS.items():
            if kind is not device.facts.kind:
                await refused(_arm(device, aim), "an aim of another kind of device is refused")
        await refused(device.grab(), "nothing is armed after an arming that failed")
        await _grabbed(device)


async def _check_exception(factory: Factory) -> None:
    device = factory()
    try:
        async with device.opened(), device.armed(aim_of(device)):
            raise Stopped
    except Stopped:
        pass
    await refused(device.grab(), "an exception disarms and closes")
    async with device.opened():
        try:
            async with device.armed(aim_of(device)):
                raise Stopped
        except Stopped:
            pass
        await refused(device.grab(), "an exception disarms")
        await _grabbed(device)


async def _check_cancelling(factory: Factory) -> None:
    device = factory()
    async with device.opened(), device.armed(aim_of(device)):
        await _cancelled(device)
        await frame_of(device)
    async with device.opened():
        async with device.armed(aim_of(device)):
            await _cancelled(device)
        await _grabbed(device)


async def _cancelled(device: Device) -> None:
    """Cancelled at its first await, which every grab has: it waits for hardware."""
    async with asyncio.TaskGroup() as tasks:
        grabbing = tasks.create_task(device.grab())
        await asyncio.sleep(0)
        waits = grabbing.cancel()
    demand(waits, "grab lets others work while it waits")
    demand(grabbing.cancelled(), "a grab can be cancelled")


async def _arm(device: Device, aim: Aim) -> None:
    async with device.armed(aim):
        pass


async def _grabbed(device: Device) -> None:
    """An opened device arms, gives a frame, and disarms."""
    async with device.armed(aim_of(device)):
        await frame_of(device)


@asynccontextmanager
async def _armed_and_seen(device: Device) -> AsyncIterator[None]:
    async with device.armed(aim_of(device)):
        await frame_of(device)
        yield
