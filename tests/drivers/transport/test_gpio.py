import errno
import os
import time

import pytest
from gpiozero.exc import GPIOPinInUse, PinFixedPull
from gpiozero.pins import Factory

from drivers.contract import BusyFault, Fault, GoneFault, OptionsFault
from drivers.transport.gpio import PinOptions, PinsInUse, make_pins, on_a_pi, pin_faults
from drivers.transport.gpiod_pins import GpiodFactory
from tests.emulators.gpio_chip import EmulatedChip, Machine

elsewhere = pytest.mark.skipif(on_a_pi(), reason="this is a Raspberry Pi")


def test_two_drivers_share_one_factory_and_the_last_closes_it() -> None:
    chip = EmulatedChip("DOOR", now_ns=time.monotonic_ns)
    machine = Machine(chip)
    pins = PinsInUse(lambda _: GpiodFactory(paths=machine.paths, opener=machine.opener))
    first, second = pins.take(PinOptions()), pins.take(PinOptions())
    assert first is second
    assert pins.take(PinOptions(chip="gpiochip1")) is not first
    first.pin("DOOR")
    pins.give_back(PinOptions())
    assert len(chip.requests) == 1
    pins.give_back(PinOptions())
    assert chip.requests == []
    assert pins.take(PinOptions()) is not first
    for options in (PinOptions(), PinOptions(chip="gpiochip1")):
        pins.give_back(options)


def test_a_factory_that_cannot_be_made_is_held_by_nobody() -> None:
    tries: list[PinOptions] = []

    def make(options: PinOptions) -> Factory:
        tries.append(options)
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    pins = PinsInUse(make)
    for _ in range(2):
        with pytest.raises(GoneFault, match="group"):
            pins.take(PinOptions())
    assert len(tries) == 2


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (GPIOPinInUse("GPIO4"), BusyFault),
        (PinFixedPull("GPIO2"), OptionsFault),
        (OSError(errno.EBUSY, "busy"), BusyFault),
        (OSError(errno.ENODEV, "gone"), GoneFault),
        (FileNotFoundError(errno.ENOENT, "gone"), GoneFault),
        (PermissionError(errno.EPERM, "no"), GoneFault),
    ],
)
def test_what_libraries_raise_becomes_a_fault(error: Exception, fault: type[Fault]) -> None:
    with pytest.raises(fault) as caught, pin_faults():
        raise error
    assert caught.value.__suppress_context__


def test_what_is_no_failure_of_pins_passes() -> None:
    with pytest.raises(ZeroDivisionError), pin_faults():
        _ = 1 / 0


@elsewhere
def test_elsewhere_than_on_a_pi_lines_come_from_gpiod() -> None:
    factory = make_pins(PinOptions())
    assert isinstance(factory, GpiodFactory)
    factory.close()


@elsewhere
@pytest.mark.parametrize("chip", ["", "gpiochip0"])
def test_lgpio_elsewhere_is_an_option_that_is_wrong(chip: str) -> None:
    with pytest.raises(OptionsFault):
        PinsInUse(make_pins).take(PinOptions(factory="lgpio", chip=chip))
