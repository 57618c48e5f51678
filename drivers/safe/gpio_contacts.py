"""The safe's contacts on GPIO lines, by gpiozero: door, lock, tamper loop, vibration, on a Pi or any PC's GPIO chip.

Hardware: any contact, or any sensor with a relay or an open collector at its output; how to wire it is in `wiring`.
Firmware: none. Protocol: levels and edges of the kernel's GPIO; a line's edges are read in a thread of the pin factory.

Quirks: lines are on 3.3 V and take no more. A long wire wants a resistor outside the chip and a capacitor. GPIO2 and
GPIO3 of a Raspberry Pi have pull-ups of their own and fail the self-test's change of pull: use others. A chip without
pulls of its own accepts them and does nothing, so that every open line floats there: use resistors outside.

Self-test, at each opening: every line is read under the chip's pull up and under its pull down. What should be held and
follows the pull is `floating`; what is held where its contact cannot hold it is `held`. A contact that is open cannot
be told from a cut wire by one line: that is its normally closed wiring's work, or a pair's.

Each line is also read every `check_s`: for edges that were lost, as proof of life, and to notice that a chip is gone.
Nothing is proven on metal; proven against gpiozero's mock pins, an emulated chip, and gpio-sim of Linux 6.1 in a
virtual machine (there over lgpio too).
"""

import asyncio
import contextlib
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Final, Protocol

from gpiozero import InputDevice
from gpiozero.pins import Factory
from pydantic import Field

from drivers.contract import DeviceKind, Facts, Fault, OptionsFault
from drivers.contract import Options as DriverOptions
from drivers.contract.watch import Reading
from drivers.safe.contact import Contact
from drivers.safe.watching import ContactWatch, Edge
from drivers.safe.wiring import Levels, Pull, WiredContact
from drivers.transport.gpio import PINS, PinOptions, PinsInUse, pin_faults
from drivers.world.clock import MonotonicClock

PULL_SETTLES_S: Final = 0.005
"""A pull of 50 kilohm on 10 nF of cable has long settled after so long."""

EDGE_AGE_MAX_S: Final = 10.0
"""An edge that seems older has its time from another clock (old kernels: the wall's); then it is when it arrived."""


class Options(DriverOptions):
    """Which contacts there are, and where."""

    contacts: dict[str, WiredContact] = Field(min_length=1, max_length=64)
    """The contacts, by names of the installer's."""
    pins: PinOptions = PinOptions()
    """Where the lines are looked for."""
    check_s: float = Field(default=2.0, ge=0.05, le=60)
    """How often every line is read though nothing stirred."""


