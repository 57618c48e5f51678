"""A relay on a GPIO line, by gpiozero: a video recorder's alarm input, a lamp, a lock; on a Pi or any PC's GPIO chip.

Hardware: a relay module with a driver of its own (a GPIO line gives 3.3 V and a few milliamperes, no coil's current).
For a recorder: the relay's dry contact into its alarm input; which recording it makes then is the recorder's setting.
Firmware and protocol: none.

What becomes of the line, which is no more than what the kernel promises:

* at start: in `at_start` from the first moment on, over gpiod. gpiozero's lgpio factory makes the line an output at low
  and then sets it: where low is on, an instant of on comes first; set `pins.factory = "gpiod"` there, also on a Pi.
* at shutdown, after an exception, and at a signal that ends the process in order: `at_close`, then released.
* after a crash (killed, out of memory, power): the kernel releases the line, and nobody drives it any more. Whether
  it keeps its level or becomes an input is the chip's affair. So choose `active` and the board's resistor such that a
  line that nobody drives is the safe state; nothing in software can promise it. `at_close = "hold"` promises no more:
  the line is released as it is.

Source: facts/face-cctv-console.md section 5 (dry contact into the recorder's alarm input); libgpiod's maintainer in
github.com/brgl/libgpiod/issues/40 and /32 (a released line is no longer the process's). Proven against an emulated
chip, and on gpio-sim of Linux 6.1 in a virtual machine, where a killed process's line went to its pull; not on metal.
"""

import contextlib
from typing import Literal

from gpiozero import OutputDevice
from gpiozero.pins import Factory
from pydantic import Field

from drivers.contract import DeviceKind, Facts, Fault, GoneFault
from drivers.contract.output import Crashed, HeldOutput, OutputState, Parting, Resting
from drivers.relay.resting import RestingOptions
from drivers.transport.gpio import PINS, PinOptions, PinsInUse, pin_faults
from drivers.world.clock import MonotonicClock


class Options(RestingOptions):
    """Where the relay is, and what is on."""

    line: str = Field(min_length=1, max_length=200)
    """The line: `RELAY`, `gpiochip1/17`, on a Raspberry Pi also `GPIO17`."""
    active: Literal["high", "low"] = "high"
    """The line's level when the output is on."""
    pins: PinOptions = PinOptions()
    """Where the line is looked for."""


class GpioRelay(HeldOutput):
    """One line of a pin factory, as an output."""

    def __init__(
        self,
        options: Options,
        *,
        clock: MonotonicClock,  # noqa: ARG002 (every driver is given one; a line needs none)
        pins: PinsInUse = PINS,
    ) -> None:
        """:param pins: where pin factories come from."""
        super().__init__(lease=f"gpio-relay-{options.pins.chip}-{options.line}")
        self._options, self._pins = options, pins
        self._factory: Factory | None = None
        self._device: OutputDevice | None = None

    @property
    def facts(self) -> Facts:
        """A relay says nothing of itself."""
        return Facts(
            kind=DeviceKind.RELAY, make="", model="GPIO relay", serial="", firmware="", certified=False, simulated=False
        )

    @property
    def resting(self) -> Resting:
        """What the options say, and what the kernel does."""
        options = self._options
        return Resting(options.at_start, at_close=options.at_close, after_crash=Crashed.RELEASED)

    async def _open(self) -> None:
        self._factory = self._pins.take(self._options.pins)
        with pin_faults():
            self._device = OutputDevice(
                self._options.line,
                active_high=self._options.active == "high",
                initial_value=self._options.at_start is OutputState.ON,
                pin_factory=self._factory,
            )

    async def _close(self) -> None:
        if self._device is not None:
            if self._options.at_close is not Parting.HOLD:
                with contextlib.suppress(Fault):
                    await self._drive(OutputState(self._options.at_close))
            with contextlib.suppress(Fault), pin_faults():
                self._device.close()
            self._device = None
        if self._factory is not None:
            self._factory = None
            with contextlib.suppress(Fault):
                self._pins.give_back(self._options.pins)

    async def _drive(self, state: OutputState) -> None:
        with pin_faults():
            self._held().value = state is OutputState.ON

    async def _read(self) -> OutputState:
        with pin_faults():
            return OutputState.ON if self._held().value else OutputState.OFF

    def _held(self) -> OutputDevice:
        if self._device is None:
            raise GoneFault("The relay's line is not held.")
        return self._device
