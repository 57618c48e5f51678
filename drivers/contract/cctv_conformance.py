"""Puts any surveillance camera or recorder through everything that its contract promises, as far as it is able.

The manner is that of `conformance`. What only the device can be made to do (die, fall silent, lose the network) is for
each driver's own tests.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol, TypeVar

from drivers.contract.cctv import (
    CCTVS,
    Ability,
    Arrival,
    Cctv,
    ClockDifference,
    ClockSource,
    Noticed,
    Recorded,
    Sighting,
    Span,
)
from drivers.contract.fault import Fault
from drivers.contract.holding_conformance import Trial, check_held_facts, check_holding, check_opening
from drivers.contract.leftover import leaves_nothing
from drivers.contract.promise import NotConforming, beside, demand, refused

ARRIVALS: Final = 3
"""How many pictures the suite waits for."""

WAIT_LIMIT_S: Final = 15.0
"""A device that gives no picture, or no sighting, for so long is not ready for the suite."""

Factory = Callable[[], Cctv]
"""Makes the device as a configuration would; every call makes another one that speaks to the same device."""

_SOME_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)
_NOTHING: Final = Span(_SOME_TIME, _SOME_TIME)
_Told = TypeVar("_Told")


class Monotonic(Protocol):
    """The clock that the device was made with."""

    def monotonic_ns(self) -> int:
        """Nanoseconds."""
        ...


@dataclass(frozen=True, slots=True)
class Scene:
    """What the device is known to show, so that the suite can tell truth from invention."""

    abilities: frozenset[Ability]
    """What it must be able to do."""
    difference_ms: float = 0.0
    """How far its clock truly is from the station's; only with the ability."""
    within: Span = _NOTHING
    """What the suite asks it for; only with the ability."""
    recorded: tuple[Span, ...] = ()
    """What it has recorded within that."""
    noticed: frozenset[Noticed] = frozenset()
    """What it tells of soon after it was opened."""


async def check_cctv(factory: Factory, scene: Scene, *, clock: Monotonic) -> None:
    """Every promise of the contract, on a device that is there.

    :raises: NotConforming for the first promise that does not hold; the device's own Fault where it fails.
    """
    check_cctv_facts(factory())
    await check_holding(_trial(factory))
    await leaves_nothing(_check_abilities(factory, scene))
    if Ability.PICTURES in scene.abilities:
        await leaves_nothing(_check_pictures(factory, clock=clock))
    if Ability.CLOCK in scene.abilities:
        await leaves_nothing(_check_clock(factory, scene))
    if Ability.RECORDINGS in scene.abilities:
        await leaves_nothing(_check_recorded(factory, scene))
    if Ability.SIGHTINGS in scene.abilities:
        await leaves_nothing(_check_sightings(factory, scene, clock=clock))


async def check_cctv_fails(factory: Factory, expected: type[Fault]) -> None:
    """A device whose opening fails, such as one that is absent, fails so each time and holds nothing.

    :raises: NotConforming for the first promise that does not hold.
    """
    check_cctv_facts(factory())
    await check_opening(_trial(factory), expected)


def check_cctv_facts(device: Cctv) -> None:
    """The facts are there before the device is opened, and of its kind. :raises: NotConforming."""
    # not by isinstance: it would ask for the abilities, which a closed device does not tell
    verbs = ("facts", "opened", "stream", "arrival", "delivery", "clock_difference", "recorded", "notice")
    demand(all(hasattr(type(device), verb) for verb in (*verbs, "abilities")), "a device has every verb")
    check_held_facts(device.facts, again=device.facts)
    demand(device.facts.kind in CCTVS, "the kind is one of surveillance")


def _trial(factory: Factory) -> Trial[Cctv]:
    verbs: dict[str, Callable[[Cctv], Awaitable[object]]] = {"abilities": lambda device: _now(lambda: device.abilities)}
    for ability in Ability:
        verbs |= _verbs(ability, within=_NOTHING)
    return Trial(factory, "device", verbs=verbs, use=_watched)


def _verbs(ability: Ability, *, within: Span) -> dict[str, Callable[[Cctv], Awaitable[object]]]:
    """Everything that the ability is about, by the name that a broken promise gets."""
    match ability:
        case Ability.PICTURES:
            return {
                "describing the stream": lambda device: _now(device.stream),
                "waiting for a picture": lambda device: device.arrival(),
                "counting pictures": lambda device: _now(device.delivery),
            }
        case Ability.CLOCK:
            return {"comparing clocks": lambda device: device.clock_difference()}
        case Ability.RECORDINGS:
            return {"searching recordings": lambda device: device.recorded(within)}
        case Ability.SIGHTINGS:
            return {"noticing": lambda device: device.notice()}


async def _watched(device: Cctv) -> None:
    """What it is for, as far as it is able."""
    check_held_facts(device.facts, again=device.facts)
    if Ability.PICTURES in device.abilities:
        await _soon(device.arrival())


