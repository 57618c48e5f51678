"""Emulated GPIO chips with wires on their lines, and the drivers of contacts and relays over them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from drivers.contract import OptionsFault
from drivers.contract.hardware_conformance import Hardware
from drivers.contract.output import OutputState
from drivers.relay.gpio import GpioRelay
from drivers.relay.gpio import Options as RelayOptions
from drivers.safe.gpio_contacts import GpioContacts, Options
from drivers.transport.gpio import PinsInUse
from drivers.transport.gpiod_pins import GpiodFactory
from tests.drivers.real_clock import RealClock
from tests.drivers.ticks import Ticks
from tests.emulators.gpio_chip import EmulatedChip, Machine

QUICK = {"debounce_ms": 5}
CONTACTS = {
    "safe-door": {"role": "door", "line": "DOOR", **QUICK},
    "loop": {"role": "tamper", "wiring": "pair", "line": "LOOP", "return_line": "BACK", **QUICK},
    "shock": {"role": "vibration", "line": "SHOCK", "normally": "open", **QUICK},
}


class Wires:
    """A chip, and the pins over it."""

    def __init__(self, chip: EmulatedChip) -> None:
        self.chip = chip
        machine = Machine(chip)
        self.pins = PinsInUse(lambda _: GpiodFactory(paths=machine.paths, opener=machine.opener))

    def hardware(self) -> Hardware:
        """What can be done to the chip; another program takes its last line."""
        chip = self.chip

        @contextmanager
        def seized() -> Iterator[None]:
            other = chip.open()
            request = other.request_lines({len(chip.lines) - 1: None}, "somebody else")
            yield
            request.release()
            other.close()

        return Hardware(chip.unplug, chip.replug, seized, lambda: chip.open_files + len(chip.requests), OptionsFault)


class ContactWires(Wires):
    """All is well: the door's contact holds its line low, the loop is fed and closed, the shock sensor's is open."""

    def __init__(self) -> None:
        chip = EmulatedChip("DOOR", "LOOP", "BACK", "SHOCK", now_ns=time.monotonic_ns)
        for name, level in (("DOOR", 0), ("LOOP", 1), ("BACK", 1)):
            chip.attach(name, level)
        super().__init__(chip)

    def device(self, *names: str, **options: object) -> GpioContacts:
        contacts = {name: CONTACTS[name] for name in names or CONTACTS}
        read = Options.model_validate({"contacts": contacts, **options})
        return GpioContacts(read, clock=RealClock(), pins=self.pins)


class RelayWires(Wires):
    """A lamp's line, and the relay's."""

    def __init__(self, *, keeps_outputs: bool = True) -> None:
        super().__init__(EmulatedChip("LAMP", "RELAY", now_ns=time.monotonic_ns, keeps_outputs=keeps_outputs))

    def relay(self, **options: object) -> GpioRelay:
        return GpioRelay(RelayOptions.model_validate({"line": "RELAY", **options}), clock=Ticks(), pins=self.pins)

    def lamp(self, *, active: str = "high") -> OutputState:
        """What it does, seen from outside."""
        return OutputState.ON if self.chip.line("RELAY").level == int(active == "high") else OutputState.OFF
