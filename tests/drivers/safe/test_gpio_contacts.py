"""The contacts' driver over gpiozero's mock pins, and over our pin factory and an emulated chip."""

import asyncio
import time

import pytest

from drivers.contract import BusyFault, DeviceKind, GoneFault, OptionsFault, OrderFault
from drivers.contract.watch import Flaw, FlawBegan, Sighting, State, StateSeen
from drivers.contract.watch_conformance import check_watch, check_watch_fails
from drivers.registry import make_watch
from drivers.safe.gpio_contacts import GpioContacts, Options
from drivers.transport.gpio import PinsInUse
from drivers.transport.gpiod_pins import GpiodFactory
from tests.drivers.gpio_benches import CONTACTS, QUICK, ContactWires
from tests.drivers.real_clock import RealClock
from tests.drivers.wired_pins import wired_pins
from tests.emulators.gpio_chip import EmulatedChip, Machine

CLOCK = RealClock()
NAMES = ("DOOR", "LOOP", "BACK", "SHOCK")


@pytest.fixture
def bench() -> ContactWires:
    return ContactWires()


async def _seen(watch: GpioContacts, count: int) -> list[Sighting]:
    async with asyncio.timeout(5):
        return [await watch.notice() for _ in range(count)]


async def _state(watch: GpioContacts) -> tuple[str, State, int]:
    (seen,) = await _seen(watch, 1)
    assert isinstance(seen, StateSeen)
    return seen.contact, seen.state, seen.at_ns


async def test_it_conforms_on_a_chip(bench: ContactWires) -> None:
    await check_watch(bench.device, now_ns=CLOCK.monotonic_ns)
    assert bench.chip.requests == []
    assert bench.chip.open_files == 0


async def test_it_conforms_on_gpiozeros_mock_pins() -> None:
    contacts = {"door": {"role": "door", "line": "GPIO17"}, "lock": {"role": "lock", "line": "BOARD15"}}
    options = Options.model_validate({"contacts": contacts})
    pins = PinsInUse(lambda _: wired_pins(GPIO17=0, GPIO22=0))
    await check_watch(lambda: GpioContacts(options, clock=CLOCK, pins=pins), now_ns=CLOCK.monotonic_ns)


async def test_mock_pins_bounce_and_the_door_is_open_once() -> None:
    factory = wired_pins(GPIO17=0)
    options = Options.model_validate({"contacts": {"door": {"role": "door", "line": "GPIO17", **QUICK}}})
    watch = GpioContacts(options, clock=CLOCK, pins=PinsInUse(lambda _: factory))
    async with watch.opened():
        assert (await _state(watch))[:2] == ("door", State.CLOSED)
        before_ns = time.monotonic_ns()
        for level in (1, 0, 1):
            factory.pin("GPIO17").drive(level)
        after_ns = time.monotonic_ns()
        contact, state, at_ns = await _state(watch)
        (reading,) = await watch.readings()
    assert (contact, state, reading.state) == ("door", State.OPEN, State.OPEN)
    # the mock's time has the precision of a float of seconds
    assert before_ns - 100_000 <= at_ns <= after_ns + 100_000


async def test_what_was_found_comes_first(bench: ContactWires) -> None:
    bench.chip.attach("BACK", None)
    async with (watch := bench.device()).opened():
        found = await _seen(watch, 3)
    assert [(one.contact, one.state, one.first) for one in found if isinstance(one, StateSeen)] == [
        ("safe-door", State.CLOSED, True),
        ("loop", State.CUT, True),
        ("shock", State.STILL, True),
    ]


async def test_an_opened_door_has_the_time_of_the_kernels_first_edge(bench: ContactWires) -> None:
    async with (watch := bench.device("safe-door")).opened():
        await _seen(watch, 1)
        opened_ns = bench.chip.attach("DOOR", None)
        bench.chip.attach("DOOR", 0)
        bench.chip.attach("DOOR", None)
        contact, state, at_ns = await _state(watch)
        assert (contact, state) == ("safe-door", State.OPEN)
        assert abs(at_ns - opened_ns) < 1_000_000
        closed_ns = bench.chip.attach("DOOR", 0)
        contact, state, at_ns = await _state(watch)
        assert (contact, state) == ("safe-door", State.CLOSED)
        assert abs(at_ns - closed_ns) < 1_000_000


@pytest.mark.parametrize(
    ("loop", "back", "state"),
    [(1, None, State.CUT), (0, 0, State.SHORTED), (0, 1, State.CONTRADICTORY)],
)
async def test_a_loop_tells_a_cut_from_a_short(bench: ContactWires, loop: int, back: int | None, state: State) -> None:
    async with (watch := bench.device("loop")).opened():
        await _seen(watch, 1)
        bench.chip.attach("LOOP", loop)
        bench.chip.attach("BACK", back)
        assert (await _state(watch))[1] is state
        bench.chip.attach("LOOP", 1)
        bench.chip.attach("BACK", 1)
        assert (await _state(watch))[1] is State.INTACT


