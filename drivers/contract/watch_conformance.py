"""Puts any watch through everything that its contract promises; the manner is that of `conformance`."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Final

from drivers.contract.conformance import check_held_facts
from drivers.contract.fault import BusyFault, Fault, OrderFault
from drivers.contract.promise import NotConforming, beside, demand, fails
from drivers.contract.watch import WATCHES, FlawBegan, FlawEnded, Role, Sighting, StateSeen, Watch

FIRST_LIMIT_S: Final = 5.0
"""Within so long every contact's first state must be told."""

REFUSAL_LIMIT_S: Final = 1.0
"""What is out of order is refused, and not waited for."""

Factory = Callable[[], Watch]
"""Makes the watch as a configuration would; every call makes another one on the same lines."""


class _Stopped(Exception):
    """Something above the watch went wrong while it was held."""


async def check_watch(factory: Factory, *, now_ns: Callable[[], int]) -> None:
    """Every promise of the contract, on contacts that are there.

    :param now_ns: the monotonic clock that the watch was made with.
    :raises: NotConforming for the first promise that does not hold; the watch's own Fault where it fails.
    """
    check_watch_facts(factory())
    await _check_order(factory)
    await _check_first_states(factory, now_ns=now_ns)
    await _check_waiting(factory)
    await _check_exception(factory)
    await _check_lease(factory)


async def check_watch_fails(factory: Factory, expected: type[Fault]) -> None:
    """A watch whose opening fails, such as one that is absent, fails so each time and holds nothing.

    :raises: NotConforming for the first promise that does not hold.
    """
    check_watch_facts(factory())
    watch = factory()
    await fails(watch.notice(), OrderFault, promise="noticing before opening is out of order", within_s=REFUSAL_LIMIT_S)
    for _ in range(2):
        await fails(_open(watch), expected, promise=f"an opening that fails is a {expected.__name__} each time")
    await fails(
        watch.notice(), OrderFault, promise="nothing is open after an opening that failed", within_s=REFUSAL_LIMIT_S
    )
    await fails(_open(factory()), expected, promise="nothing is held after an opening that failed")


def check_watch_facts(watch: Watch) -> None:
    """The facts are complete before the watch is opened, and of its kind. :raises: NotConforming."""
    demand(isinstance(watch, Watch), "a watch has facts, opened, notice and readings")
    check_held_facts(watch.facts, again=watch.facts)
    demand(watch.facts.kind in WATCHES, "the kind is one that is watched")


async def _check_order(factory: Factory) -> None:
    watch = factory()
    await fails(watch.notice(), OrderFault, promise="noticing before opening is out of order", within_s=REFUSAL_LIMIT_S)
    await fails(
        watch.readings(), OrderFault, promise="reading before opening is out of order", within_s=REFUSAL_LIMIT_S
    )
    async with watch.opened():
        await fails(_open(watch), OrderFault, promise="opening twice is out of order")
        await _firsts(watch)
    await fails(watch.notice(), OrderFault, promise="noticing after closing is out of order", within_s=REFUSAL_LIMIT_S)
    await fails(watch.readings(), OrderFault, promise="reading after closing is out of order", within_s=REFUSAL_LIMIT_S)
    await _works(watch)


async def _check_first_states(factory: Factory, *, now_ns: Callable[[], int]) -> None:
    watch = factory()
    before_ns = now_ns()
    async with watch.opened():
        seen = await _firsts(watch)
        readings = await watch.readings()
        after_ns = now_ns()
    roles = {reading.contact: reading.role for reading in readings}
    demand(len(roles) == len(readings) > 0, "each contact is read once")
    for reading in readings:
        demand(bool(reading.contact) and isinstance(reading.role, Role), "a contact has a name and a role")
        demand(before_ns <= reading.changed_ns <= reading.alive_ns <= after_ns, "a reading has the times of this watch")
    for one in seen:
        demand(roles.get(one.contact) is one.role, "sightings and readings name the same contacts")
        demand(before_ns <= one.at_ns <= after_ns, "a sighting has the time when it was")
    for contact in roles:
        states = [one for one in seen if isinstance(one, StateSeen) and one.contact == contact]
        times_ns = [one.at_ns for one in states]
        demand(times_ns == sorted(times_ns), "a contact's states come in the order of their times")
        demand(
            [one.first for one in states] == [True] + [False] * (len(states) - 1), "only the first state is the first"
        )


async def _check_waiting(factory: Factory) -> None:
    watch = factory()
    async with watch.opened():
        await _firsts(watch)
        async with beside(watch.notice()) as waiting:
            if not waiting.done():
                await fails(watch.notice(), OrderFault, promise="one waits at a time", within_s=REFUSAL_LIMIT_S)
                await watch.readings()
        if not waiting.cancelled():
            demand(isinstance(waiting.result(), StateSeen | FlawBegan | FlawEnded), "notice gives a sighting")
        await watch.readings()
    await _works(watch)


async def _check_exception(factory: Factory) -> None:
    watch = factory()
    try:
        async with watch.opened():
            raise _Stopped
    except _Stopped:
        pass
    await fails(watch.notice(), OrderFault, promise="an exception closes", within_s=REFUSAL_LIMIT_S)
    await _works(factory())


async def _check_lease(factory: Factory) -> None:
    first, second = factory(), factory()
    async with first.opened():
        for _ in range(2):
            await fails(_open(second), BusyFault, promise="two cannot hold one watch")
        await fails(
            second.notice(),
            OrderFault,
            promise="nothing is open after an opening that failed",
            within_s=REFUSAL_LIMIT_S,
        )
        # who was refused has taken nothing away
        await _firsts(first)
    await _works(second)


async def _firsts(watch: Watch) -> list[Sighting]:
    """All sightings until each contact's first state is told."""
    seen: list[Sighting] = []
    try:
        async with asyncio.timeout(FIRST_LIMIT_S):
            await _collect_firsts(watch, seen)
    except TimeoutError:
        raise NotConforming("The driver does not keep a promise: each contact's first state is told.") from None
    return seen


async def _collect_firsts(watch: Watch, seen: list[Sighting]) -> None:
    missing = {reading.contact for reading in await watch.readings()}
    while missing:
        seen.append(one := await watch.notice())
        if isinstance(one, StateSeen):
            missing.discard(one.contact)


async def _open(watch: Watch) -> None:
    async with watch.opened():
        pass


async def _works(watch: Watch) -> None:
    """A closed watch goes all the way: nothing of what went before is left."""
    async with AsyncExitStack() as held:
        try:
            await held.enter_async_context(watch.opened())
        except BusyFault:
            raise NotConforming("The driver does not keep a promise: closing gives the lines back.") from None
        await _firsts(watch)
