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


def configured(stage: Stage, text: str, *options: str) -> int:
    """The number of a configuration that headquarters has just set."""
    file = stage.root / "layer.toml"
    file.write_text(text)
    code, said = fleet(stage, "config", "set", STATION, str(file), *options)
    assert code == 0, said
    return int(said)


def told(view: dict[str, Any]) -> tuple[Any, ...]:
    """In force; newest; what became of it; why not; what the station process runs with."""
    said, word = view["twin"]["configuration"], view["twin"]["word"]
    return said["applied"], said["newest"], said["state"], said["reason"], word and word["configuration"]


def effective(stage: Stage) -> dict[str, Any]:
    """What is in force at the station, as a technician sees it."""
    command = [sys.executable, "-m", "agent", "config", "--changed", "--root", str(stage.station.root)]
    shown: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return shown


def test_a_configuration_is_tried_and_taken_back_where_it_costs_the_link(system: System, courier: Client) -> None:
    stage = system.stage
    for process in (system.broker, system.migris, system.bridge, system.courier, system.station):
        process.start()
    until(stage, lambda view: view["presence"] == "online" and view["twin"] and view["twin"]["word"], what="there")

    # one that is good for both processes: each begins anew with it, and nothing else happens to the courier's work
    assert configured(stage, "[courier]\nkeepalive_s = 20\n\n[station.profile.face]\nattempts = 2\n") == 1
    until(stage, lambda view: told(view) == (1, 1, "applied", None, 1), what="the first")
    shown = effective(stage)
    assert (shown["courier.keepalive_s"], shown["station.profile.face.attempts"]) == (20, 2)
    courier.consign(parcel := new_id())
    assert courier.wait(parcel, {"wiped"})["state"] == "wiped"

    # one that a process does not take: nobody begins anew
    assert configured(stage, "[station.retention]\nvisit_days = 0\n") == 2
    view = until(stage, lambda view: told(view)[1:3] == (2, "refused"), what="the second")
    assert told(view) == (1, 2, "refused", "station-refuses", 1)
    assert "station.retention.visit_days" in view["twin"]["configuration"]["sentence"]

    # one that costs the link: all is as it was before, and headquarters hears why
    nowhere = "[courier]\nkeepalive_s = 5\nbroker_port = 9\n"
    assert configured(stage, nowhere, "--revert-after-s", "10") == 3
    view = until(stage, lambda view: told(view)[1:3] == (3, "reverted"), what="the third")
    assert (told(view)[0], told(view)[3]) == (1, "link-lost")
    assert "configuration-reverted" in view["alarms"]

    # the power is cut while it is tried: the next start takes it back
    assert configured(stage, nowhere, "--revert-after-s", "3600") == 4
    deadline = time.monotonic() + 3 * PATIENCE_S
    while effective(stage).get("courier.broker_port") != 9:
        assert time.monotonic() < deadline, "the fourth"
        pause()
    courier.ask("GET", "/v1/health")
    system.courier.kill()
    system.courier.start()
    view = until(stage, lambda view: told(view)[1:3] == (4, "reverted"), what="the cut")
    assert (told(view)[0], told(view)[3]) == (1, "cut-off")
    code, said = fleet(stage, "config", "history", STATION)
    assert code == 0
    ends = [(one["number"], one["outcome"], one["reason"]) for one in map(json.loads, said.splitlines())]
    assert ends == [
        (4, "reverted", "cut-off"),
        (3, "reverted", "link-lost"),
        (2, "refused", "station-refuses"),
        (1, "applied", None),
    ]
    courier.consign(parcel := new_id())
    assert courier.wait(parcel, {"wiped"})["state"] == "wiped"
