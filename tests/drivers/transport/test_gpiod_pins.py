"""gpiozero's own devices over our factory and an emulated chip. What a kernel's does: `test_gpio_sim`."""

import queue
import time
from collections.abc import Callable, Iterator

import pytest
from gpiod.line import Bias, Direction, Edge
from gpiozero import DigitalInputDevice, InputDevice, OutputDevice
from gpiozero.exc import GPIOPinInUse, PinInvalidEdges, PinInvalidFunction, PinInvalidPin, PinInvalidPull, PinSetInput

from drivers.transport.gpio_chip import chip_paths
from drivers.transport.gpiod_pins import GpiodFactory
from tests.emulators.gpio_chip import EmulatedChip, Machine


@pytest.fixture
def chip() -> EmulatedChip:
    return EmulatedChip("DOOR", "LOCK", "RELAY", "", now_ns=time.monotonic_ns)


@pytest.fixture
def pins(chip: EmulatedChip) -> Iterator[GpiodFactory]:
    machine = Machine(chip)
    with GpiodFactory(paths=machine.paths, opener=machine.opener) as factory:
        yield factory


class Listener:
    """Keeps what a pin says; pins hold it weakly."""

    def __init__(self) -> None:
        self.heard: queue.Queue[tuple[int, int]] = queue.Queue()

    def changed(self, ticks: int, state: int) -> None:
        self.heard.put((ticks, state))

    def next(self) -> tuple[int, int]:
        return self.heard.get(timeout=5)


def test_a_contact_to_ground_with_a_pull_up(chip: EmulatedChip, pins: GpiodFactory) -> None:
    with InputDevice("DOOR", pull_up=True, pin_factory=pins) as door:
        assert (chip.line("DOOR").direction, chip.line("DOOR").bias) == (Direction.INPUT, Bias.PULL_UP)
        assert not door.is_active
        chip.attach("DOOR", 0)
        assert door.is_active
        assert door.pull_up is True
    assert chip.line("DOOR").holder is None
    assert chip.open_files == 0


def test_edges_reach_gpiozeros_events(chip: EmulatedChip, pins: GpiodFactory) -> None:
    heard: queue.Queue[str] = queue.Queue()
    with DigitalInputDevice("DOOR", pull_up=False, pin_factory=pins) as door:
        door.when_activated = lambda: heard.put("on")
        door.when_deactivated = lambda: heard.put("off")
        for level, word in ((1, "on"), (0, "off"), (1, "on")):
            chip.attach("DOOR", level)
            assert heard.get(timeout=5) == word
        assert 0 <= door.active_time < 5


def test_edges_have_the_kernels_own_time(chip: EmulatedChip, pins: GpiodFactory) -> None:
    listener = Listener()
    with InputDevice("LOCK", pull_up=None, active_state=True, pin_factory=pins) as lock:
        assert chip.line("LOCK").bias is Bias.DISABLED
        lock.pin.when_changed = listener.changed
        assert chip.line("LOCK").edges is Edge.BOTH
        times_ns = [chip.attach("LOCK", level) for level in (1, 0, 1)]
        assert [listener.next() for _ in times_ns] == list(zip(times_ns, (1, 0, 1), strict=True))
        lock.pin.edges = "falling"
        chip.attach("LOCK", 0)
        chip.attach("LOCK", 1)
        assert listener.next()[1] == 0
        lock.pin.when_changed = None
        assert chip.line("LOCK").edges is Edge.NONE
        assert listener.heard.empty()
    assert pins.ticks_diff(2_500_000_000, 1_000_000_000) == 1.5


def test_a_handler_that_is_gone_is_not_called(chip: EmulatedChip, pins: GpiodFactory) -> None:
    pin, other = pins.pin("LOCK"), Listener()
    pin.input_with_pull("down")
    pin.when_changed = Listener().changed
    assert pin.when_changed is None
    chip.attach("LOCK", 1)
    door = pins.pin("DOOR")
    door.input_with_pull("down")
    door.when_changed = other.changed
    chip.attach("DOOR", 1)
    assert other.next()[1] == 1


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("active_high", [True, False])
def test_an_output_never_shows_another_level_first(
    chip: EmulatedChip, pins: GpiodFactory, first: bool, active_high: bool
) -> None:
    relay = OutputDevice("RELAY", active_high=active_high, initial_value=first, pin_factory=pins)
    relay.on()
    relay.off()
    assert chip.line("RELAY").shown == [int(value == active_high) for value in (first, True, False)]
    relay.close()
    assert chip.line("RELAY").direction is Direction.INPUT


