"""What watches a room and is not ours: a surveillance camera, or the recorder that several of them lead to.

Nouns: an *ability* is what such a device can do at all; whoever asks for more than its abilities made a mistake of
ours. An *arrival* is one coded picture that has come, known by time, size and whether it is a key picture; its bytes
never leave the driver. A *delivery* is all that is known of the arrivals by now, so that silence has an age. The device
has a clock of its own, and the *clock difference* is how far that is from the station's. A *span* is a stretch of time
by the device's own clock, of which it may have *recorded* some. A *sighting* is what the device noticed by itself.
What any of this means (an alarm, a proof of recording) is decided elsewhere.

Times with `_ns` are readings of the monotonic clock in nanoseconds; a `datetime` is UTC by whose clock its name says.
"""

from abc import abstractmethod
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol, runtime_checkable

from drivers.contract.facts import DeviceKind, Facts
from drivers.contract.fault import OrderFault
from drivers.contract.held import HeldDevice, Stage

CCTVS: Final = frozenset({DeviceKind.CCTV})
"""The kinds of devices that keep this contract."""


class Ability(StrEnum):
    """What a device can do; `Cctv.abilities` says which of them it has."""

    PICTURES = "pictures"
    """`stream`, `arrival` and `delivery`."""
    CLOCK = "clock"
    """`clock_difference`."""
    RECORDINGS = "recordings"
    """`recorded`."""
    SIGHTINGS = "sightings"
    """`notice`."""


@dataclass(frozen=True, slots=True)
class Stream:
    """What the coded pictures are, as the device says."""

    codec: str
    """The codec's short name, such as `h264`."""
    width_px: int
    """Columns of a picture; 0 where the device has not told."""
    height_px: int
    """Rows of a picture; 0 where the device has not told."""
    rate_hz: float | None
    """Pictures a second, where the device has told."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One coded picture has come."""

    arrived_ns: int
    """When its last byte was here."""
    size_bytes: int
    """How large it is, coded."""
    key: bool
    """Whether it can be decoded by itself."""
    stream_us: int | None
    """Its time by the stream's own count, in microseconds; begins anew whenever the stream does."""
    device_at: datetime | None
    """When the device took it, by the device's clock; None where, or as long as, it does not tell."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """All that is known of the arrivals by now."""

    began_ns: int
    """When the stream was there."""
    last: Arrival | None
    """The newest picture, taken by `arrival` or not."""
    pictures: int
    """How many have come since it began."""
    keys: int
    """How many of them were key pictures."""
    flowing: bool
    """False once the stream has failed: `arrival` says how, and only opening anew begins another."""

    def age_ms(self, now_ns: int) -> float:
        """For how long nothing has come."""
        since_ns = self.began_ns if self.last is None else self.last.arrived_ns
        return (now_ns - since_ns) / 1e6


class ClockSource(StrEnum):
    """How the device's clock was read."""

    SYSTEM_TIME = "system-time"
    """It was asked for its time (ONVIF), several times."""
    SENDER_REPORT = "sender-report"
    """It told the times of its pictures (RTCP sender reports); how long they took is known only as a limit."""
    SCRIPT = "script"
    """It is simulated."""


@dataclass(frozen=True, slots=True)
class ClockDifference:
    """How far the device's clock is from the station's, as far as can be known from here."""

    difference_ms: float
    """The device's clock less the station's: above zero where the device is ahead."""
    uncertainty_ms: float
    """The true difference is at most so far from it, either way."""
    source: ClockSource
    """How it was measured."""
    readings: int
    """How many readings of the device's clock went into it."""
    measured_at: datetime
    """When, by the station's clock."""


@dataclass(frozen=True, slots=True)
class Span:
    """From a beginning up to an end, by the device's clock."""

    begin: datetime
    """UTC."""
    end: datetime
    """UTC, not before the beginning."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The device says that it has recorded all of this."""

    recording: str
    """The device's name for the recording, and for the track in it."""
    span: Span
    """From when to when; within what was asked for."""


class Noticed(StrEnum):
    """What a device notices by itself."""

    SCENE_CHANGED = "scene-changed"
    """The view is another one: moved, turned or covered."""
    TAMPERED = "tampered"
    """Somebody works on the device or before its lens."""
    SIGNAL_LOST = "signal-lost"
    """A camera's signal no longer reaches the device."""
    INPUT = "input"
    """One of its digital inputs is active."""
    MOTION = "motion"
    """Something moves."""
    STORAGE_FAILED = "storage-failed"
    """Its disk or card fails: nothing may be recorded."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One thing that the device noticed began or ended."""

    noticed: Noticed
    """What."""
    source: str
    """The device's name for the input, lens or rule that noticed it; may be empty."""
    active: bool
    """True where it began or lasts, False where it ended or is not so."""
    told_ns: int
    """When the device's message was here."""
    device_at: datetime | None
    """When it was, by the device's clock; None where it does not tell."""
    first: bool
    """True for what was so already when the device was first asked."""


