"""A clock that stands until a test moves it."""

from datetime import UTC, datetime, timedelta


class HandClock:
    def __init__(self, at: datetime = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def monotonic_ns(self) -> int:
        return round(self.at.timestamp() * 1_000_000_000)

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)
