"""An operator's access ends at headquarters, and with it at the station: nobody there has to do anything."""

import json
import time
from typing import Any

from provisioning.demo.stage import STATION, TENANT, Stage
from tests.journey.consignment import APPLICATION, PATIENCE_S, pause
from tests.journey.operator import StationClient
from tests.journey.processes import System
from tests.journey.test_fleet import fleet


def operator(stage: Stage, *arguments: str) -> None:
    code, said = fleet(stage, "operator", *arguments)
    assert code == 0, said


def until_heard(stage: Stage, account: str, *, state: str) -> None:
    """The station has said that it has the list with this on it."""
    deadline = time.monotonic() + 3 * PATIENCE_S
    while True:
        _, said = fleet(stage, "operator", "list")
        lines = {line["operator"]: line for line in map(json.loads, said.splitlines())}
        if (lines[account]["state"], lines[account]["heard_at_station"]) == (state, True):
            return
        assert time.monotonic() < deadline, said
        pause()


def opened(station: StationClient, account: str) -> dict[str, Any]:
    body = {"application": APPLICATION, "operator": account, "notice_language": "en", "missing": {}}
    return station._try("POST", "/v1/visits", body=body)


def test_an_operator_is_let_in_and_locked_out_from_headquarters(system: System, station: StationClient) -> None:
    stage = system.stage
    for process in (system.broker, system.migris, system.bridge, system.courier, system.station):
        process.start()
    operator(stage, "create", "op-7", f"{TENANT}/{STATION}")
    until_heard(stage, "op-7", state="active")
    station.until_ready()
    assert opened(station, "tester")["code"] == "operator-unknown"
    visit = opened(station, "op-7")["visit"]
    assert station.view(visit)["visit"] == visit
    operator(stage, "revoke", "op-7", "--tenant", TENANT, "--reason", "left the company")
    until_heard(stage, "op-7", state="revoked")
    assert station.view(visit)["code"] == "operator-revoked"
    decided = station._try("POST", f"/v1/visits/{visit}/decisions", body={"decision": "confirm"})
    assert decided["code"] == "operator-revoked"

    # a start later, and without headquarters, it is the same
    for process in (system.bridge, system.broker, system.station):
        process.stop()
    system.station.start()
    station.until_ready()
    assert opened(station, "op-7")["code"] == "operator-revoked"