async def test_a_shock_is_told_at_once(bench: ContactWires) -> None:
    async with (watch := bench.device("shock")).opened():
        await _seen(watch, 1)
        shaken_ns = bench.chip.attach("SHOCK", 0)
        bench.chip.attach("SHOCK", None)
        assert [(await _state(watch))[1] for _ in range(2)] == [State.SHAKEN, State.STILL]
        assert (await watch.readings())[0].changed_ns >= shaken_ns


async def test_an_edge_that_was_lost_is_found_by_the_next_check(bench: ContactWires) -> None:
    async with (watch := bench.device("safe-door", check_s=0.05)).opened():
        await _seen(watch, 1)
        # no edge reaches anybody
        bench.chip.line("DOOR").attached = None
        assert (await _state(watch))[1] is State.OPEN


async def test_reading_reads_the_lines_now(bench: ContactWires) -> None:
    async with (watch := bench.device("shock", check_s=60)).opened():
        (first,) = await watch.readings()
        bench.chip.line("SHOCK").attached = 0
        (second,) = await watch.readings()
    assert (first.state, second.state) == (State.STILL, State.SHAKEN)
    assert second.alive_ns > first.alive_ns


@pytest.mark.parametrize(
    ("name", "attached", "flaw"),
    [("DOOR", 1, Flaw.HELD), ("LOOP", None, Flaw.FLOATING)],
)
async def test_the_self_test_finds_wires_that_are_wrong(
    bench: ContactWires, name: str, attached: int | None, flaw: Flaw
) -> None:
    bench.chip.attach(name, attached)
    contact = "safe-door" if name == "DOOR" else "loop"
    async with (watch := bench.device(contact)).opened():
        first, second = await _seen(watch, 2)
        (reading,) = await watch.readings()
    assert isinstance(first, StateSeen)
    assert isinstance(second, FlawBegan)
    assert (second.contact, second.flaw, reading.flaws) == (contact, flaw, frozenset({flaw}))


async def test_the_self_test_leaves_no_edges_and_the_usual_pulls(bench: ContactWires) -> None:
    async with (watch := bench.device()).opened():
        await _seen(watch, 3)
        assert [bench.chip.line(name).bias.name for name in NAMES] == ["PULL_UP", "DISABLED", "PULL_DOWN", "PULL_UP"]
        async with asyncio.timeout(5):
            # what comes next is what was done next, and no edge of the self-test's own
            bench.chip.attach("DOOR", None)
            assert (await _state(watch))[0] == "safe-door"


async def test_a_chip_that_is_unplugged_is_gone_and_closing_works_and_it_may_come_back(bench: ContactWires) -> None:
    watch = bench.device("safe-door", check_s=0.05)
    async with watch.opened():
        await _seen(watch, 1)
        bench.chip.unplug()
        for _ in range(2):
            with pytest.raises(GoneFault):
                await _seen(watch, 1)
            with pytest.raises(GoneFault):
                await watch.readings()
    with pytest.raises(OrderFault):
        await watch.notice()
    assert bench.chip.requests == []
    bench.chip.replug()
    async with watch.opened():
        await _seen(watch, 1)


async def test_a_line_that_somebody_else_holds_is_busy_and_all_others_are_given_back(bench: ContactWires) -> None:
    request = bench.chip.open().request_lines({2: None}, "another program")
    await check_watch_fails(bench.device, BusyFault)
    assert bench.chip.requests == [request]
    request.release()


async def test_a_line_that_there_is_not_is_an_option_that_is_wrong(bench: ContactWires) -> None:
    contacts = {"door": {"role": "door", "line": "CELLAR"}}
    await check_watch_fails(lambda: bench.device(contacts=contacts), OptionsFault)


def test_an_end_of_line_resistor_is_refused_with_what_to_do_instead(bench: ContactWires) -> None:
    contacts = {"loop": {"role": "tamper", "line": "LOOP", "wiring": "end-of-line"}}
    with pytest.raises(OptionsFault, match="supervised loop module"):
        bench.device(contacts=contacts)


async def test_an_edge_from_another_clock_is_as_late_as_it_arrives() -> None:
    chip = EmulatedChip("DOOR", now_ns=time.time_ns)
    machine = Machine(chip)
    chip.attach("DOOR", 0)
    pins = PinsInUse(lambda _: GpiodFactory(paths=machine.paths, opener=machine.opener))
    contacts = {"safe-door": CONTACTS["safe-door"]}
    door = GpioContacts(Options.model_validate({"contacts": contacts}), clock=CLOCK, pins=pins)
    async with (watch := door).opened():
        await _seen(watch, 1)
        before_ns = time.monotonic_ns()
        chip.attach("DOOR", None)
        assert before_ns <= (await _state(watch))[2] <= time.monotonic_ns()


async def test_the_registry_makes_it_and_a_machine_without_such_a_line_says_so() -> None:
    options = {"contacts": {"door": {"role": "door", "line": "no-such-chip/DOOR"}}, "pins": {"factory": "gpiod"}}
    watch = make_watch(DeviceKind.SAFE, "gpio", options=options, clock=CLOCK)
    assert isinstance(watch, GpioContacts)
    await check_watch_fails(lambda: make_watch(DeviceKind.SAFE, "gpio", options=options, clock=CLOCK), OptionsFault)
