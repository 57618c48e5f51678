"""The promises that only hardware can put to the test: unplugged, held by another program, a handle left open.

They are the same of every contract. Who tests a driver scripts the hardware, mostly an emulator, and hands it in beside
the trial; what goes wrong in a device's own protocol is for the driver's own tests.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from dataclasses import dataclass

from drivers.contract.fault import BusyFault, Fault, GoneFault
from drivers.contract.holding_conformance import Made, Stopped, Trial, open_only, works
from drivers.contract.leftover import leaves_nothing
from drivers.contract.promise import ANSWER_LIMIT_S, NotConforming, cancelled_at_once, demand, fails, refused


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
    not_found: type[Fault] = GoneFault
    """What an opening says while it is unplugged; what is found by a name alone cannot tell absent from misspelt."""


Doing = Callable[[Made], AbstractAsyncContextManager[None]]
"""What an opened device does when it is unplugged."""

Verb = Callable[[Made], Awaitable[object]]


async def check_pulled(
    trial: Trial[Made], hardware: Hardware, *, busy: tuple[str, Doing[Made]], asked: Sequence[Verb[Made]]
) -> None:
    """All of them; the hardware is plugged in before and after.

    :param busy: what an opened device does when it is unplugged, and what that is called.
    :param asked: the verbs that then say that it is gone.
    :raises: NotConforming for the first promise that does not hold; the device's own Fault where it fails.
    """
    await _check_nothing_left_open(trial, hardware)
    await leaves_nothing(_check_unplugged_while_busy(trial, hardware, busy=busy, asked=asked))
    await leaves_nothing(_check_unplugged_before_use(trial, hardware))
    await leaves_nothing(_check_unplugged_while_closed(trial, hardware))
    await leaves_nothing(_check_seized(trial, hardware))


async def _check_nothing_left_open(trial: Trial[Made], hardware: Hardware) -> None:
    device = trial.make()
    demand(hardware.open_handles() == 0, "a device that was never opened has nothing open")
    await works(trial, device)
    _left_open(hardware, after="closing")
    try:
        async with device.opened():
            await trial.use(device)
            raise Stopped
    except Stopped:
        _left_open(hardware, after="an exception")
    await cancelled_at_once(open_only(device))
    _left_open(hardware, after="a cancelled opening")


async def _check_unplugged_while_busy(
    trial: Trial[Made], hardware: Hardware, *, busy: tuple[str, Doing[Made]], asked: Sequence[Verb[Made]]
) -> None:
    device, (name, doing) = trial.make(), busy
    async with _closing(trial, device), device.opened(), doing(device):
        hardware.unplug()
        for verb in asked:
            for _ in range(2):
                await fails(_in_time(verb(device)), GoneFault, promise=f"unplugged while {name} is gone, each time")
    _left_open(hardware, after=f"unplugging while {name}")
    hardware.replug()
    await works(trial, device)
    await works(trial, trial.make())


async def _check_unplugged_before_use(trial: Trial[Made], hardware: Hardware) -> None:
    device = trial.make()
    async with _closing(trial, device), device.opened():
        hardware.unplug()
        await fails(_in_time(trial.use(device)), GoneFault, promise=f"unplugged before {trial.using} is gone")
    _left_open(hardware, after=f"unplugging before {trial.using}")
    hardware.replug()
    await works(trial, device)


async def _check_unplugged_while_closed(trial: Trial[Made], hardware: Hardware) -> None:
    device = trial.make()
    hardware.unplug()
    for _ in range(2):
        promise = "what is not plugged in is gone when it is opened"
        await fails(open_only(device), hardware.not_found, promise=promise)
    _left_open(hardware, after="an opening that failed")
    hardware.replug()
    await works(trial, device)


async def _check_seized(trial: Trial[Made], hardware: Hardware) -> None:
    device = trial.make()
    with hardware.seized():
        held = hardware.open_handles()
        for _ in range(2):
            await fails(open_only(device), BusyFault, promise="what another program holds is busy")
        demand(hardware.open_handles() == held, "nothing is left open after an opening that was refused")
    await works(trial, device)


def _left_open(hardware: Hardware, *, after: str) -> None:
    demand(hardware.open_handles() == 0, f"nothing is left open after {after}")


@asynccontextmanager
async def _closing(trial: Trial[Made], device: Made) -> AsyncIterator[None]:
    """What is held inside can be closed although the hardware is gone."""
    try:
        yield
    except Fault as fault:
        raise NotConforming(
            f"The driver does not keep a promise: an unplugged device can be closed; it gave {fault.code}."
        ) from fault
    for verb in trial.verbs.values():
        await refused(verb(device), "an unplugged device is closed")


async def _in_time(doing: Awaitable[object]) -> None:
    try:
        async with asyncio.timeout(ANSWER_LIMIT_S):
            await doing
    except TimeoutError:
        raise NotConforming("The driver does not keep a promise: a device that is gone says so in time.") from None