async def _check_abilities(factory: Factory, scene: Scene) -> None:
    device = factory()
    async with device.opened():
        demand(device.abilities == scene.abilities, "the abilities are those that the device has")
        for ability in set(Ability) - device.abilities:
            for name, verb in _verbs(ability, within=scene.within).items():
                await refused(verb(device), f"what it is not able to do is refused ({name})")


async def _check_pictures(factory: Factory, *, clock: Monotonic) -> None:
    device = factory()
    before_ns = clock.monotonic_ns()
    async with device.opened():
        stream = device.stream()
        demand(bool(stream.codec) and stream.codec.isprintable(), "the stream has a codec")
        demand(stream.width_px >= 0 and stream.height_px >= 0, "the stream's size is one")
        demand(stream.rate_hz is None or stream.rate_hz > 0, "the stream's rate is one")
        seen = [await _soon(device.arrival()) for _ in range(ARRIVALS)]
        delivery = device.delivery()
        _check_arrivals(seen, before_ns=before_ns, after_ns=clock.monotonic_ns())
        demand(delivery.pictures >= max(ARRIVALS, delivery.keys), "pictures are counted")
        demand(delivery.flowing, "what flows is said to flow")
        demand(delivery.last is not None and delivery.last.arrived_ns >= seen[-1].arrived_ns, "the last is the newest")
        demand(delivery.age_ms(clock.monotonic_ns()) >= 0, "silence has an age")
        async with beside(_drained(device)):
            await refused(device.arrival(), "one waits at a time")
        after = await _soon(device.arrival())
        demand(after.arrived_ns > seen[-1].arrived_ns, "no picture is told twice")
    async with device.opened():
        demand(device.delivery().began_ns > after.arrived_ns, "each opening begins anew")


def _check_arrivals(seen: list[Arrival], *, before_ns: int, after_ns: int) -> None:
    times_ns = [one.arrived_ns for one in seen]
    demand(times_ns == sorted(set(times_ns)), "pictures come in the order of their times, each once")
    demand(before_ns <= times_ns[0] and times_ns[-1] <= after_ns, "an arrival has the time when it was")
    demand(all(one.size_bytes > 0 for one in seen), "a picture has a size")
    counts = [one.stream_us for one in seen if one.stream_us is not None]
    demand(counts == sorted(counts), "the stream's own count goes forward")


async def _check_clock(factory: Factory, scene: Scene) -> None:
    device = factory()
    async with device.opened():
        measured = await _soon(device.clock_difference())
    demand(
        isinstance(measured, ClockDifference) and isinstance(measured.source, ClockSource), "it says how it measured"
    )
    demand(measured.readings > 0 and measured.uncertainty_ms > 0, "no clock is read without a doubt")
    demand(measured.measured_at.utcoffset() == timedelta(0), "a measurement has its time, in UTC")
    off_ms = abs(measured.difference_ms - scene.difference_ms)
    demand(off_ms <= measured.uncertainty_ms, "the true difference is within the uncertainty")


async def _check_recorded(factory: Factory, scene: Scene) -> None:
    device = factory()
    backwards = Span(scene.within.end, scene.within.begin)
    async with device.opened():
        found = await _soon(device.recorded(scene.within))
        demand(all(isinstance(one, Recorded) and bool(one.recording) for one in found), "a recording has a name")
        demand(tuple(one.span for one in found) == scene.recorded, "it has recorded what it says, and gaps are gaps")
        demand(await _soon(device.recorded(scene.within)) == found, "asking changes nothing")
        await refused(device.recorded(backwards), "a span that ends first is none")


async def _check_sightings(factory: Factory, scene: Scene, *, clock: Monotonic) -> None:
    device = factory()
    before_ns = clock.monotonic_ns()
    async with device.opened():
        missing = set(scene.noticed)
        while missing:
            one = await _soon(device.notice())
            demand(isinstance(one, Sighting) and isinstance(one.noticed, Noticed), "notice gives a sighting")
            demand(before_ns <= one.told_ns <= clock.monotonic_ns(), "a sighting has the time when it was told")
            missing.discard(one.noticed)
        async with beside(device.notice()) as waiting:
            if not waiting.done():
                await refused(device.notice(), "one waits at a time")


async def _soon(waiting: Awaitable[_Told]) -> _Told:
    """What it gives within the suite's patience."""
    limit = asyncio.timeout(WAIT_LIMIT_S)
    try:
        async with limit:
            return await waiting
    except TimeoutError:
        if not limit.expired():
            raise
    raise NotConforming(f"The driver does not keep a promise: what is shown is told within {WAIT_LIMIT_S:g} s.")


async def _now(asking: Callable[[], object]) -> object:
    return asking()


async def _drained(device: Cctv) -> None:
    """Take pictures until somebody must wait for one."""
    while True:
        await device.arrival()
