from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from provisioning.demo.timeline import Timeline

BEGIN = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@dataclass
class HandClock:
    """A clock that a test turns."""

    at: datetime = field(default=BEGIN)

    def now(self) -> datetime:
        return self.at

    def monotonic_ns(self) -> int:
        return round((self.at - BEGIN).total_seconds() * 1e9)


def test_lines_of_three_clocks_come_in_one_order() -> None:
    clock = HandClock()
    timeline = Timeline(clock)
    clock.at = BEGIN + timedelta(seconds=5)
    timeline.note("received", "by MIGRIS")
    timeline.merge_visit([{"step": "sealed", "time": "2026-11-22T08:00:02.500Z", "ms": 1, "detail": "synced"}])
    timeline.merge_parcel({"milestones": {"wiped": "2026-11-22T08:00:04.000Z", "spooled": "2026-11-22T08:00:03.000Z"}})
    assert [(line.step, line.ms) for line in timeline.lines()] == [
        ("sealed", 2500),
        ("parcel-spooled", 3000),
        ("parcel-wiped", 4000),
        ("received", 5000),
    ]


def test_a_line_for_the_screen_is_not_kept() -> None:
    timeline = Timeline(HandClock())
    assert timeline.now("frame", "face").ms == 0
    assert timeline.lines() == []
