"""A unit dies and another takes its place: enrolled, restored from an old backup, working on, enrolled again. The real
processes and commands; MIGRIS has each parcel once, nothing that was wiped comes back, headquarters' audit holds.
"""

import json
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from provisioning.demo.stage import STATION, TENANT
from tests.journey.consignment import PATIENCE_S, Client, new_id, pause
from tests.journey.operator import StationClient
from tests.journey.processes import ROOT, System
from tests.journey.verdict import check_ledger, check_wiped, left_of, submissions

_SMILIUS = (sys.executable, "-c", "import sys; from provisioning.cli import main; sys.exit(main())")
_CENTRAL = (sys.executable, "-m", "central")
PLACE = ("--tenant", TENANT, "--station", STATION)


def run(*command: str | Path) -> str:
    """A command that ends well; what it printed."""
    done = subprocess.run([*map(str, command)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def enrol(system: System) -> None:
    """As a technician and headquarters do it."""
    folder, station, central = system.stage.root, system.stage.station.root, system.stage.central
    asked, answer = folder / "asked", folder / "answer"
    run(*_SMILIUS, "claim", "request", "--root", station, *PLACE, "--request", asked)
    run(*_CENTRAL, "ca", "enrol", "--root", central, "--request", asked, "--answer", answer)
    run(*_SMILIUS, "claim", "answer", "--root", station, "--answer", answer)
    run(sys.executable, "-m", "agent", "migrate", "--root", station)


def restore(system: System, backup: Path) -> str:
    folder, station, central = system.stage.root, system.stage.station.root, system.stage.central
    asked, given = folder / "wanted", folder / "restore"
    run(*_SMILIUS, "restore", "request", "--root", station, "--request", asked)
    files = ("--backup", backup, "--request", asked, "--restore", given)
    run(*_CENTRAL, "backup", "reseal", "--root", central, *PLACE, *files)
    return run(*_SMILIUS, "restore", "apply", "--root", station, "--restore", given)


def until_receipted(system: System) -> None:
    """Central has heard, and receipted, all that the unit has to say."""
    deadline, open_events = time.monotonic() + PATIENCE_S, 1
    while open_events:
        assert time.monotonic() < deadline, "central does not receipt what the unit says"
        pause()
        with closing(sqlite3.connect(system.stage.station.courier_database)) as connection:
            wanted = "SELECT count(*) FROM event WHERE receipted_at IS NULL"
            (open_events,) = connection.execute(wanted).fetchone()


def kinds(system: System) -> list[str]:
    with closing(sqlite3.connect(system.stage.central / "bridge" / "bridge.db")) as connection:
        lines = connection.execute("SELECT body FROM ledger_line ORDER BY number").fetchall()
    return [json.loads(body)["kind"] for (body,) in lines]


def test_another_unit_takes_the_place_of_one_that_died(
    system: System, courier: Client, station: StationClient, tmp_path: Path
) -> None:
    stage, root = system.stage, system.stage.station.root
    for process in (system.broker, system.migris, system.bridge, system.courier):
        process.start()
    wiped, after, lost = new_id(), new_id(), new_id()
    courier.consign(wiped)
    courier.wait(wiped, {"wiped"})
    system.bridge.stop()
    courier.consign(after)
    backup = Path(run(*_SMILIUS, "backup", "--root", root, "--into", tmp_path).strip())
    # what comes behind the backup: one parcel is delivered and wiped, one never leaves the unit
    system.bridge.start()
    courier.wait(after, {"wiped"})
    until_receipted(system)
    system.bridge.stop()
    courier.consign(lost)
    system.courier.kill()
    root.rename(stage.root / "dead unit")

    system.bridge.start()
    enrol(system)
    said = restore(system, backup)
    assert "Central has witnessed line" in said
    assert "1 parcels were under way and are at headquarters." in said
    for process in (system.courier, system.station):
        process.start()
    station.until_ready(within_s=5 * PATIENCE_S)
    assert courier.ask("GET", f"/v1/parcels/{wiped}")["state"] == "wiped"
    for parcel in (after, lost):
        assert courier.ask("GET", f"/v1/parcels/{parcel}")["code"] == "parcel-unknown"
    parcel = new_id()
    sealed = courier.consign(parcel).sealed
    check_wiped(stage, parcel, sealed=sealed, history=courier.wait(parcel, {"wiped", "quarantined"}))
    until_receipted(system)
    assert [submissions(stage, one) for one in (wiped, after, lost, parcel)] == [1, 1, 0, 1]
    assert [left_of(stage, one) for one in (wiped, after, lost)] == [[], [], []]

    # enrolled once more, the same unit goes on
    for process in (system.station, system.courier):
        process.stop()
    enrol(system)
    for process in (system.courier, system.station):
        process.start()
    last = new_id()
    sealed = courier.consign(last).sealed
    check_wiped(stage, last, sealed=sealed, history=courier.wait(last, {"wiped", "quarantined"}))
    until_receipted(system)

    check_ledger(stage)
    run(*_SMILIUS, "ledger", "verify", "--root", root)
    audit = json.loads(run(*_CENTRAL, "ledger", "--root", stage.central))
    assert (audit["parcels"], audit["sealed_copies_left"]) == (4, 0)
    evidence = tmp_path / "evidence"
    run(*_CENTRAL, "evidence", "--root", stage.central, "--from", "2020-01-01", "--to", "2099-12-31", "--out", evidence)
    told = kinds(system)
    assert (told.count("restore-ordered"), told.count("ledger-restored")) == (1, 2)
    assert "restore-ordered" in (evidence / "ledger.jsonl").read_text()
    assert not {"ledger-cut-off", "ledger-rewritten", "ledger-begun-anew"} & set(told)
