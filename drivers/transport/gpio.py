"""Which pin factory a driver's lines come from, one for all drivers of a process, and what its failures are to us.

On a Raspberry Pi gpiozero's own factory over lgpio, which knows the Pi's pins (`GPIO17`, `BOARD11`); elsewhere, or
where the configuration says so, ours over gpiod (lines by name, any chip). The process's user must be in the group that
owns `/dev/gpiochip*`: `gpio` on Raspberry Pi OS, elsewhere what a udev rule says. lgpio makes a file in the folder that
`LG_WD` names, or in the working directory: on a read-only root it must name one under `/run`. In a virtual machine
without acceleration an idle watch took 0.3 % of a core over gpiod and 22 % over lgpio, whose threads never rest.

gpiozero shares its lgpio pins among all factories of a process, so closing one would close another driver's: hence
one factory for all who ask for the same, closed by the last. Source: facts/image-and-hil.md section 3(a).
"""

import errno
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Literal

from gpiozero.exc import GPIOPinInUse, GPIOZeroError, PinUnknownPi
from gpiozero.pins import Factory
from gpiozero.pins.local import get_pi_revision
from pydantic import Field

from drivers.contract import BusyFault, Fault, GoneFault, Options, OptionsFault
from drivers.transport.gpiod_pins import GpiodFactory


class PinOptions(Options):
    """Where lines are looked for."""

    factory: Literal["auto", "lgpio", "gpiod"] = "auto"
    """`lgpio` on a Raspberry Pi, `gpiod` anywhere; unless said, lgpio where this is a Pi."""
    chip: str = Field(default="", max_length=100)
    """The chip that is meant where a line names none: for gpiod its file, path or label, for lgpio its number."""


MakePins = Callable[[PinOptions], Factory]
"""Makes a factory of gpiozero's."""


class PinsInUse:
    """The factories of this process, each with how many drivers hold it."""

    def __init__(self, make: MakePins) -> None:
        """:param make: makes a factory that nobody holds yet."""
        self._make, self._lock = make, threading.Lock()
        self._held: dict[PinOptions, tuple[Factory, int]] = {}

    def take(self, options: PinOptions) -> Factory:
        """The factory for these options. :raises: Fault, when there is none."""
        with self._lock, pin_faults():
            factory, holders = self._held.get(options) or (self._make(options), 0)
            self._held[options] = factory, holders + 1
            return factory

    def give_back(self, options: PinOptions) -> None:
        """Not needed any more; the last who says so closes it."""
        with self._lock:
            factory, holders = self._held.pop(options)
            if holders > 1:
                self._held[options] = factory, holders - 1
                return
            with pin_faults():
                factory.close()


def on_a_pi() -> bool:
    """Whether this machine is a Raspberry Pi."""
    try:
        get_pi_revision()
    except PinUnknownPi:
        return False
    return True


def make_pins(options: PinOptions) -> Factory:
    """A factory by the options. :raises: OptionsFault when lgpio is wanted and cannot be; GPIOZeroError, OSError."""
    if options.factory == "gpiod" or (options.factory == "auto" and not on_a_pi()):
        return GpiodFactory(options.chip)
    if options.chip and not options.chip.isdigit():
        raise OptionsFault("For lgpio the chip is a number.")
    try:
        from gpiozero.pins.lgpio import LGPIOFactory
    except ImportError:
        raise OptionsFault("lgpio is not installed: install it, or set the factory to gpiod.") from None
    return LGPIOFactory(chip=int(options.chip) if options.chip else None)


PINS: Final = PinsInUse(make_pins)
"""This process's pins."""


@contextmanager
def pin_faults() -> Iterator[None]:
    """What gpiozero, gpiod and lgpio raise inside, as our faults. :raises: Fault."""
    try:
        yield
    except GPIOPinInUse:
        raise BusyFault("A GPIO line is in use by another driver already.") from None
    except GPIOZeroError as error:
        raise OptionsFault(f"A GPIO line cannot be used as configured: {error}.") from None
    except OSError as error:
        raise _fault_of(error) from None
    except _lgpio_errors() as error:
        busy = "busy" in str(error)
        raise (BusyFault if busy else GoneFault)(f"The GPIO chip does not answer: {error}.") from None


def _fault_of(error: OSError) -> Fault:
    match error.errno:
        case errno.EBUSY:
            return BusyFault("A GPIO line is in use by another program already.")
        case errno.EACCES | errno.EPERM:
            return GoneFault("The GPIO chip may not be used: the station's user is not in the group that owns it.")
        case _:
            return GoneFault("The GPIO chip is not there any more, or does not answer.")


def _lgpio_errors() -> tuple[type[Exception], ...]:
    """The exception of lgpio's own, where lgpio was ever loaded: it starts threads when it is."""
    loaded = sys.modules.get("lgpio")
    return () if loaded is None else (loaded.error,)