class GpioContacts(ContactWatch):
    """Contacts on lines of one pin factory."""

    def __init__(self, options: Options, *, clock: MonotonicClock, pins: PinsInUse = PINS) -> None:
        """:param clock: the machine's monotonic clock. :param pins: where pin factories come from.

        :raises: OptionsFault for an end-of-line resistor.
        """
        super().__init__(lease="gpio-contacts", clock=clock)
        for name, wired in options.contacts.items():
            if wired.wiring == "end-of-line":
                raise OptionsFault(
                    f"The contact {name!r} has an end-of-line resistor, which a GPIO line cannot read: "
                    "wire it as a pair, or put a supervised loop module between."
                )
        self._options, self._pins = options, pins
        self._factory: Factory | None = None
        self._lines: dict[str, list[_Line]] = {}
        self._came: list[Edge] = []
        self._check_ns = 0

    @property
    def facts(self) -> Facts:
        """Contacts say nothing of themselves."""
        return Facts(
            kind=DeviceKind.SAFE,
            make="",
            model="GPIO contacts",
            serial="",
            firmware="",
            certified=False,
            simulated=False,
        )

    async def _open(self) -> None:
        self._factory = self._pins.take(self._options.pins)
        with pin_faults():
            for name, wired in self._options.contacts.items():
                self._lines[name] = []
                for line, pull in wired.lines:
                    self._lines[name].append(_Line(line, pull, factory=self._factory))
            up, down = await self._levels_under("up"), await self._levels_under("down")
            await self._restore_pulls()
            self._listen()
            now_ns = self._clock.monotonic_ns()
            self._begin(
                Contact(name, wired, found=wired.state_of(self._levels(name)), at_ns=now_ns)
                for name, wired in self._options.contacts.items()
            )
        self._check_ns = now_ns + self._check_every_ns
        for name, wired in self._options.contacts.items():
            flaw = wired.flaw_of(up[name], down[name])
            self._seen += [] if flaw is None else self._contacts[name].flaw(flaw, now_ns)

    async def _close(self) -> None:
        for line in self._all_lines():
            with contextlib.suppress(Fault), pin_faults():
                line.close()
        self._lines.clear()
        self._came.clear()
        self._forget()
        if self._factory is not None:
            self._factory = None
            with contextlib.suppress(Fault):
                self._pins.give_back(self._options.pins)

    async def _readings(self) -> tuple[Reading, ...]:
        self._check_ns = 0
        return await super()._readings()

    def _edges(self, now_ns: int) -> Iterable[Edge]:
        due = now_ns >= self._check_ns
        if due:
            with pin_faults():
                for line in self._all_lines():
                    line.level = line.read()
            self._check_ns = now_ns + self._check_every_ns
        came, self._came = self._came, []
        if due:
            came += [
                Edge(name, wired.state_of(self._levels(name)), now_ns) for name, wired in self._options.contacts.items()
            ]
        return came

    def _looks_ns(self) -> int | None:
        return self._check_ns

    @property
    def _check_every_ns(self) -> int:
        return int(self._options.check_s * 1e9)

    def _all_lines(self) -> Iterator["_Line"]:
        return (line for lines in self._lines.values() for line in lines)

    def _levels(self, name: str) -> Levels:
        return tuple(line.level for line in self._lines[name])

    async def _levels_under(self, pull: Pull) -> dict[str, Levels]:
        for line in self._all_lines():
            line.pull(pull)
        await asyncio.sleep(PULL_SETTLES_S)
        return {name: tuple(line.read() for line in lines) for name, lines in self._lines.items()}

    async def _restore_pulls(self) -> None:
        for line in self._all_lines():
            line.pull(line.usual_pull)
        await asyncio.sleep(PULL_SETTLES_S)

    def _listen(self) -> None:
        """First listened, then read: an edge between the two is told twice, and never lost."""
        loop = asyncio.get_running_loop()
        for name, lines in self._lines.items():
            for line in lines:
                arrived = partial(self._arrived, name, line)
                line.listen(partial(_call_in, loop, arrived))
        for line in self._all_lines():
            line.level = line.read()

    def _arrived(self, name: str, line: "_Line", *, ticks: float, level: int) -> None:
        if name not in self._contacts or self._factory is None:
            # it was on its way when the lines were closed
            return
        now_ns = self._clock.monotonic_ns()
        age_s = self._factory.ticks_diff(self._factory.ticks(), ticks)
        line.level = level
        at_ns = now_ns - int(age_s * 1e9) if 0 <= age_s <= EDGE_AGE_MAX_S else now_ns
        self._came.append(Edge(name, self._options.contacts[name].state_of(self._levels(name)), at_ns))
        self._stirred.set()


class Heard(Protocol):
    """Takes an edge."""

    def __call__(self, *, ticks: float, level: int) -> None:
        """An edge at this time of the factory's, and the level after it."""
        ...


def _call_in(loop: asyncio.AbstractEventLoop, heard: Heard, *, ticks: float, level: int) -> None:
    loop.call_soon_threadsafe(partial(heard, ticks=ticks, level=level))


class _Line:
    """One line: a device of gpiozero's, and the level that it was last known to have."""

    def __init__(self, name: str, usual_pull: Pull, *, factory: Factory) -> None:
        self.usual_pull = usual_pull
        self.level = 0
        self._heard: Heard | None = None
        pull_up = {"up": True, "down": False, "floating": None}[usual_pull]
        active = True if pull_up is None else None
        self._device = InputDevice(name, pull_up=pull_up, active_state=active, pin_factory=factory)

    def read(self) -> int:
        return int(bool(self._device.pin.state))

    def pull(self, pull: Pull) -> None:
        self._device.pin.pull = pull

    def listen(self, heard: "Heard") -> None:
        """Call back, in a thread of the factory's, with the factory's time of each edge and the level after it."""
        self._heard = heard
        self._device.pin.edges = "both"
        # gpiozero holds this weakly
        self._device.pin.when_changed = self._changed

    def _changed(self, ticks: float, level: int) -> None:
        if self._heard is not None:
            self._heard(ticks=ticks, level=level)

    def close(self) -> None:
        self._heard = None
        self._device.close()
