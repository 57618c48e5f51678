"""What may be a breach, from the station to an open incident and its printed report, through the real processes."""

import json
import sqlite3
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from agent.wire import Breach
from agent.wire.event import claimed_sort
from central.cli import main
from provisioning.demo.stage import STATION, TENANT
from tests.journey.consignment import Client, new_id, pause
from tests.journey.operator import StationClient
from tests.journey.processes import Process, System

Capture = pytest.CaptureFixture[str]

LONG_S = 300.0
"""What has not happened by then does not happen, on a machine with much else to do either."""

SAFE = """
[station.safe]
driver = "sim"

[[station.safe.options.script]]
at_ms = 300
contact = "tamper"
state = "cut"
"""


def started(processes: Iterable[Process]) -> None:
    for process in processes:
        process.start()


def query(database: Path, wanted: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return connection.execute(wanted).fetchall()


def lines(database: Path, kind: str) -> list[dict[str, Any]]:
    found = query(database, "SELECT body FROM ledger_line ORDER BY number")
    return [line for (body,) in found if (line := json.loads(body)).get("kind") == kind]


def incidents(system: System) -> list[dict[str, Any]]:
    return lines(system.stage.central / "bridge" / "bridge.db", "incident-opened")


def until_incident(system: System) -> dict[str, Any]:
    """The one that was opened."""
    deadline = time.monotonic() + LONG_S
    while not incidents(system):
        assert time.monotonic() < deadline, "no incident was opened"
        pause()
    (one,) = incidents(system)
    return one


def breaches(courier: Path) -> int:
    """How many events of this sort the courier ever had."""
    signed = [row[0] for row in query(courier, "SELECT signed FROM event")]
    return sum(claimed_sort(one) == Breach.content_type for one in signed)


def printed(system: System, incident: str, capsys: Capture) -> str:
    capsys.readouterr()
    given = ["--incident", incident, "--language", "en", "--root", str(system.stage.central)]
    assert main(["breach", "report", *given]) == 0
    return capsys.readouterr().out


def told_by_now(courier: Client) -> None:
    """Whatever the courier has for central has had its time: a parcel went all the way."""
    parcel = new_id()
    courier.consign(parcel)
    assert courier.wait(parcel, {"wiped", "quarantined"})["state"] == "wiped"


def test_a_couriers_ledger_that_was_changed_is_one_incident_with_its_report(
    system: System, courier: Client, capsys: Capture
) -> None:
    started((system.broker, system.migris, system.bridge, system.courier))
    told_by_now(courier)
    system.courier.stop()
    database = system.stage.station.courier_database
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE ledger_line SET body = replace(body, 'parcel-spooled', 'parcel-spoiled')")
    system.courier.start()
    incident = until_incident(system)
    system.courier.stop()
    system.courier.start()
    told_by_now(courier)
    system.courier.stop()
    assert (incident["trigger"], incident["what"], incident["station"]) == ("ledger-broken", "courier ledger", STATION)
    assert len(incidents(system)) == len(lines(database, "breach-noticed")) == breaches(database) == 1
    report = printed(system, incident["incident"], capsys)
    assert "A station's ledger does not hold together" in report
    assert f"Place: {TENANT}/{STATION}; since 20" in report


def test_a_safe_that_is_opened_while_nobody_is_there_is_one_incident_with_its_report(
    system: System, courier: Client, station: StationClient, capsys: Capture
) -> None:
    (system.stage.station.configuration / "70-safe.toml").write_text(SAFE)
    # the link is out meanwhile: the event waits where no cut can lose it
    started((system.station, system.courier))
    database = system.stage.station.station_database
    deadline = time.monotonic() + LONG_S
    while not lines(database, "breach-told"):
        assert time.monotonic() < deadline, "the courier was told nothing"
        pause()
    for process in (system.station, system.courier):
        process.kill()
    started((system.broker, system.migris, system.bridge, system.courier))
    incident = until_incident(system)
    # the script cuts the loop again in this life
    system.station.start()
    station.until_ready(within_s=LONG_S)
    told_by_now(courier)
    system.station.stop()
    assert (incident["trigger"], incident["what"]) == ("tamper-unattended", "tamper tamper")
    assert len(incidents(system)) == len(lines(database, "breach-noticed")) == 1
    assert breaches(system.stage.station.courier_database) == 1
    (noticed,) = lines(database, "breach-noticed")
    report = printed(system, incident["incident"], capsys)
    assert f"since {noticed['since']}; known since {noticed['time']}" in report
    assert "Equipment was opened or shaken while nobody worked at the station" in report