def test_an_output_taken_over_as_it_is_keeps_its_level(chip: EmulatedChip, pins: GpiodFactory) -> None:
    chip.line("RELAY").direction, chip.line("RELAY").output = Direction.OUTPUT, 1
    with OutputDevice("RELAY", initial_value=None, pin_factory=pins) as relay:
        assert relay.value == 1
        assert relay.pin.function == "output"


def test_a_level_that_was_set_outlives_other_changes(chip: EmulatedChip, pins: GpiodFactory) -> None:
    relay = pins.pin("RELAY")
    relay.output_with_state(False)
    relay.state = 1
    relay.bounce = 0.5
    assert relay.bounce == 0.5
    assert chip.line("RELAY").level == 1


def test_one_line_is_one_pin_and_one_device(pins: GpiodFactory) -> None:
    assert pins.pin("DOOR") is pins.pin("0") is pins.pin("gpiochip0/DOOR") is pins.pin("emulated/0")
    with InputDevice("DOOR", pin_factory=pins), pytest.raises(GPIOPinInUse):
        InputDevice("gpiochip0/0", pin_factory=pins)
    with InputDevice("gpiochip0/0", pin_factory=pins):
        pass


def test_a_line_of_another_process_is_busy(chip: EmulatedChip, pins: GpiodFactory) -> None:
    other = Machine(chip)
    theirs = GpiodFactory(paths=other.paths, opener=other.opener)
    theirs.pin("DOOR")
    with pytest.raises(OSError, match="busy"):
        InputDevice("DOOR", pin_factory=pins)
    theirs.close()
    with InputDevice("DOOR", pin_factory=pins):
        pass


@pytest.mark.parametrize("name", ["", "BELL", "4", "gpiochip1/DOOR", "gpiochip0/", "emulated/BELL", "-1", "²"])
def test_a_line_that_there_is_not_is_refused(pins: GpiodFactory, name: str) -> None:
    with pytest.raises(PinInvalidPin, match="no line"):
        pins.pin(name)


def test_of_several_chips_one_must_be_meant() -> None:
    chips = [EmulatedChip("DOOR", now_ns=time.monotonic_ns, path=f"/dev/gpiochip{number}") for number in (0, 1)]
    machine = Machine(*chips)
    with GpiodFactory(paths=machine.paths, opener=machine.opener) as pins:
        for name in ("DOOR", "0"):
            with pytest.raises(PinInvalidPin, match="several"):
                pins.pin(name)
        pins.pin("/dev/gpiochip1/DOOR")
    assert [chip.open_files for chip in chips] == [0, 0]
    with GpiodFactory("gpiochip1", paths=machine.paths, opener=machine.opener) as pins:
        assert repr(pins.pin("DOOR")) == "/dev/gpiochip1/0"


def _set(name: str, value: object) -> Callable[[object], None]:
    return lambda pin: setattr(pin, name, value)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (_set("pull", "sideways"), PinInvalidPull),
        (_set("function", "dance"), PinInvalidFunction),
        (_set("edges", "some"), PinInvalidEdges),
        (_set("state", 1), PinSetInput),
        (_set("bounce", -1), ValueError),
    ],
)
def test_what_a_pin_cannot_do_is_refused(
    pins: GpiodFactory, change: Callable[[object], None], error: type[Exception]
) -> None:
    with pytest.raises(error):
        change(pins.pin("DOOR"))


def test_a_chip_that_is_unplugged_cannot_be_read_and_everything_can_still_be_closed(
    chip: EmulatedChip, pins: GpiodFactory
) -> None:
    listener = Listener()
    door = InputDevice("DOOR", pull_up=True, pin_factory=pins)
    door.pin.when_changed = listener.changed
    chip.unplug()
    with pytest.raises(OSError, match="No such device"):
        _ = door.value
    door.close()
    assert chip.requests == []
    with pytest.raises(PinInvalidPin):
        pins.pin("LOCK")


@pytest.mark.parametrize("keeps", [True, False])
def test_a_process_that_dies_leaves_the_level_to_the_chip(keeps: bool) -> None:
    chip = EmulatedChip("RELAY", now_ns=time.monotonic_ns, keeps_outputs=keeps)
    machine = Machine(chip)
    pins = GpiodFactory(paths=machine.paths, opener=machine.opener)
    OutputDevice("RELAY", initial_value=True, pin_factory=pins)
    chip.kill_holders()
    assert chip.line("RELAY").level == int(keeps)
    pins.close()


def test_the_chips_of_this_machine_are_files() -> None:
    assert all(path.startswith("/dev/gpiochip") for path in chip_paths())
