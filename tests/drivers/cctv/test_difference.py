"""Bounds of a clock's difference: the truth is always between them, and each exchange may only narrow them."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.cctv.difference import Bounds, exchanged, pause_ms, sent_difference
from drivers.contract import ProtocolFault
from drivers.contract.cctv import Arrival
from tests.drivers.cctv.test_sim import Dial

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MS = timedelta(milliseconds=1)


def test_an_exchange_bounds_by_the_round_trip_and_the_second() -> None:
    bounds = exchanged(NOON, NOON + 20 * MS, told=NOON + timedelta(seconds=5))
    assert bounds == Bounds(4980, to_ms=6000)
    assert (bounds.middle_ms, bounds.half_ms) == (5490, 510)


def test_bounds_that_cannot_both_hold_are_a_clock_that_stepped() -> None:
    assert Bounds(0, to_ms=10).narrowed(Bounds(5, to_ms=20)) == Bounds(5, to_ms=10)
    with pytest.raises(ProtocolFault, match="stepped"):
        Bounds(0, to_ms=10).narrowed(Bounds(11, to_ms=20))


@given(
    true_ms=st.floats(-1e12, 1e12),
    round_trips_ms=st.lists(st.floats(0.5, 300), min_size=8, max_size=8),
    seed=st.integers(0, 1000),
)
def test_the_truth_is_always_between_and_eight_exchanges_leave_little_more_than_the_round_trip(
    true_ms: float, round_trips_ms: list[float], seed: int
) -> None:
    lots = random.Random(seed)
    now, bounds = NOON, None
    for round_trip_ms in round_trips_ms:
        if bounds is not None:
            now += pause_ms(bounds, now, round_trip_ms=round_trip_ms) * MS
        read_at = now + lots.uniform(0, round_trip_ms) * MS
        told = (read_at + true_ms * MS).replace(microsecond=0)
        said = exchanged(now, now + round_trip_ms * MS, told=told)
        bounds = said if bounds is None else bounds.narrowed(said)
        now += round_trip_ms * MS
    assert bounds is not None
    assert bounds.from_ms - 0.01 <= true_ms <= bounds.to_ms + 0.01
    assert bounds.half_ms <= 8 + max(round_trips_ms)


def _arrival(*, at_ms: float, device_at: datetime | None) -> Arrival:
    return Arrival(int(at_ms * 1e6), size_bytes=1, key=True, stream_us=None, device_at=device_at)


def test_of_many_pictures_the_quickest_counts() -> None:
    dial = Dial()
    dial.ms = 1000
    begun = dial.now() - timedelta(seconds=1)
    # taken at 100, 300 and 500 by a clock that is 7 s ahead; on the way for 80, 30 and 200 ms
    told = [
        _arrival(at_ms=180, device_at=begun + 7100 * MS),
        _arrival(at_ms=330, device_at=begun + 7300 * MS),
        _arrival(at_ms=700, device_at=begun + 7500 * MS),
        _arrival(at_ms=800, device_at=None),
    ]
    measured = sent_difference(told, delay_ms_max=100, clock=dial)
    assert (measured.difference_ms, measured.uncertainty_ms, measured.readings) == (7020, 51, 3)
    assert abs(measured.difference_ms - 7000) <= measured.uncertainty_ms
