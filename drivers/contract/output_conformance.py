"""Puts any output through everything that its contract promises; the manner is that of `conformance`."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from drivers.contract.fault import Fault
from drivers.contract.hardware_conformance import Hardware, check_pulled
from drivers.contract.holding_conformance import Stopped, Trial, check_held_facts, check_holding, check_opening
from drivers.contract.leftover import leaves_nothing
from drivers.contract.output import OUTPUTS, PULSE_MS_MAX, Output, OutputState, Parting, Resting
from drivers.contract.promise import ANSWER_LIMIT_S, NotConforming, beside, demand, refused

PULSE_MS: Final = 5
"""How long the suite's pulses last."""

Factory = Callable[[], Output]
"""Makes the output as a configuration would; every call makes another one on the same line."""

Lamp = Callable[[], OutputState]
"""What a lamp on the far end of the wire shows; for a released output, what it showed last."""

ON, OFF = OutputState.ON, OutputState.OFF


async def check_output(factory: Factory, *, lamp: Lamp) -> None:
    """Every promise of the contract, on an output that is there.

    :param lamp: looks at the output from outside, for what it does when nobody switches it.
    :raises: NotConforming for the first promise that does not hold; the output's own Fault where it fails.
    """
    check_output_facts(factory())
    await check_holding(_trial(factory))
    await leaves_nothing(_check_first_state(factory))
    await leaves_nothing(_check_resting(factory, lamp=lamp, left_on=False))
    await leaves_nothing(_check_resting(factory, lamp=lamp, left_on=True))
    await leaves_nothing(_check_switching(factory, lamp=lamp))
    await leaves_nothing(_check_pulse(factory, lamp=lamp))


async def check_output_hardware(factory: Factory, hardware: Hardware) -> None:
    """The promises that only hardware can put to the test; it is plugged in before and after.

    :raises: NotConforming for the first promise that does not hold; the output's own Fault where it fails.
    """
    asked = (lambda output: output.state(), lambda output: output.switch(ON), lambda output: output.pulse(PULSE_MS))
    await check_pulled(_trial(factory), hardware, busy=("on", _switched_on), asked=asked)


async def check_output_fails(factory: Factory, expected: type[Fault]) -> None:
    """An output whose opening fails, such as one that is absent, fails so each time and holds nothing.

    :raises: NotConforming for the first promise that does not hold.
    """
    check_output_facts(factory())
    await check_opening(_trial(factory), expected)


def check_output_facts(output: Output) -> None:
    """Facts and resting states are there before the output is opened, and of its kind. :raises: NotConforming."""
    demand(isinstance(output, Output), "an output has facts, resting, opened, state, switch and pulse")
    check_held_facts(output.facts, again=output.facts)
    demand(output.facts.kind in OUTPUTS, "the kind is one that is switched")
    demand(isinstance(output.resting, Resting) and output.resting == output.resting, "the resting states are fixed")


def _trial(factory: Factory) -> Trial[Output]:
    verbs = {
        "looking": lambda output: output.state(),
        "switching": lambda output: output.switch(ON),
        "a pulse": lambda output: output.pulse(PULSE_MS),
    }
    return Trial(factory, "line", verbs=verbs, use=_switched)


async def _switched(output: Output) -> None:
    """What is switched on is on, and then off again."""
    for state in (ON, OFF):
        await output.switch(state)
        demand(await output.state() is state, "it does what it is switched to")


@asynccontextmanager
async def _switched_on(output: Output) -> AsyncIterator[None]:
    await output.switch(ON)
    yield


async def _check_first_state(factory: Factory) -> None:
    for _ in range(2):
        output = factory()
        async with output.opened():
            for wrong_ms in (0, -1, PULSE_MS_MAX + 1):
                await refused(output.pulse(wrong_ms), "a pulse has a length that it can have")
            demand(await output.state() is output.resting.at_start, "what is refused switches nothing")
            await output.switch(ON)


async def _check_resting(factory: Factory, *, lamp: Lamp, left_on: bool) -> None:
    output = factory()
    left = ON if left_on else OFF
    try:
        async with output.opened():
            demand(lamp() is await output.state() is output.resting.at_start, "it opens in its first state")
            await output.switch(left)
            raise Stopped
    except Stopped:
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
            await _comes_on(output, lamp=lamp)
            await refused(output.pulse(PULSE_MS), "one pulse at a time")
            demand(lamp() is ON, "a pulse that is refused does not end the other")
        demand(lamp() is OFF, "a pulse that is cancelled ends off")
        await output.pulse(PULSE_MS)


async def _comes_on(output: Output, *, lamp: Lamp) -> None:
    """As soon as it can: an output in the network takes a moment."""
    try:
        async with asyncio.timeout(ANSWER_LIMIT_S):
            while lamp() is not ON:
                await output.state()
                await asyncio.sleep(0)
    except TimeoutError:
        raise NotConforming("The driver does not keep a promise: a pulse is on while it lasts.") from None
