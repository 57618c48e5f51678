"""Every registered output through the suite; then outputs that each break one promise, to show that it would tell."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.contract import DeviceKind, Facts, GoneFault
from drivers.contract.hardware_conformance import Hardware
from drivers.contract.held import Stage
from drivers.contract.output import OUTPUTS, Crashed, HeldOutput, OutputState, Parting, Resting
from drivers.contract.output_conformance import (
    check_output,
    check_output_facts,
    check_output_fails,
    check_output_hardware,
)
from drivers.contract.promise import NotConforming
from drivers.registry import ABSENT, make_output
from drivers.relay.sim import Options, SimRelay
from tests.drivers.contract.registered import output_bench, registered
from tests.drivers.ticks import Ticks
from tests.drivers.turn import turn

ON, OFF = OutputState.ON, OutputState.OFF


ON_SERVERS = {"onvif"}
"""In a network, which nobody holds alone: go through the suite in their own tests."""


@pytest.mark.parametrize(("kind", "name"), [one for one in registered(*OUTPUTS) if one[1] not in ON_SERVERS])
async def test_every_registered_output_conforms(kind: DeviceKind, name: str, tmp_path: Path) -> None:
    bench = output_bench(kind, name, folder=tmp_path)
    await check_output(bench.make, lamp=bench.lamp)
    assert (bench.hardware is None) == bench.make().facts.simulated
    if bench.hardware is not None:
        await check_output_hardware(bench.make, bench.hardware)


@pytest.mark.parametrize("kind", sorted(OUTPUTS))
@pytest.mark.parametrize("at_start", OutputState)
@pytest.mark.parametrize("at_close", Parting)
async def test_the_simulated_relay_conforms(kind: DeviceKind, at_start: OutputState, at_close: Parting) -> None:
    made: list[SimRelay] = []

    def factory() -> SimRelay:
        options = {"at_start": at_start, "at_close": at_close}
        relay = make_output(kind, "sim", options=options, clock=Ticks())
        assert isinstance(relay, SimRelay)
        made.append(relay)
        return relay

    await check_output(factory, lamp=lambda: made[-1].lamp)


@pytest.mark.parametrize("kind", sorted(OUTPUTS))
async def test_the_absent_output_conforms(kind: DeviceKind) -> None:
    await check_output_fails(lambda: make_output(kind, ABSENT, options={}, clock=Ticks()), GoneFault)


async def test_a_relay_remembers_when_it_was_switched() -> None:
    relay = SimRelay(Options(), clock=Ticks())
    async with relay.opened():
        await relay.pulse(1)
        await relay.switch(OFF)
    assert relay.switched == [(1, ON), (2, OFF)]


LAMP = [OFF]


class Bulb(HeldOutput):
    """An output that keeps every promise; the ones below break one each."""

    def __init__(self) -> None:
        super().__init__(lease="test-bulb")

    @property
    def facts(self) -> Facts:
        return Facts(DeviceKind.RELAY, make="", model="bulb", serial="", firmware="", certified=False, simulated=True)

    @property
    def resting(self) -> Resting:
        return Resting(OFF, at_close=Parting.OFF, after_crash=Crashed.OFF)

    async def _open(self) -> None:
        LAMP[0] = OFF

    async def _close(self) -> None:
        LAMP[0] = OFF

    async def _drive(self, state: OutputState) -> None:
        LAMP[0] = state

    async def _read(self) -> OutputState:
        return LAMP[0]


class Shared(Bulb):
    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        self._leases.discard("test-bulb")
        async with super().opened():
            yield


class StartsOn(Bulb):
    async def _open(self) -> None:
        LAMP[0] = ON


class StaysOn(Bulb):
    async def _close(self) -> None: ...


class Dead(Bulb):
    async def _drive(self, state: OutputState) -> None: ...


class Believes(Bulb):
    """Says what it was told, and not what it does."""

    async def _read(self) -> OutputState:
        return OFF


class PulsesForEver(Bulb):
    async def pulse(self, duration_ms: int) -> None:
        await super().pulse(duration_ms)
        await self.switch(ON)


class SeveralPulses(Bulb):
    async def pulse(self, duration_ms: int) -> None:
        self._pulsing = False
        await super().pulse(duration_ms)


class OnWhenCancelled(Bulb):
    async def pulse(self, duration_ms: int) -> None:
        try:
            await super().pulse(duration_ms)
        except asyncio.CancelledError:
            await self.switch(ON)
            raise


class AnyLength(Bulb):
    async def pulse(self, duration_ms: int) -> None:
        self._require(Stage.OPENED)
        if 1 <= duration_ms <= 1000:
            await super().pulse(duration_ms)


class SwitchesClosed(Bulb):
    async def switch(self, state: OutputState) -> None:
        await self._drive(state)


async def _check(output: type[Bulb]) -> None:
    try:
        await check_output(output, lamp=lambda: LAMP[0])
    finally:
        Bulb._leases.discard("test-bulb")


async def test_an_output_that_keeps_every_promise_conforms() -> None:
    await _check(Bulb)


@pytest.mark.parametrize(
    ("output", "promise"),
    [
        (Shared, "two cannot hold"),
        (StartsOn, "what is refused switches nothing"),
        (StaysOn, "left as promised"),
        (Dead, "does what it is switched to"),
        (Believes, "does what it is switched to"),
        (PulsesForEver, "a pulse ends off"),
        (SeveralPulses, "one pulse at a time"),
        (OnWhenCancelled, "cancelled ends off"),
        (AnyLength, "a length that it can have"),
        (SwitchesClosed, "switching before opening"),
    ],
)
async def test_a_broken_promise_is_named(output: type[Bulb], promise: str) -> None:
    async with asyncio.timeout(5):
        with pytest.raises(NotConforming, match=promise):
            await _check(output)


def test_an_output_of_pictures_is_none() -> None:
    class Camera(Bulb):
        @property
        def facts(self) -> Facts:
            return replace(super().facts, kind=DeviceKind.CAMERA)

    with pytest.raises(NotConforming, match="one that is switched"):
        check_output_facts(Camera())


async def test_an_output_that_opens_is_not_absent() -> None:
    with pytest.raises(NotConforming, match="GoneFault"):
        await check_output_fails(Bulb, GoneFault)


async def test_a_pulse_that_outlives_the_opening_leaves_the_output_as_it_was_left() -> None:
    bulb = Bulb()
    async with asyncio.TaskGroup() as tasks:
        async with bulb.opened():
            pulsing = tasks.create_task(bulb.pulse(1000))
            await turn()
        LAMP[0] = ON
        pulsing.cancel()
    assert LAMP[0] is ON


class Corded(Bulb):
    """A bulb with a plug of its own; it may be deaf to what was pulled."""

    def __init__(self, plugged: list[bool], *, deaf: bool) -> None:
        super().__init__()
        self._plugged, self._deaf = plugged, deaf

    async def _open(self) -> None:
        self._need()
        await super()._open()

    async def _drive(self, state: OutputState) -> None:
        if not self._deaf:
            self._need()
        await super()._drive(state)

    async def _read(self) -> OutputState:
        self._need()
        return await super()._read()

    def _need(self) -> None:
        if not self._plugged[-1]:
            raise GoneFault("The bulb was unplugged.")


async def test_an_output_that_switches_what_was_unplugged_is_told_from_one_that_says_so() -> None:
    plugged = [True]
    hardware = Hardware(lambda: plugged.append(False), lambda: plugged.append(True), _held_lease, lambda: 0)
    await check_output_hardware(lambda: Corded(plugged, deaf=False), hardware)
    with pytest.raises(NotConforming, match="unplugged while on is gone"):
        await check_output_hardware(lambda: Corded(plugged, deaf=True), hardware)


@contextmanager
def _held_lease() -> Iterator[None]:
    Bulb._leases.add("test-bulb")
    yield
    Bulb._leases.discard("test-bulb")
