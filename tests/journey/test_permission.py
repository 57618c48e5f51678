"""A permission is revoked while a station works: it stops, says so, keeps what it has, and goes on when it may."""

import json
import time
from collections.abc import Callable

import pytest

from central.cli import main
from provisioning.demo.stage import STATION, TENANT
from tests.journey.consignment import PATIENCE_S, Client, new_id, pause
from tests.journey.processes import System


def until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, what
        pause()


def test_a_station_stops_confirms_and_goes_on(
    system: System, courier: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    root = ("--root", str(system.stage.central))

    def confirmed() -> dict[str, object]:
        assert main(["permission", "show", *root]) == 0
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        found: dict[str, object] = next((line for line in lines if line.get("station") == STATION), {})
        return found

    for process in (system.broker, system.migris, system.bridge, system.courier):
        process.start()
    sent, begun, late = new_id(), new_id(), new_id()
    courier.consign(sent)
    courier.wait(sent, {"wiped"})
    consigned = courier.prepare(begun)

    assert main(["permission", "revoke", TENANT, "--reason", "order 17", *root]) == 0
    assert capsys.readouterr().out.startswith("1 stations are told")
    until(lambda: confirmed().get("confirmed") is True, "the station does not confirm")
    assert confirmed()["kept"] == 0
    refused = courier.ask("POST", "/v1/parcels", body={"parcel": late, "kind": "enrolment"})
    assert refused["code"] == "transfer-revoked"
    # a visit that had begun ends, and what it sealed is kept; also over a restart
    courier.hand_over(consigned)
    system.courier.stop()
    system.courier.start()
    assert courier.ask("GET", f"/v1/parcels/{begun}")["state"] in {"spooled", "sending"}

    assert main(["permission", "grant", TENANT, "--reason", "order 18", *root]) == 0
    assert capsys.readouterr().out.startswith("1 stations are told")
    assert courier.wait(begun, {"wiped"})["state"] == "wiped"
    until(lambda: confirmed().get("confirmed") is True, "the station does not confirm the grant")
    courier.consign(late)
    courier.wait(late, {"wiped"})
    assert main(["parcels", *root]) == 0
    parcels = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {line["parcel"]: line["stage"] for line in parcels} == dict.fromkeys((sent, begun, late), "accepted")
