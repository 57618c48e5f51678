"""The bridge's tables: moments survive the database, in UTC and in order."""

from datetime import UTC, datetime, timedelta, timezone

from sqlalchemy import select

from central.bridge.tables import ParcelRow
from tests.central.bridge.counter import Counter

VILNIUS = timezone(timedelta(hours=2))
MOMENTS = (
    datetime(2026, 11, 22, 9, 59, 59, 999_999, tzinfo=VILNIUS),
    datetime(2026, 11, 22, 8, 0, 0, 1, tzinfo=UTC),
    datetime(2026, 11, 22, 10, 0, 1, tzinfo=VILNIUS),
)


def row(number: int, moment: datetime) -> ParcelRow:
    return ParcelRow(
        tenant="lt",
        parcel=f"parcel {number}",
        station="vilnius-1",
        kind="enrolment",
        digest="ab" * 32,
        size=1,
        stage="stored",
        stored_at=moment,
    )


def test_moments_come_back_in_utc_and_sort(counter: Counter) -> None:
    with counter.session() as session:
        session.add_all([row(number, moment) for number, moment in reversed(list(enumerate(MOMENTS)))])
        session.commit()
    with counter.session() as session:
        found = session.scalars(select(ParcelRow).order_by(ParcelRow.stored_at)).all()
        assert [item.stored_at for item in found] == list(MOMENTS)
        assert all(item.stored_at.tzinfo == UTC for item in found)
        assert [item.decided_at for item in found] == [None, None, None]
