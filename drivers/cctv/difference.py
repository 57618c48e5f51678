"""How far a device's clock is from the station's, as intervals that hold the truth. Pure.

Whatever is known of the difference is known as *from* and *to*. An exchange, as in NTP: a device that answers with its
time somewhere between question and answer, and cuts it to whole seconds, bounds the difference by the round trip and by
that second. Several exchanges narrow it down: each new one is asked for such that the device's next second begins in
the middle of what is still possible, which halves it, until the round trip is all that is left.

Source: RFC 5905 section 8 (offset and its bounds); the halving is arithmetic.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from drivers.contract import ProtocolFault
from drivers.contract.cctv import Arrival, ClockDifference, ClockSource
from drivers.world.clock import StationClock

RESOLUTION_MS: Final = 1000.0
"""ONVIF's time of day has whole seconds."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The difference is between them: the device's clock less the station's."""

    from_ms: float
    """At least so much."""
    to_ms: float
    """At most so much."""

    @property
    def middle_ms(self) -> float:
        """The best guess."""
        return (self.from_ms + self.to_ms) / 2

    @property
    def half_ms(self) -> float:
        """How far off it is at most."""
        return (self.to_ms - self.from_ms) / 2

    def narrowed(self, other: "Bounds") -> "Bounds":
        """Both hold. :raises: ProtocolFault when they cannot: one of the clocks has stepped."""
        both = Bounds(max(self.from_ms, other.from_ms), to_ms=min(self.to_ms, other.to_ms))
        if both.from_ms > both.to_ms:
            raise ProtocolFault("The device's clock, or the station's, stepped while they were compared.")
        return both


def exchanged(asked_at: datetime, answered_at: datetime, *, told: datetime) -> Bounds:
    """What one exchange says.

    :param asked_at: the station's clock before the question.
    :param answered_at: the station's clock after the answer.
    :param told: the device's answer, in whole seconds.
    """
    earliest_ms = (told - answered_at) / timedelta(milliseconds=1)
    latest_ms = (told - asked_at) / timedelta(milliseconds=1) + RESOLUTION_MS
    return Bounds(earliest_ms, to_ms=latest_ms)


def pause_ms(bounds: Bounds, now: datetime, *, round_trip_ms: float) -> float:
    """How long to wait before the next question, so that it halves the bounds.

    :param round_trip_ms: how long an exchange takes; half of it until the device reads its clock.
    """
    since_1970_ms = now.timestamp() * 1000
    reads_ms = since_1970_ms + round_trip_ms / 2 + bounds.middle_ms
    return -reads_ms % RESOLUTION_MS


def sent_difference(told: Sequence[Arrival], *, delay_ms_max: float, clock: StationClock) -> ClockDifference:
    """From pictures whose times the device told: the quickest of them took between nothing and the limit."""
    now, now_ns = clock.now(), clock.monotonic_ns()
    behind_ms = [
        (one.device_at - now) / timedelta(milliseconds=1) + (now_ns - one.arrived_ns) / 1e6
        for one in told
        if one.device_at is not None
    ]
    least_ms = max(behind_ms)
    return difference(
        Bounds(least_ms, to_ms=least_ms + delay_ms_max), ClockSource.SENDER_REPORT, readings=len(behind_ms), at=now
    )


def difference(bounds: Bounds, source: ClockSource, *, readings: int, at: datetime) -> ClockDifference:
    """The bounds as a value of the contract."""
    return ClockDifference(
        round(bounds.middle_ms, 3),
        # never nothing: the clocks themselves are read to a millisecond at best
        uncertainty_ms=round(bounds.half_ms, 3) + 1.0,
        source=source,
        readings=readings,
        measured_at=at,
    )