@runtime_checkable
class Cctv(Protocol):
    """The contract of a surveillance camera or recorder."""

    @property
    def facts(self) -> Facts:
        """Which device this is; readable before it is opened, and fuller afterwards."""
        ...

    @property
    def abilities(self) -> frozenset[Ability]:
        """What it can do; the same for as long as it is open. :raises: OrderFault when not opened."""
        ...

    def opened(self) -> AbstractAsyncContextManager[None]:
        """Connect, and begin to receive. :raises: BusyFault, DeniedFault, GoneFault, ProtocolFault, TimedOutFault."""
        ...

    def stream(self) -> Stream:
        """What its pictures are. :raises: OrderFault when not opened, or without the ability."""
        ...

    async def arrival(self) -> Arrival:
        """Wait for the next picture that nobody has been told of; one waits at a time, and cancelling loses none.

        Of pictures that nobody takes only the newest are kept. Once the stream has failed, every call says so.

        :raises: GoneFault when the connection ended, TimedOutFault when nothing came for too long, ProtocolFault;
            OrderFault when not opened, without the ability, or when somebody waits already.
        """
        ...

    def delivery(self) -> Delivery:
        """What has come by now; never waits. :raises: OrderFault when not opened, or without the ability."""
        ...

    async def clock_difference(self) -> ClockDifference:
        """Measure how far its clock is from the station's.

        :raises: OrderFault, GoneFault, TimedOutFault, ProtocolFault.
        """
        ...

    async def recorded(self, within: Span) -> tuple[Recorded, ...]:
        """What it has recorded of a span, in the order of their beginnings; what is missing is a gap.

        :param within: by the device's own clock.
        :raises: OrderFault, GoneFault, TimedOutFault, ProtocolFault.
        """
        ...

    async def notice(self) -> Sighting:
        """Wait for the next sighting; one waits at a time, and cancelling loses none.

        :raises: OrderFault when not opened, without the ability, or when somebody waits already; else as `arrival`.
        """
        ...


class HeldCctv(HeldDevice):
    """Keeps the order; a driver fills in the abilities that it has, and what belongs to each of them."""

    def __init__(self, *, lease: str) -> None:
        """:param lease: what may be held only once, such as an address."""
        super().__init__(lease=lease)
        self._waited_for: set[Ability] = set()

    @abstractmethod
    def _abilities(self) -> frozenset[Ability]: ...

    def _stream(self) -> Stream:
        raise _without(Ability.PICTURES)

    async def _arrival(self) -> Arrival:
        raise _without(Ability.PICTURES)

    def _delivery(self) -> Delivery:
        raise _without(Ability.PICTURES)

    async def _clock_difference(self) -> ClockDifference:
        raise _without(Ability.CLOCK)

    async def _recorded(self, within: Span) -> tuple[Recorded, ...]:  # noqa: ARG002 (a driver's own needs it)
        raise _without(Ability.RECORDINGS)

    async def _notice(self) -> Sighting:
        raise _without(Ability.SIGHTINGS)

    @property
    def abilities(self) -> frozenset[Ability]:
        """What it can do."""
        self._require(Stage.OPENED)
        return self._abilities()

    def stream(self) -> Stream:
        """What its pictures are."""
        self._demand(Ability.PICTURES)
        return self._stream()

    async def arrival(self) -> Arrival:
        """Wait for the next picture."""
        self._demand(Ability.PICTURES)
        self._wait_alone(Ability.PICTURES)
        try:
            return await self._arrival()
        finally:
            self._waited_for.discard(Ability.PICTURES)

    def delivery(self) -> Delivery:
        """What has come by now."""
        self._demand(Ability.PICTURES)
        return self._delivery()

    async def clock_difference(self) -> ClockDifference:
        """Measure how far its clock is from the station's."""
        self._demand(Ability.CLOCK)
        return await self._clock_difference()

    async def recorded(self, within: Span) -> tuple[Recorded, ...]:
        """What it has recorded of a span."""
        self._demand(Ability.RECORDINGS)
        if within.end < within.begin:
            raise OrderFault("A span does not end before it begins.")
        return await self._recorded(within)

    async def notice(self) -> Sighting:
        """Wait for the next sighting."""
        self._demand(Ability.SIGHTINGS)
        self._wait_alone(Ability.SIGHTINGS)
        try:
            return await self._notice()
        finally:
            self._waited_for.discard(Ability.SIGHTINGS)

    def _demand(self, ability: Ability) -> None:
        if ability not in self.abilities:
            raise _without(ability)

    def _wait_alone(self, ability: Ability) -> None:
        if ability in self._waited_for:
            raise OrderFault(f"Somebody waits for the device's {ability} already.")
        self._waited_for.add(ability)


def _without(ability: Ability) -> OrderFault:
    return OrderFault(f"The device does not have the ability {ability}, and its abilities say so.")
