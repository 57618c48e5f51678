"""A simulated surveillance camera with a recorder in it, on the station's clock. No hardware, no firmware, no protocol.

What is modelled: pictures at an even rate with key pictures among them, a clock that is off by a constant, stretches
that were recorded, things that are noticed by a script, and an end of the stream.
"""

import asyncio
from datetime import timedelta
from typing import Final

from pydantic import AwareDatetime, Field

from drivers.contract import DeviceKind, Facts, GoneFault
from drivers.contract import Options as DriverOptions
from drivers.contract.cctv import (
    Ability,
    Arrival,
    ClockDifference,
    ClockSource,
    Delivery,
    HeldCctv,
    Noticed,
    Recorded,
    Sighting,
    Span,
    Stream,
)
from drivers.world.clock import StationClock

KEPT: Final = 256
"""Of pictures that nobody takes so many are remembered."""

_KEY_BYTES, _OTHER_BYTES = 48_000, 6_000


class Event(DriverOptions):
    """One line of the script."""

    at_ms: int = Field(ge=0, le=366 * 86_400_000)
    """When, counted from the opening of the device; 0 is what was so before."""
    noticed: Noticed
    """What it notices."""
    source: str = "sim"
    """What notices it."""
    active: bool = True
    """Whether it begins or ends."""


class Stretch(DriverOptions):
    """A stretch that was recorded."""

    begin: AwareDatetime
    """By the device's clock."""
    end: AwareDatetime
    """By the device's clock."""


class Options(DriverOptions):
    """What the device shows and does."""

    rate_hz: float = Field(default=15.0, ge=0.1, le=1000)
    """Pictures a second."""
    key_every: int = Field(default=30, ge=1, le=10_000)
    """Every so many pictures one is a key picture, and the first is."""
    clock_error_ms: float = Field(default=0.0, ge=-1e12, le=1e12)
    """How far its clock is ahead of the station's."""
    recorded: tuple[Stretch, ...] = ()
    """What it has recorded."""
    script: tuple[Event, ...] = ()
    """What it notices when."""
    ends_after_ms: int | None = Field(default=None, ge=0)
    """When the stream ends, counted from the opening; unless said, never."""


class SimCctv(HeldCctv):
    """A camera that follows its options."""

    def __init__(self, options: Options, *, clock: StationClock) -> None:
        """:param clock: the station's clocks."""
        super().__init__(lease="sim-cctv")
        self._options, self._clock = options, clock
        self._period_ns = int(1e9 / options.rate_hz)
        self._script = sorted(options.script, key=lambda event: event.at_ms)
        self._began_ns = self._taken = self._told = 0

    @property
    def facts(self) -> Facts:
        """A simulated camera."""
        return Facts(
            kind=DeviceKind.CCTV,
            make="smilius",
            model="simulated surveillance camera",
            serial="",
            firmware="",
            certified=False,
            simulated=True,
        )

    async def _open(self) -> None:
        self._began_ns, self._taken, self._told = self._clock.monotonic_ns(), 0, 0

    async def _close(self) -> None:
        """Nothing is held."""

    def _abilities(self) -> frozenset[Ability]:
        return frozenset(Ability)

    def _stream(self) -> Stream:
        return Stream("h264", width_px=1920, height_px=1080, rate_hz=self._options.rate_hz)

    async def _arrival(self) -> Arrival:
        self._taken = max(self._taken, self._come() - KEPT)
        due_ns = self._began_ns + (self._taken + 1) * self._period_ns
        ends_ns = self._ends_ns()
        await self._wait_until(due_ns if ends_ns is None else min(due_ns, ends_ns))
        if ends_ns is not None and due_ns > ends_ns:
            raise GoneFault("The simulated camera's stream has ended.")
        self._taken += 1
        return self._picture(self._taken)

    def _delivery(self) -> Delivery:
        come, ends_ns = self._come(), self._ends_ns()
        return Delivery(
            began_ns=self._began_ns,
            last=self._picture(come) if come else None,
            pictures=come,
            keys=-(-come // self._options.key_every),
            flowing=ends_ns is None or self._clock.monotonic_ns() < ends_ns,
        )

    async def _clock_difference(self) -> ClockDifference:
        return ClockDifference(
            self._options.clock_error_ms,
            uncertainty_ms=0.5,
            source=ClockSource.SCRIPT,
            readings=1,
            measured_at=self._clock.now(),
        )

    async def _recorded(self, within: Span) -> tuple[Recorded, ...]:
        stretches = sorted(self._options.recorded, key=lambda stretch: stretch.begin)
        clipped = [Span(max(one.begin, within.begin), min(one.end, within.end)) for one in stretches]
        return tuple(Recorded("sim", span) for span in clipped if span.begin < span.end)

    async def _notice(self) -> Sighting:
        if self._told == len(self._script):
            await asyncio.Event().wait()
        event = self._script[self._told]
        await self._wait_until(self._began_ns + event.at_ms * 1_000_000)
        self._told += 1
        return Sighting(
            event.noticed,
            source=event.source,
            active=event.active,
            told_ns=self._clock.monotonic_ns(),
            device_at=self._clock.now() + timedelta(milliseconds=self._options.clock_error_ms),
            first=event.at_ms == 0,
        )

    def _come(self) -> int:
        """How many pictures have come by now."""
        now_ns, ends_ns = self._clock.monotonic_ns(), self._ends_ns()
        return ((now_ns if ends_ns is None else min(now_ns, ends_ns)) - self._began_ns) // self._period_ns

    def _ends_ns(self) -> int | None:
        ends_ms = self._options.ends_after_ms
        return None if ends_ms is None else self._began_ns + ends_ms * 1_000_000

    def _picture(self, number: int) -> Arrival:
        """The picture of that number, counted from 1."""
        key = (number - 1) % self._options.key_every == 0
        arrived_ns = self._began_ns + number * self._period_ns
        ago = timedelta(microseconds=(self._clock.monotonic_ns() - arrived_ns) / 1000)
        return Arrival(
            arrived_ns,
            size_bytes=_KEY_BYTES if key else _OTHER_BYTES,
            key=key,
            stream_us=number * self._period_ns // 1000,
            device_at=self._clock.now() - ago + timedelta(milliseconds=self._options.clock_error_ms),
        )

    async def _wait_until(self, then_ns: int) -> None:
        left_ns = then_ns - self._clock.monotonic_ns()
        if left_ns > 0:
            # a little longer: a timer may strike an instant early, and a picture has not come before its time
            await asyncio.sleep(left_ns / 1e9 + 1e-4)
