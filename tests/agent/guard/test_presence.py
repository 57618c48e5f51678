"""Who is at the station, as far as its process knows, and when it is closed."""

from datetime import datetime, timedelta

import pytest
from pydantic import ValidationError

from agent.config.guard import GuardSection, OpeningHours
from agent.guard.cause import Cause
from agent.guard.presence import Presence
from agent.unix_http import Exchange
from agent.wire import Trigger
from tests.agent.courier.premises import HandClock

OPEN = OpeningHours.model_validate({"opens": "08:00:00", "closes": "17:00:00"})
MINUTE_NS = 60_000_000_000
VISIT = Exchange(7, "GET", "/v1/visits/01jd0000000000000000000003", 200)
BEGUN = Exchange(7, "POST", "/v1/visits", 201)


def section(opening: OpeningHours | None) -> GuardSection:
    return GuardSection(opening=opening, closed=(), unattended=(), attended_minutes=15, reads_per_hour=60)


class Place:
    def __init__(self, opening: OpeningHours | None = None) -> None:
        self.clock = HandClock()
        self.suspected: list[Cause] = []
        self.presence = Presence(section(opening), suspect=self.suspected.append, clock=self.clock)


def never() -> OpeningHours:
    """Open on another day than the one that the clock stands on, wherever this machine is."""
    today = HandClock().now().astimezone()
    other = "monday" if today.weekday() != 0 else "tuesday"
    return OpeningHours.model_validate({"opens": "00:00:00", "closes": "23:59:59", "days": [other]})


@pytest.mark.parametrize(
    ("local", "is_open"),
    [
        ("2026-11-20T08:00:00", True),
        ("2026-11-20T16:59:59", True),
        ("2026-11-20T17:00:00", False),
        ("2026-11-20T07:59:59", False),
        ("2026-11-21T12:00:00", False),
    ],
)
def test_hours_are_from_until_on_days(local: str, is_open: bool) -> None:
    assert OPEN.open_at(datetime.fromisoformat(local)) is is_open


@pytest.mark.parametrize(
    "hours",
    [
        {"opens": "17:00:00", "closes": "08:00:00"},
        {"opens": "08:00:00", "closes": "08:00:00"},
        {"opens": "08:00:00+02:00", "closes": "17:00:00"},
        {"opens": "08:00:00", "closes": "17:00:00", "days": []},
        {"opens": "08:00:00", "closes": "17:00:00", "days": ["someday"]},
        {"opens": "08:00:00"},
    ],
)
def test_hours_that_make_no_sense_are_refused(hours: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        OpeningHours.model_validate(hours)


def test_somebody_is_there_for_a_while_after_a_visit_was_looked_at() -> None:
    place = Place()
    assert not place.presence.attended(0)
    place.presence.answered(Exchange(7, "GET", "/v1/health", 200))
    place.presence.answered(Exchange(7, "GET", "/v1/visits/other", 409))
    assert not place.presence.attended(0)
    place.presence.answered(VISIT)
    assert place.presence.attended(14 * MINUTE_NS)
    assert not place.presence.attended(15 * MINUTE_NS)


def test_a_visit_that_begins_while_the_station_is_closed_uses_its_key() -> None:
    place = Place(never())
    for exchange in (VISIT, BEGUN._replace(status=409), BEGUN._replace(path="/v1/other")):
        place.presence.answered(exchange)
    assert place.suspected == []
    place.presence.answered(BEGUN)
    (cause,) = place.suspected
    assert (cause.trigger, cause.what, cause.again_after) == (
        Trigger.KEY_OUT_OF_HOURS,
        "seal key",
        timedelta(hours=12),
    )


def test_a_station_whose_hours_nobody_said_is_never_closed() -> None:
    place = Place()
    place.presence.answered(BEGUN)
    assert place.suspected == []
    assert not place.presence.closed(place.clock.now())
