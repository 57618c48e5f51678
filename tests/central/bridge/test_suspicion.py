"""Each rule alone: what it finds, and what it leaves alone."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from agent.wire import Breach, Trigger
from central.bridge.suspicion import Use, mass_reads, told, uses_out_of_hours

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOURS, ZONE = (time(7), time(20)), ZoneInfo("Europe/Vilnius")


def use(minutes: float, who: str = "uid 7") -> Use:
    return Use(tenant="lt", station="central", who=who, at=MONDAY + timedelta(minutes=minutes))


def test_more_looks_than_work_explains_are_found_once_with_their_number() -> None:
    uses = [use(minute) for minute in range(5)] + [use(minute, who="uid 8") for minute in range(3)]
    (found,) = mass_reads(uses, limit=3, window=HOUR)
    assert (found.trigger, found.what, found.records, found.since) == (Trigger.MASS_READ, "uid 7", 5, MONDAY)


def test_looks_that_are_spread_out_are_work() -> None:
    assert list(mass_reads([use(61 * number) for number in range(100)], limit=1, window=HOUR)) == []
    assert list(mass_reads([use(number) for number in range(3)], limit=3, window=HOUR)) == []


def test_a_key_that_is_used_at_night_or_on_sunday_is_found_once() -> None:
    # Vilnius is two hours ahead: 8:00 there is within, 21:00 and Sunday are not
    by_day, at_night, later = use(0, "one"), use(11 * 60, "two"), use(11.5 * 60, "two")
    on_sunday = use(-24 * 60, "three")
    found = list(uses_out_of_hours([on_sunday, by_day, at_night, later], hours=HOURS, zone=ZONE))
    assert [(item.what, item.since) for item in found] == [("three", on_sunday.at), ("two", at_night.at)]
    assert {item.trigger for item in found} == {Trigger.KEY_OUT_OF_HOURS}


def test_the_edges_of_the_day() -> None:
    begin, end = use(-3 * 60), use(10 * 60)
    assert list(uses_out_of_hours([begin], hours=HOURS, zone=ZONE)) == []
    assert len(list(uses_out_of_hours([end], hours=HOURS, zone=ZONE))) == 1


def test_a_station_is_taken_at_its_word() -> None:
    breach = Breach(
        tenant="lt",
        station="vilnius-1",
        trigger=Trigger.TAMPER_UNATTENDED,
        what="tamper loop",
        records=None,
        since=MONDAY,
        time=MONDAY + HOUR,
    )
    finding = told(breach)
    assert (finding.trigger, finding.what, finding.since) == (Trigger.TAMPER_UNATTENDED, "tamper loop", MONDAY)
