"""What every contract promises of opening and closing, whatever the device does in between.

A *trial* is one contract's way of putting its devices to use; each contract's own suite has one and goes on from here.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from drivers.contract.facts import DeviceKind, Facts
from drivers.contract.fault import BusyFault, Fault
from drivers.contract.leftover import leaves_nothing
from drivers.contract.promise import NotConforming, cancelled_at_once, demand, fails, refused


class Held(Protocol):
    """What all contracts have."""

    @property
    def facts(self) -> Facts:
        """Which device this is."""
        ...

    def opened(self) -> AbstractAsyncContextManager[None]:
        """Hold the device alone."""
        ...


Made = TypeVar("Made", bound=Held)


class Stopped(Exception):
    """Something above the device went wrong while it was held."""


@dataclass(frozen=True, slots=True)
class Trial(Generic[Made]):
    """One contract's devices, and what can be done with them."""

    make: Callable[[], Made]
    """Makes the device as a configuration would; every call makes another one that drives the same hardware."""
    noun: str
    """What is held."""
    verbs: Mapping[str, Callable[[Made], Awaitable[object]]]
    """What needs the device to be open, by the name that a broken promise gets."""
    use: Callable[[Made], Awaitable[object]]
    """An opened device does what it is for."""
    using: str = "use"
    """What that is called."""


async def check_holding(trial: Trial[Made]) -> None:
    """Order, exceptions, cancelling, lease, and that nothing is left behind by any of them.

    :raises: NotConforming for the first promise that does not hold; the device's own Fault where it fails.
    """
    await _check_order(trial)
    await leaves_nothing(works(trial, trial.make()))
    await leaves_nothing(_check_exception(trial))
    await leaves_nothing(_check_cancelled_opening(trial))
    await leaves_nothing(_check_lease(trial))


async def check_opening(trial: Trial[Made], expected: type[Fault], *, promise: str = "") -> None:
    """An opening that fails does so each time, holds nothing, and leaves nothing behind.

    :param promise: what is promised instead, in the words of the contract.
    :raises: NotConforming for the first promise that does not hold.
    """
    device, promise = trial.make(), promise or f"an opening that fails is a {expected.__name__} each time"
    for name, verb in trial.verbs.items():
        await refused(verb(device), f"{name} before opening is out of order")
    await fails(open_only(device), expected, promise=promise)
    await leaves_nothing(fails(open_only(device), expected, promise=promise))
    for verb in trial.verbs.values():
        await refused(verb(device), "nothing is open after an opening that failed")
    await fails(open_only(trial.make()), expected, promise="nothing is held after an opening that failed")


def check_held_facts(facts: Facts, *, again: Facts) -> None:
    """What every device's facts promise, whatever it does. :raises: NotConforming.

    :param again: the facts as they are when asked for once more.
    """
    demand(facts == again, "the facts are the same each time")
    demand(isinstance(facts.kind, DeviceKind), "the kind is one of the kinds")
    demand(bool(facts.model), "the model has a name")
    texts = (facts.make, facts.model, facts.serial, facts.firmware)
    demand(all(text.isprintable() and text == text.strip() for text in texts), "the facts are printable")
    demand(not (facts.simulated and facts.certified), "what is simulated is not certified")


async def open_only(device: Held) -> None:
    """Opened and closed."""
    async with device.opened():
        pass


async def works(trial: Trial[Made], device: Made) -> None:
    """A closed device goes all the way: nothing of what went before is left. :raises: NotConforming."""
    async with AsyncExitStack() as held:
        try:
            await held.enter_async_context(device.opened())
        except BusyFault:
            raise NotConforming(f"The driver does not keep a promise: closing gives the {trial.noun} back.") from None
        await trial.use(device)


async def _check_order(trial: Trial[Made]) -> None:
    device = trial.make()
    for name, verb in trial.verbs.items():
        await refused(verb(device), f"{name} before opening is out of order")
    async with device.opened():
        await refused(open_only(device), "opening twice is out of order")
        await trial.use(device)
        found = device.facts
        check_held_facts(found, again=device.facts)
    # the manifest is written when the device may be closed already
    demand(device.facts == found, "what was found out of the device is told after closing, too")
    for name, verb in trial.verbs.items():
        await refused(verb(device), f"{name} after closing is out of order")
    await works(trial, device)


async def _check_exception(trial: Trial[Made]) -> None:
    device = trial.make()
    try:
        async with device.opened():
            raise Stopped
    except Stopped:
        pass
    for verb in trial.verbs.values():
        await refused(verb(device), "an exception closes")
    await works(trial, trial.make())


async def _check_cancelled_opening(trial: Trial[Made]) -> None:
    device = trial.make()
    await cancelled_at_once(open_only(device))
    await works(trial, device)


async def _check_lease(trial: Trial[Made]) -> None:
    first, second = trial.make(), trial.make()
    async with first.opened():
        for _ in range(2):
            await fails(open_only(second), BusyFault, promise=f"two cannot hold the {trial.noun}")
        for verb in trial.verbs.values():
            await refused(verb(second), "nothing is open after an opening that failed")
        # who was refused has taken nothing away
        await trial.use(first)
    await works(trial, second)
    await works(trial, first)
