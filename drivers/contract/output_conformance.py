"""Puts any output through everything that its contract promises; the manner is that of `conformance`."""

from collections.abc import Callable
from typing import Final

from drivers.contract.conformance import check_held_facts
from drivers.contract.fault import BusyFault, Fault, OrderFault
from drivers.contract.output import OUTPUTS, PULSE_MS_MAX, Output, OutputState, Parting, Resting
from drivers.contract.promise import beside, demand, fails

PULSE_MS: Final = 5
"""How long the suite's pulses last."""

REFUSAL_LIMIT_S: Final = 1.0
"""What is out of order is refused, and not waited for."""

Factory = Callable[[], Output]
"""Makes the output as a configuration would; every call makes another one on the same line."""

Lamp = Callable[[], OutputState]
"""What a lamp on the far end of the wire shows; for a released output, what it showed last."""

ON, OFF = OutputState.ON, OutputState.OFF


class _Stopped(Exception):
    """Something above the output went wrong while it was held."""


async def check_output(factory: Factory, *, lamp: Lamp) -> None:
    """Every promise of the contract, on an output that is there.

    :param lamp: looks at the output from outside, for what it does when nobody switches it.
    :raises: NotConforming for the first promise that does not hold; the output's own Fault where it fails.
    """
    check_output_facts(factory())
    await _check_order(factory)
    for left_on in (False, True):
        await _check_resting(factory, lamp=lamp, left_on=left_on)
    await _check_switching(factory, lamp=lamp)
    await _check_pulse(factory, lamp=lamp)
    await _check_lease(factory)


async def check_output_fails(factory: Factory, expected: type[Fault]) -> None:
    """An output whose opening fails, such as one that is absent, fails so each time and holds nothing.

    :raises: NotConforming for the first promise that does not hold.
    """
    check_output_facts(factory())
    output = factory()
    for _ in range(2):
        await fails(_open(output), expected, promise=f"an opening that fails is a {expected.__name__} each time")
    await fails(output.switch(ON), OrderFault, promise="nothing is open after an opening that failed")
    await fails(_open(factory()), expected, promise="nothing is held after an opening that failed")


def check_output_facts(output: Output) -> None:
    """Facts and resting states are there before the output is opened, and of its kind. :raises: NotConforming."""
    demand(isinstance(output, Output), "an output has facts, resting, opened, state, switch and pulse")
    check_held_facts(output.facts, again=output.facts)
    demand(output.facts.kind in OUTPUTS, "the kind is one that is switched")
    demand(isinstance(output.resting, Resting) and output.resting == output.resting, "the resting states are fixed")


async def _check_order(factory: Factory) -> None:
    output = factory()
    await fails(output.state(), OrderFault, promise="looking before opening is out of order")
    await fails(output.switch(ON), OrderFault, promise="switching before opening is out of order")
    await fails(
        output.pulse(PULSE_MS), OrderFault, promise="a pulse before opening is out of order", within_s=REFUSAL_LIMIT_S
    )
    async with output.opened():
        await fails(_open(output), OrderFault, promise="opening twice is out of order")
        for wrong_ms in (0, -1, PULSE_MS_MAX + 1):
            await fails(
                output.pulse(wrong_ms),
                OrderFault,
                promise="a pulse has a length that it can have",
                within_s=REFUSAL_LIMIT_S,
            )
        demand(await output.state() is output.resting.at_start, "what is refused switches nothing")
    await fails(output.switch(ON), OrderFault, promise="switching after closing is out of order")


async def _check_resting(factory: Factory, *, lamp: Lamp, left_on: bool) -> None:
    output = factory()
    left = ON if left_on else OFF
    try:
        async with output.opened():
            demand(lamp() is await output.state() is output.resting.at_start, "it opens in its first state")
            await output.switch(left)
            raise _Stopped
    except _Stopped:
        pass
    kept = {Parting.ON: ON, Parting.OFF: OFF, Parting.HOLD: left}
    demand(lamp() is kept[output.resting.at_close], "it is left as promised, whatever ends it")


async def _check_switching(factory: Factory, *, lamp: Lamp) -> None:
    output = factory()
    async with output.opened():
        for state in (ON, ON, OFF, OFF, ON):
            await output.switch(state)
            demand(lamp() is await output.state() is state, "it does what it is switched to")


async def _check_pulse(factory: Factory, *, lamp: Lamp) -> None:
    output = factory()
    async with output.opened():
        await output.pulse(PULSE_MS)
        demand(lamp() is OFF, "a pulse ends off")
        async with beside(output.pulse(PULSE_MS_MAX)):
            demand(lamp() is ON, "a pulse is on while it lasts")
            await fails(output.pulse(PULSE_MS), OrderFault, promise="one pulse at a time", within_s=REFUSAL_LIMIT_S)
            demand(lamp() is ON, "a pulse that is refused does not end the other")
        demand(lamp() is OFF, "a pulse that is cancelled ends off")
        await output.pulse(PULSE_MS)


async def _check_lease(factory: Factory) -> None:
    first, second = factory(), factory()
    async with first.opened():
        for _ in range(2):
            await fails(_open(second), BusyFault, promise="two cannot hold one output")
        # who was refused has taken nothing away
        await first.switch(ON)
        demand(await first.state() is ON, "who was refused has taken nothing away")
    async with second.opened():
        demand(await second.state() is second.resting.at_start, "each opening begins anew")


async def _open(output: Output) -> None:
    async with output.opened():
        pass
