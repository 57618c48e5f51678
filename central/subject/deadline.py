"""By which day a request must be answered: pure. Days are those of Vilnius, and a deadline lasts until its day ends.

Duty: R-DSR-2. Source: Regulation (EEC, Euratom) No 1182/71 article 3 (the day of the event is not counted; a month ends
on the same date, or on its last day). That article would move an end to the next working day; the 30 days do not.
"""

from calendar import monthrange
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from holidays import country_holidays

PLACE = ZoneInfo("Europe/Vilnius")
"""Where days begin and end."""

ANSWER_DAYS_MAX = 30
EXTENSION_MONTHS = 2
ORDER_WORKING_DAYS = 10
_DECEMBER = 12


def day_of(at: datetime) -> date:
    """The day in Vilnius."""
    return at.astimezone(PLACE).date()


def answer_by(received: date) -> date:
    """The last day for an answer: one month after, and at most 30 calendar days."""
    return min(months_after(received, 1), received + timedelta(days=ANSWER_DAYS_MAX))


def extended_to(answer: date) -> date:
    """The last day for an answer that was extended in time.

    :param answer: the last day as it was before.
    """
    return months_after(answer, EXTENSION_MONTHS)


def order_by(received: date) -> date:
    """The last day to tell a person that a request is not in order: the tenth working day after it came."""
    day, left = received, ORDER_WORKING_DAYS
    while left:
        day += timedelta(days=1)
        left -= is_working(day)
    return day


def is_working(day: date) -> bool:
    """Whether people work in Lithuania on this day: Monday to Friday, and no public holiday."""
    return day.weekday() < 5 and day not in _holidays(day.year)


def months_after(day: date, months: int) -> date:
    """The same date so many months later, or the last one of a month that is too short."""
    years, month = divmod(day.month - 1 + months, _DECEMBER)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


@cache
def _holidays(year: int) -> frozenset[date]:
    # working days are asked for one by one, and the calendar of a year does not change within a process
    return frozenset(country_holidays("LT", years=year))
