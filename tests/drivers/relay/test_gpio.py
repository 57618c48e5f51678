"""The relay's driver over our pin factory and an emulated chip with a lamp on its line."""

import pytest
from pydantic import ValidationError

from drivers.contract import BusyFault, DeviceKind, GoneFault, OptionsFault
from drivers.contract.output import Crashed, OutputState, Parting
from drivers.contract.output_conformance import check_output, check_output_fails
from drivers.registry import make_output
from drivers.relay.gpio import GpioRelay, Options
from drivers.transport.gpio import PinsInUse
from tests.drivers.gpio_benches import RelayWires
from tests.drivers.ticks import Ticks
from tests.drivers.wired_pins import wired_pins

ON, OFF = OutputState.ON, OutputState.OFF


@pytest.fixture
def bench() -> RelayWires:
    return RelayWires()


@pytest.mark.parametrize("active", ["high", "low"])
@pytest.mark.parametrize("at_start", OutputState)
@pytest.mark.parametrize("at_close", Parting)
async def test_it_conforms(bench: RelayWires, active: str, at_start: OutputState, at_close: Parting) -> None:
    options = {"active": active, "at_start": at_start, "at_close": at_close}
    await check_output(lambda: bench.relay(**options), lamp=lambda: bench.lamp(active=active))
    assert bench.chip.requests == []


async def test_it_conforms_on_gpiozeros_mock_pins() -> None:
    factory = wired_pins()
    options = Options.model_validate({"line": "GPIO17", "at_close": "hold"})
    made = [OFF]

    class Watched(GpioRelay):
        """Its mock pin falls back when it is closed: what it showed last is kept here."""

        async def _close(self) -> None:
            made[0] = ON if factory.pin("GPIO17").state else OFF
            await super()._close()

    def lamp() -> OutputState:
        pin = factory.pin("GPIO17")
        return made[0] if pin.function == "input" else ON if pin.state else OFF

    pins = PinsInUse(lambda _: factory)
    await check_output(lambda: Watched(options, clock=Ticks(), pins=pins), lamp=lamp)


async def test_it_never_shows_another_level_than_it_was_told(bench: RelayWires) -> None:
    async with (relay := bench.relay(active="low")).opened():
        await relay.pulse(1)
    assert bench.chip.line("RELAY").shown == [1, 0, 1, 1]


def test_it_promises_nothing_for_a_crash(bench: RelayWires) -> None:
    # what the chip then does is shown where the pins are tested
    assert {bench.relay(at_close=at_close).resting.after_crash for at_close in Parting} == {Crashed.RELEASED}


async def test_a_chip_that_is_unplugged_is_gone_and_closing_works(bench: RelayWires) -> None:
    async with (relay := bench.relay()).opened():
        bench.chip.unplug()
        for doing in (relay.switch(ON), relay.state(), relay.pulse(1)):
            with pytest.raises(GoneFault):
                await doing
    assert bench.chip.requests == []
    bench.chip.replug()
    async with relay.opened():
        await relay.switch(ON)


async def test_a_line_that_somebody_else_holds_is_busy(bench: RelayWires) -> None:
    bench.chip.open().request_lines({1: None}, "another program")
    await check_output_fails(bench.relay, BusyFault)


async def test_two_relays_of_one_chip_are_two_devices(bench: RelayWires) -> None:
    first, second = bench.relay(), bench.relay(line="LAMP")
    async with first.opened():
        async with second.opened():
            await second.switch(ON)
        await first.switch(ON)
        assert await first.state() is ON
    assert bench.chip.requests == []


async def test_a_line_that_there_is_not_is_an_option_that_is_wrong() -> None:
    options = {"line": "no-such-chip/RELAY", "pins": {"factory": "gpiod"}}
    await check_output_fails(
        lambda: make_output(DeviceKind.RELAY, "gpio", options=options, clock=Ticks()), OptionsFault
    )


@pytest.mark.parametrize("wrong", [{"line": ""}, {"active": "both"}, {"at_start": "hold"}, {"pins": {"chips": 1}}])
def test_options_are_checked(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Options.model_validate({"line": "RELAY", **wrong})
