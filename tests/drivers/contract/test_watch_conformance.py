"""Every registered watch through the suite; then watches that each break one promise, to show that it would tell."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.contract import DeviceKind, Facts, GoneFault, OrderFault, UnreadableFault
from drivers.contract.hardware_conformance import Hardware
from drivers.contract.held import Stage
from drivers.contract.promise import NotConforming
from drivers.contract.watch import WATCHES, HeldWatch, Reading, Role, Sighting, State, StateSeen
from drivers.contract.watch_conformance import check_watch, check_watch_facts, check_watch_fails, check_watch_hardware
from drivers.registry import ABSENT, make_watch
from tests.drivers.contract.registered import registered, watch_bench
from tests.drivers.real_clock import RealClock
from tests.drivers.turn import turn

CLOCK = RealClock()


@pytest.mark.parametrize(("kind", "name"), registered(*WATCHES))
async def test_every_registered_watch_conforms(kind: DeviceKind, name: str, tmp_path: Path) -> None:
    bench = watch_bench(kind, name, folder=tmp_path)
    await check_watch(bench.make, now_ns=bench.now_ns)
    assert (bench.hardware is None) == bench.make().facts.simulated
    if bench.hardware is not None:
        await check_watch_hardware(bench.make, bench.hardware)


@pytest.mark.parametrize("kind", sorted(WATCHES))
async def test_the_absent_watch_conforms(kind: DeviceKind) -> None:
    await check_watch_fails(lambda: make_watch(kind, ABSENT, options={}, clock=CLOCK), GoneFault)


async def test_a_recording_that_is_not_there_fails_each_time_and_holds_nothing(tmp_path: Path) -> None:
    options = {"file": str(tmp_path / "gone.jsonl")}
    await check_watch_fails(
        lambda: make_watch(DeviceKind.SAFE, "replay", options=options, clock=CLOCK), UnreadableFault
    )


class Guard(HeldWatch):
    """A watch over one door that keeps every promise; the ones below break one each."""

    def __init__(self) -> None:
        super().__init__(lease="test-guard")
        self._told = True
        self._since_ns = 0

    @property
    def facts(self) -> Facts:
        return Facts(DeviceKind.SAFE, make="", model="guard", serial="", firmware="", certified=False, simulated=True)

    async def _open(self) -> None:
        self._told, self._since_ns = False, CLOCK.monotonic_ns()

    async def _close(self) -> None: ...

    async def _notice(self) -> Sighting:
        await turn()
        if self._told:
            await asyncio.Event().wait()
        self._told = True
        return StateSeen("door", Role.DOOR, State.CLOSED, at_ns=self._since_ns, first=True)

    async def _readings(self) -> tuple[Reading, ...]:
        now_ns = CLOCK.monotonic_ns()
        return (
            Reading("door", Role.DOOR, State.CLOSED, flaws=frozenset(), changed_ns=self._since_ns, alive_ns=now_ns),
        )


class Shared(Guard):
    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        self._leases.discard("test-guard")
        async with super().opened():
            yield


class NeverGivenBack(Guard):
    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        async with super().opened():
            yield
        self._leases.add("test-guard")


class NeverFirst(Guard):
    async def _notice(self) -> Sighting:
        seen = await super()._notice()
        assert isinstance(seen, StateSeen)
        return replace(seen, first=False)


class OfYesterday(Guard):
    async def _notice(self) -> Sighting:
        return replace(await super()._notice(), at_ns=1)


class AnotherRole(Guard):
    async def _notice(self) -> Sighting:
        return replace(await super()._notice(), role=Role.FIRE)


class NobodyThere(Guard):
    async def _readings(self) -> tuple[Reading, ...]:
        return ()


class ReadNever(Guard):
    async def _readings(self) -> tuple[Reading, ...]:
        return tuple(replace(reading, alive_ns=0) for reading in await super()._readings())


class TwoMayWait(Guard):
    async def notice(self) -> Sighting:
        self._require(Stage.OPENED)
        return await self._notice()


class WorksClosed(Guard):
    async def notice(self) -> Sighting:
        return await self._notice()


class AskedForClosed(Guard):
    async def readings(self) -> tuple[Reading, ...]:
        return await self._readings()


class GivesNothing(Guard):
    async def _notice(self) -> Sighting:
        return None if self._told else await super()._notice()  # type: ignore[return-value]  # that is what is tried


async def _check(watch: type[Guard]) -> None:
    try:
        await check_watch(watch, now_ns=CLOCK.monotonic_ns)
    finally:
        Guard._leases.discard("test-guard")


async def test_a_watch_that_keeps_every_promise_conforms() -> None:
    await _check(Guard)


@pytest.mark.parametrize(
    ("watch", "promise"),
    [
        (Shared, "two cannot hold"),
        (NeverGivenBack, "closing gives the lines back"),
        (NeverFirst, "only the first state is the first"),
        (OfYesterday, "the time when it was"),
        (AnotherRole, "name the same contacts"),
        (NobodyThere, "each contact is read once"),
        (ReadNever, "times of this watch"),
        (TwoMayWait, "one waits at a time"),
        (WorksClosed, "noticing before opening"),
        (AskedForClosed, "reading before opening"),
        (GivesNothing, "notice gives a sighting"),
    ],
)
async def test_a_broken_promise_is_named(watch: type[Guard], promise: str) -> None:
    async with asyncio.timeout(5):
        with pytest.raises(NotConforming, match=promise):
            await _check(watch)


def test_a_watch_of_pictures_is_none() -> None:
    class Camera(Guard):
        @property
        def facts(self) -> Facts:
            return replace(super().facts, kind=DeviceKind.CAMERA)

    with pytest.raises(NotConforming, match="one that is watched"):
        check_watch_facts(Camera())


async def test_a_watch_that_opens_is_not_absent() -> None:
    with pytest.raises(NotConforming, match="GoneFault"):
        await check_watch_fails(Guard, GoneFault)


async def test_the_watchs_own_failure_passes_through() -> None:
    class Broken(Guard):
        async def _readings(self) -> tuple[Reading, ...]:
            raise GoneFault("The chip was unplugged.")

    with pytest.raises(GoneFault, match="unplugged"):
        await _check(Broken)


async def test_what_ends_in_an_exception_while_opening_is_closed_and_given_back() -> None:
    closed = []

    class HalfWay(Guard):
        async def _open(self) -> None:
            raise GoneFault("The chip was unplugged.")

        async def _close(self) -> None:
            closed.append(True)

    watch = HalfWay()
    with pytest.raises(GoneFault):
        await watch.opened().__aenter__()
    with pytest.raises(OrderFault):
        await watch.notice()
    assert closed == [True]
    async with Guard().opened():
        pass


class Corded(Guard):
    """A guard with a plug of its own; it may be blind to what was pulled."""

    def __init__(self, plugged: list[bool], *, blind: bool) -> None:
        super().__init__()
        self._plugged, self._blind = plugged, blind

    async def _open(self) -> None:
        self._need()
        await super()._open()

    async def _notice(self) -> Sighting:
        self._need()
        return await super()._notice()

    async def _readings(self) -> tuple[Reading, ...]:
        if not self._blind:
            self._need()
        return await super()._readings()

    def _need(self) -> None:
        if not self._plugged[-1]:
            raise GoneFault("The guard was unplugged.")


async def test_a_watch_that_reads_what_was_unplugged_is_told_from_one_that_says_so() -> None:
    plugged = [True]
    hardware = Hardware(lambda: plugged.append(False), lambda: plugged.append(True), _held_lease, lambda: 0)
    await check_watch_hardware(lambda: Corded(plugged, blind=False), hardware)
    with pytest.raises(NotConforming, match="unplugged while watching is gone"):
        await check_watch_hardware(lambda: Corded(plugged, blind=True), hardware)


@contextmanager
def _held_lease() -> Iterator[None]:
    Guard._leases.add("test-guard")
    yield
    Guard._leases.discard("test-guard")
