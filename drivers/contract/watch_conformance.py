"""Puts any watch through everything that its contract promises; the manner is that of `conformance`."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from drivers.contract.fault import Fault
from drivers.contract.hardware_conformance import Hardware, check_pulled
from drivers.contract.holding_conformance import Trial, check_held_facts, check_holding, check_opening, works
from drivers.contract.leftover import leaves_nothing
from drivers.contract.promise import NotConforming, beside, demand, refused
from drivers.contract.watch import WATCHES, FlawBegan, FlawEnded, Role, Sighting, StateSeen, Watch

FIRST_LIMIT_S: Final = 5.0
"""Within so long every contact's first state must be told."""

Factory = Callable[[], Watch]
"""Makes the watch as a configuration would; every call makes another one on the same lines."""


async def check_watch(factory: Factory, *, now_ns: Callable[[], int]) -> None:
    """Every promise of the contract, on contacts that are there.

    :param now_ns: the monotonic clock that the watch was made with.
    :raises: NotConforming for the first promise that does not hold; the watch's own Fault where it fails.
    """
    check_watch_facts(factory())
    trial = _trial(factory)
    await check_holding(trial)
    await leaves_nothing(_check_first_states(factory, now_ns=now_ns))
    await leaves_nothing(_check_waiting(factory))
    await works(trial, factory())


async def check_watch_hardware(factory: Factory, hardware: Hardware) -> None:
    """The promises that only hardware can put to the test; it is plugged in before and after.

    :raises: NotConforming for the first promise that does not hold; the watch's own Fault where it fails.
    """
    asked = (lambda watch: watch.readings(), lambda watch: watch.notice())
    await check_pulled(_trial(factory), hardware, busy=("watching", _watching), asked=asked)


async def check_watch_fails(factory: Factory, expected: type[Fault]) -> None:
    """A watch whose opening fails, such as one that is absent, fails so each time and holds nothing.

    :raises: NotConforming for the first promise that does not hold.
    """
    check_watch_facts(factory())
    await check_opening(_trial(factory), expected)


def check_watch_facts(watch: Watch) -> None:
    """The facts are complete before the watch is opened, and of its kind. :raises: NotConforming."""
    demand(isinstance(watch, Watch), "a watch has facts, opened, notice and readings")
    check_held_facts(watch.facts, again=watch.facts)
    demand(watch.facts.kind in WATCHES, "the kind is one that is watched")


def _trial(factory: Factory) -> Trial[Watch]:
    verbs = {"noticing": lambda watch: watch.notice(), "reading": lambda watch: watch.readings()}
    return Trial(factory, "lines", verbs=verbs, use=_firsts)


@asynccontextmanager
async def _watching(watch: Watch) -> AsyncIterator[None]:
    await _firsts(watch)
    yield


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
                await refused(watch.notice(), "one waits at a time")
                await watch.readings()
        if not waiting.cancelled():
            demand(isinstance(waiting.result(), StateSeen | FlawBegan | FlawEnded), "notice gives a sighting")
        await watch.readings()


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
