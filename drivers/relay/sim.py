"""A simulated relay: remembers what it was switched to. No hardware, no firmware, no protocol."""

from drivers.contract import DeviceKind, Facts, pretended
from drivers.contract.output import Crashed, HeldOutput, OutputState, Parting, Resting
from drivers.relay.resting import RestingOptions
from drivers.world.clock import MonotonicClock


class Options(RestingOptions):
    """Nothing but the states at the beginning and at the end."""


class SimRelay(HeldOutput):
    """Switches nothing."""

    def __init__(self, options: Options, *, clock: MonotonicClock) -> None:
        """:param clock: gives each change its time."""
        super().__init__(lease="sim-relay")
        self._options, self._clock = options, clock
        self.lamp = OutputState.OFF
        """What a lamp on its contact shows, also after it was closed."""
        self.switched: list[tuple[int, OutputState]] = []
        """Every change, with the clock's reading in nanoseconds."""

    @property
    def facts(self) -> Facts:
        """A simulated relay."""
        return pretended(DeviceKind.RELAY, "simulated relay")

    @property
    def resting(self) -> Resting:
        """What the options say; nothing is left of it after a crash."""
        options = self._options
        return Resting(options.at_start, at_close=options.at_close, after_crash=Crashed.OFF)

    async def _open(self) -> None:
        await self._drive(self._options.at_start)

    async def _close(self) -> None:
        if self._options.at_close is not Parting.HOLD:
            await self._drive(OutputState(self._options.at_close))

    async def _drive(self, state: OutputState) -> None:
        if state is not self.lamp:
            self.switched.append((self._clock.monotonic_ns(), state))
        self.lamp = state

    async def _read(self) -> OutputState:
        return self.lamp
