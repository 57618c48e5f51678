"""The fleet over the real processes: what a station is, headquarters sees, and sees when it goes and comes back."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from provisioning.demo.stage import STATION, TENANT, Stage
from tests.journey.consignment import PATIENCE_S, Client, new_id, pause
from tests.journey.processes import System


def fleet(stage: Stage, *arguments: str) -> tuple[int, str]:
    """`smilius-fleet ...`: its exit code and what it said."""
    command = [sys.executable, "-m", "central.fleet", *arguments, "--root", str(stage.central)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, (done.stdout + done.stderr).strip()


def seen(stage: Stage) -> dict[str, Any]:
    """The station, as headquarters sees it now."""
    code, said = fleet(stage, "show", f"{TENANT}/{STATION}", "--json")
    assert code == 0, said
    shown: dict[str, Any] = json.loads(said)
    return shown


def until(stage: Stage, holds: Callable[[dict[str, Any]], object], *, what: str) -> dict[str, Any]:
    """The station as headquarters sees it, once this holds."""
    deadline = time.monotonic() + 3 * PATIENCE_S
    while not holds(view := seen(stage)):
        assert time.monotonic() < deadline, f"{what}: {view}"
        pause()
    return view


def test_a_station_is_seen_with_its_devices_and_its_queue(system: System, courier: Client) -> None:
    stage = system.stage
    assert (seen(stage)["presence"], seen(stage)["twin"]) == ("unknown", None)
    for process in (system.broker, system.migris, system.bridge, system.courier, system.station):
        process.start()
    view = until(
        stage, lambda view: view["twin"] and view["twin"]["word"] and view["twin"]["word"]["devices"], what="word"
    )
    twin = view["twin"]
    assert (view["presence"], twin["keys"]["home"], twin["word"]["home"]) == ("online", "software", "software")
    roles = {device["role"]: device["driver"] for device in twin["word"]["devices"]}
    assert (roles["camera"], roles["fingerprint"]) == ("sim", "sim")
    assert twin["word"]["key"] != twin["keys"]["link"]
    assert twin["queue"] == {"waiting": 0, "quarantined": 0, "dwelling": 0, "oldest": None}

    # what waits is told at the next connection at the latest; what left is told again
    system.bridge.stop()
    assert seen(stage)["presence"] == "unknown"
    courier.consign(parcel := new_id())
    system.courier.kill()
    system.courier.start()
    courier.ask("GET", f"/v1/parcels/{parcel}")
    system.migris.stop()
    system.bridge.start()
    view = until(stage, lambda view: view["twin"]["boot"] != twin["boot"] and view["twin"]["word"], what="a new start")
    assert (view["presence"], view["twin"]["queue"]["waiting"]) == ("online", 1)
    assert view["twin"]["queue"]["oldest"] is not None

    system.courier.kill()
    gone = until(stage, lambda view: view["presence"] == "offline", what="the will")
    assert gone["twin"]["boot"] == view["twin"]["boot"]
    code, said = fleet(stage, "ls")
    assert (code, said.splitlines()[-1]) == (0, "1 stations, 0 online, 0 with alarms")
