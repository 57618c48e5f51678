"""The simulated camera through the suite; then cameras that each break one promise, to show that it would tell."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from drivers.cctv.sim import Event, Options, SimCctv, Stretch
from drivers.contract import DeviceKind, Facts, GoneFault
from drivers.contract.cctv import (
    CCTVS,
    Ability,
    Arrival,
    Cctv,
    ClockDifference,
    Delivery,
    Noticed,
    Recorded,
    Sighting,
    Span,
    Stream,
)
from drivers.contract.cctv_conformance import Scene, check_cctv, check_cctv_facts, check_cctv_fails
from drivers.contract.held import Stage
from drivers.contract.promise import NotConforming
from drivers.registry import ABSENT, DRIVERS, make_cctv
from tests.drivers.station_clock import MachineClock

CLOCK = MachineClock()
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
OPTIONS = Options(
    rate_hz=500,
    clock_error_ms=-1234.5,
    recorded=(Stretch(begin=NOON - HOUR, end=NOON + HOUR / 4), Stretch(begin=NOON + HOUR / 2, end=NOON + 2 * HOUR)),
    script=(Event(at_ms=0, noticed=Noticed.MOTION, active=False), Event(at_ms=5, noticed=Noticed.TAMPERED)),
)
SCENE = Scene(
    abilities=frozenset(Ability),
    difference_ms=-1234.5,
    within=Span(NOON, NOON + HOUR),
    recorded=(Span(NOON, NOON + HOUR / 4), Span(NOON + HOUR / 2, NOON + HOUR)),
    noticed=frozenset({Noticed.MOTION, Noticed.TAMPERED}),
)

ON_SERVERS = {"rtsp", "onvif"}
"""Go through the suite in their own tests, with something that answers."""


def test_no_driver_is_forgotten() -> None:
    assert DRIVERS[DeviceKind.CCTV].keys() == {"sim", *ON_SERVERS}


async def test_the_simulated_camera_conforms() -> None:
    options = OPTIONS.model_dump()
    await check_cctv(lambda: make_cctv(DeviceKind.CCTV, "sim", options=options, clock=CLOCK), SCENE, clock=CLOCK)


@pytest.mark.parametrize("kind", sorted(CCTVS))
async def test_the_absent_camera_conforms(kind: DeviceKind) -> None:
    await check_cctv_fails(lambda: make_cctv(kind, ABSENT, options={}, clock=CLOCK), GoneFault)


class Camera(SimCctv):
    """Keeps every promise; the ones below break one each."""

    def __init__(self) -> None:
        super().__init__(OPTIONS, clock=CLOCK)


class Shared(Camera):
    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        self._leases.discard("sim-cctv")
        async with super().opened():
            yield


class NeverGivenBack(Camera):
    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        async with super().opened():
            yield
        self._leases.add("sim-cctv")


class Braggart(Camera):
    """Says that it can do what it cannot; the other way round it is a liar by omission."""

    def _abilities(self) -> frozenset[Ability]:
        return frozenset({Ability.PICTURES})


class Unchecked(Camera):
    """Does what it says that it cannot."""

    def _abilities(self) -> frozenset[Ability]:
        return frozenset(Ability) - {Ability.CLOCK}

    async def clock_difference(self) -> ClockDifference:
        self._require(Stage.OPENED)
        return await self._clock_difference()


class Codecless(Camera):
    def _stream(self) -> Stream:
        return replace(super()._stream(), codec="")


class Yesterday(Camera):
    async def _arrival(self) -> Arrival:
        return replace(await super()._arrival(), arrived_ns=1)


class Twice(Camera):
    async def _arrival(self) -> Arrival:
        arrival = await super()._arrival()
        self._taken -= self._taken > 1
        return arrival


class Empty(Camera):
    async def _arrival(self) -> Arrival:
        return replace(await super()._arrival(), size_bytes=0)


class Backwards(Camera):
    async def _arrival(self) -> Arrival:
        arrival = await super()._arrival()
        return replace(arrival, stream_us=-arrival.arrived_ns)


class Uncounted(Camera):
    def _delivery(self) -> Delivery:
        return replace(super()._delivery(), pictures=0)


class LastIsFirst(Camera):
    def _delivery(self) -> Delivery:
        return replace(super()._delivery(), last=self._picture(1))


class Stalled(Camera):
    def _delivery(self) -> Delivery:
        return replace(super()._delivery(), flowing=False)


class CountsOn(Camera):
    def _delivery(self) -> Delivery:
        return replace(super()._delivery(), began_ns=1)


class WaitsTogether(Camera):
    async def arrival(self) -> Arrival:
        self._demand(Ability.PICTURES)
        return await self._arrival()


class NoDoubt(Camera):
    async def _clock_difference(self) -> ClockDifference:
        return replace(await super()._clock_difference(), uncertainty_ms=0.0)


class WrongClock(Camera):
    async def _clock_difference(self) -> ClockDifference:
        return replace(await super()._clock_difference(), difference_ms=0.0)


class LocalTime(Camera):
    async def _clock_difference(self) -> ClockDifference:
        measured = await super()._clock_difference()
        return replace(measured, measured_at=measured.measured_at.replace(tzinfo=None))


class Smooths(Camera):
    """Shows no gap."""

    async def _recorded(self, within: Span) -> tuple[Recorded, ...]:
        return (Recorded("sim", within),)


class AnySpan(Camera):
    async def recorded(self, within: Span) -> tuple[Recorded, ...]:
        self._demand(Ability.RECORDINGS)
        return await self._recorded(within)


class GivesNothing(Camera):
    async def _notice(self) -> Sighting:
        return None  # type: ignore[return-value]  # that is what is tried


class Late(Camera):
    async def _notice(self) -> Sighting:
        return replace(await super()._notice(), told_ns=1)


class TwoMayNotice(Camera):
    async def notice(self) -> Sighting:
        self._demand(Ability.SIGHTINGS)
        return await self._notice()


class WorksClosed(Camera):
    async def notice(self) -> Sighting:
        return await self._notice()


class TellsClosed(Camera):
    @property
    def abilities(self) -> frozenset[Ability]:
        return self._abilities()


async def _check(camera: Callable[[], Cctv]) -> None:
    try:
        await check_cctv(camera, SCENE, clock=CLOCK)
    finally:
        Camera._leases.discard("sim-cctv")


@pytest.mark.parametrize(
    ("camera", "promise"),
    [
        (Shared, "two cannot hold the device"),
        (NeverGivenBack, "closing gives the device back"),
        (Braggart, "those that the device has"),
        (Codecless, "the stream has a codec"),
        (Yesterday, "order of their times"),
        (Twice, "order of their times"),
        (Empty, "a picture has a size"),
        (Backwards, "own count goes forward"),
        (Uncounted, "pictures are counted"),
        (LastIsFirst, "the last is the newest"),
        (Stalled, "what flows is said to flow"),
        (CountsOn, "each opening begins anew"),
        (WaitsTogether, "one waits at a time"),
        (NoDoubt, "without a doubt"),
        (WrongClock, "within the uncertainty"),
        (LocalTime, "in UTC"),
        (Smooths, "gaps are gaps"),
        (AnySpan, "ends first is none"),
        (GivesNothing, "notice gives a sighting"),
        (Late, "the time when it was told"),
        (TwoMayNotice, "one waits at a time"),
        (WorksClosed, "before opening"),
        (TellsClosed, "before opening"),
    ],
)
async def test_a_broken_promise_is_named(camera: type[Camera], promise: str) -> None:
    async with asyncio.timeout(10):
        with pytest.raises(NotConforming, match=promise):
            await _check(camera)


async def test_what_it_is_not_able_to_do_is_refused() -> None:
    scene = replace(SCENE, abilities=frozenset(Ability) - {Ability.CLOCK})
    with pytest.raises(NotConforming, match="not able to do is refused"):
        await check_cctv(Unchecked, scene, clock=CLOCK)


def test_a_camera_for_portraits_is_none() -> None:
    class Portrait(Camera):
        @property
        def facts(self) -> Facts:
            return replace(super().facts, kind=DeviceKind.CAMERA)

    with pytest.raises(NotConforming, match="one of surveillance"):
        check_cctv_facts(Portrait())


async def test_a_camera_that_opens_is_not_absent() -> None:
    with pytest.raises(NotConforming, match="GoneFault"):
        await check_cctv_fails(Camera, GoneFault)


async def test_the_cameras_own_failure_passes_through() -> None:
    class Broken(Camera):
        async def _arrival(self) -> Arrival:
            raise GoneFault("The cable was cut.")

    with pytest.raises(GoneFault, match="cut"):
        await _check(Broken)
