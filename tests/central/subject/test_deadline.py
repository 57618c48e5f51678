"""Deadlines: one month and at most 30 days, two months more, ten working days; ends of months, leap years, zones."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.subject.deadline import answer_by, day_of, extended_to, is_working, months_after, order_by

DAYS = st.dates(min_value=date(2019, 1, 1), max_value=date(2045, 12, 31))


@pytest.mark.parametrize(
    ("received", "by"),
    [
        (date(2026, 1, 31), date(2026, 2, 28)),
        (date(2028, 1, 31), date(2028, 2, 29)),
        (date(2028, 1, 30), date(2028, 2, 29)),
        (date(2027, 1, 29), date(2027, 2, 28)),
        (date(2026, 2, 28), date(2026, 3, 28)),
        (date(2028, 2, 29), date(2028, 3, 29)),
        (date(2026, 3, 31), date(2026, 4, 30)),
        (date(2026, 4, 15), date(2026, 5, 15)),
        (date(2026, 7, 15), date(2026, 8, 14)),
        (date(2026, 12, 31), date(2027, 1, 30)),
    ],
)
def test_an_answer_is_due_after_a_month_or_30_days(received: date, by: date) -> None:
    assert answer_by(received) == by


@given(DAYS)
def test_an_answer_is_never_due_later_than_either(received: date) -> None:
    by = answer_by(received)
    assert timedelta(days=28) <= by - received <= timedelta(days=30)
    assert by <= months_after(received, 1)


@pytest.mark.parametrize(
    ("before", "by"),
    [
        (date(2026, 2, 28), date(2026, 4, 28)),
        (date(2026, 12, 31), date(2027, 2, 28)),
        (date(2027, 12, 30), date(2028, 2, 29)),
        (date(2026, 11, 30), date(2027, 1, 30)),
    ],
)
def test_an_extension_is_two_months(before: date, by: date) -> None:
    assert extended_to(before) == by


@given(DAYS)
def test_an_extension_is_never_more_than_three_months_of_the_receipt(received: date) -> None:
    assert extended_to(answer_by(received)) <= months_after(received, 3)


@pytest.mark.parametrize(
    ("received", "by"),
    [
        (date(2026, 11, 23), date(2026, 12, 7)),
        # Saturday: Monday is the first working day
        (date(2026, 11, 21), date(2026, 12, 4)),
        # Christmas Eve to Boxing Day, and the first of January
        (date(2026, 12, 18), date(2027, 1, 6)),
        # Easter Monday of 2026 is 6 April
        (date(2026, 3, 30), date(2026, 4, 14)),
        # Restoration of Independence, a Wednesday
        (date(2026, 3, 2), date(2026, 3, 17)),
    ],
)
def test_ten_working_days_leave_out_what_lithuania_keeps(received: date, by: date) -> None:
    assert order_by(received) == by


@given(DAYS)
def test_ten_working_days_end_on_one_and_count_ten(received: date) -> None:
    by = order_by(received)
    between = [received + timedelta(days=n) for n in range(1, (by - received).days + 1)]
    assert is_working(by)
    assert sum(map(is_working, between)) == 10


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2026, 1, 31, 21, 59, tzinfo=UTC), date(2026, 1, 31)),
        (datetime(2026, 1, 31, 22, 0, tzinfo=UTC), date(2026, 2, 1)),
        (datetime(2026, 6, 30, 20, 59, tzinfo=UTC), date(2026, 6, 30)),
        (datetime(2026, 6, 30, 21, 0, tzinfo=UTC), date(2026, 7, 1)),
    ],
)
def test_a_day_is_one_of_vilnius(at: datetime, day: date) -> None:
    assert day_of(at) == day
