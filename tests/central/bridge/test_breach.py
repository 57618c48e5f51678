"""`smilius-central breach`: listed by urgency, a report with four parts in two languages."""

import json
import re
from datetime import timedelta

import pytest

from agent.clock import SystemClock
from agent.wire import Breach, LedgerAlarm, LedgerHead, Trigger, sign_document
from central.bridge.breach_report import BY_A_PERSON
from central.cli import main
from central.paths import Paths
from tests.central.bridge.counter import Counter
from tests.central.headquarters import Station
from tests.central.parcels import arrived, new_id

Capture = pytest.CaptureFixture[str]


def told(paths: Paths, capsys: Capture, *given: str) -> str:
    assert main(["breach", *given, "--root", str(paths.root)]) == 0
    return capsys.readouterr().out


@pytest.fixture
def incident(headquarters: Paths, station: Station, capsys: Capture) -> str:
    place = ["--tenant", station.tenant, "--station", station.name]
    return told(headquarters, capsys, "lost", *place).strip()


def test_it_is_listed_with_the_hours_left_until_it_is_reported_and_closed(
    headquarters: Paths, incident: str, capsys: Capture
) -> None:
    assert re.fullmatch(
        rf"{incident} +(24.0|23.9) h  lt/vilnius-1  unit-lost  unit\n", told(headquarters, capsys, "list")
    )
    told(headquarters, capsys, "report", "--incident", incident, "--sent")
    assert " reported " in told(headquarters, capsys, "list")
    told(headquarters, capsys, "close", "--incident", incident, "--reason", "found again, sealed")
    assert told(headquarters, capsys, "list") == ""
    assert " closed " in told(headquarters, capsys, "list", "--all")
    shown = json.loads(told(headquarters, capsys, "show", "--incident", incident))
    assert (shown["reason"], shown["trigger"]) == ("found again, sealed", "unit-lost")
    assert None not in (shown["reported_at"], shown["closed_at"])


@pytest.mark.parametrize("language", ["lt", "en"])
@pytest.mark.parametrize("layout", ["text", "html"])
def test_the_report_has_four_parts_and_marks_what_a_person_must_fill(
    headquarters: Paths, incident: str, capsys: Capture, language: str, layout: str
) -> None:
    given = ["--incident", incident, "--language", language, "--layout", layout]
    report = told(headquarters, capsys, "report", *given)
    assert [number for number in "1234" if f"{number}. " in report] == list("1234")
    assert report.count(BY_A_PERSON[language]) == 5
    assert "lt/vilnius-1" in report
    assert incident in report


def test_no_such_incident_is_one_sentence(headquarters: Paths, capsys: Capture) -> None:
    assert main(["breach", "show", "--incident", "none", "--root", str(headquarters.root)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_what_a_station_noticed_starts_the_clock_when_the_station_did(counter: Counter, station: Station) -> None:
    noticed = SystemClock().now() - timedelta(days=400)
    breach = Breach(
        tenant=station.tenant,
        station=station.name,
        trigger=Trigger.TAMPER_UNATTENDED,
        what="tamper loop",
        records=None,
        since=noticed,
        time=noticed,
    )
    counter.take(arrived(station.topics.event(new_id()), sign_document(breach, station.link)))
    (line,) = [line for line in counter.lines() if line["kind"] == "incident-opened"]
    assert (line["trigger"], line["station"], line["what"]) == ("tamper-unattended", station.name, "tamper loop")


def test_a_certificate_that_belongs_to_no_station_is_an_incident_once(
    counter: Counter, headquarters: Paths, station: Station
) -> None:
    known = headquarters.stations / station.tenant / f"{station.name}.json"
    aside = known.with_suffix(".aside")
    known.rename(aside)
    for _ in range(2):
        assert counter.take(arrived(station.topics.event(new_id()), b"anything")) == []
    aside.rename(known)
    (line,) = counter.lines()
    assert (line["kind"], line["trigger"], line["station"]) == ("incident-opened", "unknown-certificate", station.name)


def test_a_station_that_contradicts_itself_is_an_incident(counter: Counter, station: Station) -> None:
    for digest in "ab":
        head = LedgerHead(
            tenant="lt", station=station.name, ledger="courier", number=9, digest=digest * 64, time=SystemClock().now()
        )
        counter.take(arrived(station.topics.event(new_id()), sign_document(head, station.link)))
    (line,) = [line for line in counter.lines() if line["kind"] == "incident-opened"]
    assert (line["trigger"], line["what"]) == ("ledger-broken", "courier ledger")


def test_a_broken_ledger_is_one_incident_whoever_notices_it(counter: Counter, station: Station) -> None:
    """The station's own word is signed with its seal key, which the courier does not have."""
    at = SystemClock().now()
    fields = {"tenant": station.tenant, "station": station.name, "time": at}
    known = {"number": 1, "digest": "a" * 64, "known_number": 2, "known_digest": "b" * 64}
    alarm = LedgerAlarm(ledger="station", code="ledger-cut-off", **known, **fields)
    noticed = Breach(trigger=Trigger.LEDGER_BROKEN, what="station ledger", records=None, since=at, **fields)
    for event in (noticed, alarm):
        assert counter.take(arrived(station.topics.event(new_id()), sign_document(event, station.seal)))
    (line,) = [line for line in counter.lines() if line["kind"] == "incident-opened"]
    assert (line["trigger"], line["what"]) == ("ledger-broken", "station ledger")


def test_every_trigger_has_its_report(counter: Counter, station: Station, headquarters: Paths, capsys: Capture) -> None:
    at = SystemClock().now()
    for trigger in Trigger:
        noticed = Breach(
            tenant=station.tenant, station=station.name, trigger=trigger, what="it", records=3, since=at, time=at
        )
        counter.take(arrived(station.topics.event(new_id()), sign_document(noticed, station.link)))
    opened = [line for line in counter.lines() if line["kind"] == "incident-opened"]
    assert {line["trigger"] for line in opened} == {trigger.value for trigger in Trigger}
    for line in opened:
        report = told(headquarters, capsys, "report", "--incident", str(line["incident"]), "--language", "en")
        assert f"({line['trigger']}: it)" in report
        assert "Records, about: 3." in report


def test_a_station_cannot_speak_of_another_one(counter: Counter, station: Station) -> None:
    at = SystemClock().now()
    breach = Breach(
        tenant=station.tenant,
        station="kaunas-1",
        trigger=Trigger.TAMPER_UNATTENDED,
        what="tamper loop",
        records=None,
        since=at,
        time=at,
    )
    assert counter.take(arrived(station.topics.event(new_id()), sign_document(breach, station.link))) == []
    assert counter.lines() == []
