"""The machine's clocks."""

from datetime import UTC, timedelta

from agent.clock import SystemClock


def test_the_wall_clock_is_utc() -> None:
    assert SystemClock().now().tzinfo is UTC
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_the_other_clock_never_steps_back() -> None:
    clock = SystemClock()
    looks = [clock.monotonic_ns() for _ in range(1000)]
    assert looks == sorted(looks)
    assert looks[-1] > looks[0]
