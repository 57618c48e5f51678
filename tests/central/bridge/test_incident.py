"""The clock: 24 hours from when it is known, reminders once a step, one incident for the same thing."""

from datetime import timedelta

import pytest

from agent.wire import Trigger
from central.bridge.incident import close, hours_left, incidents, open_incident, remind, reported
from central.bridge.suspicion import Finding
from central.errors import IncidentUnknown
from tests.central.bridge.counter import Counter
from tests.central.clock import HandClock

NOW = HandClock().now()
FINDING = Finding(
    trigger=Trigger.MASS_READ, tenant="lt", station="central", what="uid 7", records=31, since=NOW - timedelta(hours=1)
)


def opened(counter: Counter, *, known_before_h: float = 0) -> str:
    with counter.session() as session, session.begin():
        known_at = NOW - timedelta(hours=known_before_h)
        return open_incident(session, FINDING, known_at=known_at, at=NOW).id


def reminded(counter: Counter, *, hours: float) -> list[str]:
    with counter.session() as session, session.begin():
        return remind(session, at=NOW + timedelta(hours=hours))


def kinds(counter: Counter) -> list[str]:
    return [str(line["kind"]) for line in counter.lines()]


def test_the_clock_runs_from_when_it_is_known(counter: Counter) -> None:
    name = opened(counter, known_before_h=5)
    with counter.session() as session:
        (row,) = incidents(session, everything=False)
        assert (row.id, hours_left(row, at=NOW)) == (name, 19.0)


def test_a_station_whose_clock_is_ahead_gains_no_time(counter: Counter) -> None:
    opened(counter, known_before_h=-100)
    with counter.session() as session:
        assert hours_left(incidents(session, everything=False)[0], at=NOW) == 24.0


def test_the_same_again_is_the_same_incident_until_it_is_closed(counter: Counter) -> None:
    name = opened(counter)
    assert opened(counter) == name
    with counter.session() as session, session.begin():
        close(session, name, reason="a test of ours", at=NOW)
    assert opened(counter) != name
    assert kinds(counter) == ["incident-opened", "incident-closed", "incident-opened"]


def test_each_step_of_the_clock_is_said_once_and_none_is_skipped_over_silently(counter: Counter) -> None:
    name = opened(counter)
    assert [reminded(counter, hours=hours) for hours in (1, 11.9, 12, 12.1, 20, 20.5, 24.5, 30)] == [
        [],
        [],
        [name],
        [],
        [name],
        [],
        [name],
        [],
    ]
    assert kinds(counter).count("incident-reminded") == 3


def test_a_report_stops_the_reminders_and_the_incident_stays_open(counter: Counter) -> None:
    name = opened(counter)
    for _ in range(2):
        with counter.session() as session, session.begin():
            reported(session, name, at=NOW)
    assert reminded(counter, hours=25) == []
    assert kinds(counter) == ["incident-opened", "incident-reported"]
    with counter.session() as session:
        assert len(incidents(session, everything=False)) == 1


def test_what_is_not_there_or_closed_cannot_be_closed(counter: Counter) -> None:
    name = opened(counter)
    with counter.session() as session, session.begin():
        close(session, name, reason="done", at=NOW)
        for wrong in (name, "no such"):
            with pytest.raises(IncidentUnknown):
                close(session, wrong, reason="again", at=NOW)
