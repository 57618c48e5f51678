from datetime import UTC, datetime, timedelta

from agent.visit.timeline import Timeline


class Clock:
    """Stands still until it is told to go on; its wall clock can be set, its monotonic clock cannot."""

    def __init__(self) -> None:
        self.wall = datetime(2026, 11, 22, 8, 0, 0, 250_000, tzinfo=UTC)
        self.ns = 5_000_000_000

    def now(self) -> datetime:
        return self.wall

    def monotonic_ns(self) -> int:
        return self.ns


def test_a_line_has_its_time_and_the_milliseconds_since_the_visit_began() -> None:
    clock = Clock()
    timeline = Timeline(clock)
    clock.ns += 1_500_400_000
    timeline.note("sealed", "two bytes")
    (entry,) = timeline.entries()
    assert (entry.step, entry.detail, entry.ms) == ("sealed", "two bytes", 1500)
    assert entry.time == "2026-11-22T08:00:01.750Z"


def test_a_wall_clock_that_is_set_meanwhile_changes_nothing() -> None:
    clock = Clock()
    timeline = Timeline(clock)
    clock.wall += timedelta(days=400)
    clock.ns += 1_000_000
    timeline.note("late")
    assert timeline.entries()[0].time == "2026-11-22T08:00:00.251Z"


def test_lines_come_in_the_order_of_their_times() -> None:
    clock = Clock()
    timeline = Timeline(clock)
    clock.ns += 10_000_000
    timeline.note("second")
    timeline.note("first", at_ns=5_003_000_000)
    timeline.note("third")
    assert [(entry.step, entry.ms) for entry in timeline.entries()] == [("first", 3), ("second", 10), ("third", 10)]
