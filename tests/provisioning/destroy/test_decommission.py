"""`smilius decommission`: every key gone, a report that verifies, and daemons that refuse to start."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.compose.keys import key_home
from agent.courier.destroyer import Demand
from agent.visit.tables import VisitRow
from agent.wire import Decommission, read_event
from provisioning.verb import EXIT_FAILED, EXIT_REFUSED
from tests.provisioning.destroy.household import Household, household
from tests.provisioning.moments import NOW
from tests.vault.keys.configured import configured
from vault.database import open_database
from vault.envelope import WRAP_KEY_BYTES, Pinned
from vault.errors import KeyMissing
from vault.keys import load_signing_key

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def house(tmp_path: Path, capsys: Capture) -> Household:
    made = household(tmp_path, capsys)
    (tmp_path / "stick").mkdir()
    return made


def ended(house: Household, *options: str) -> int:
    given = ["--out", str(house.folder / "stick"), "--within-s", "0", *options]
    return house.smilius("decommission", *given)


def a_visit(house: Household) -> None:
    engine = open_database(house.paths.station_database)
    with Session(engine) as session, session.begin():
        row = VisitRow(id="v", parcel="p", subject="pseudonym-of-somebody", operator="Ona", state="done")
        row.opened_at = NOW
        session.add(row)
    engine.dispose()


def test_two_orders_end_the_unit_and_the_report_verifies(house: Household, capsys: Capture) -> None:
    parcel = house.parcel(b"one")
    a_visit(house)
    link = load_signing_key(house.paths.link_key)
    orders = house.orders(action="decommission")
    assert ended(house, *orders, "--undelivered", "0") == EXIT_REFUSED
    assert len(house.on_disk(parcel)) == 2
    assert not house.paths.decommissioned.exists()
    assert ended(house, *orders, "--undelivered", "1") == 0
    assert "bring it decommission.cose" in capsys.readouterr().out
    paths = house.paths
    assert house.on_disk(parcel) == []
    for key in (paths.link_key, paths.seal_key, paths.pseudonym_key, paths.link_certificate):
        assert not key.exists()
    report = read_event((house.folder / "stick/decommission.cose").read_bytes(), pinned=Pinned([link.public]))
    assert isinstance(report, Decommission)
    assert (report.undelivered, report.undelivered_parcels, report.unit) == (1, (parcel.id,), link.kid)
    assert json.loads((house.folder / "stick/decommission.json").read_text()) == report.model_dump(mode="json")
    assert parcel.id in (house.folder / "stick/decommission.html").read_text()
    assert b"pseudonym-of-somebody" not in paths.station_database.read_bytes()
    engine = open_database(paths.station_database)
    with Session(engine) as session:
        assert [(row.subject, row.operator) for row in session.scalars(select(VisitRow))] == [("", "")]
    engine.dispose()


@pytest.mark.parametrize("daemon", ["station", "courier"])
def test_no_daemon_starts_on_an_ended_unit(house: Household, daemon: str) -> None:
    house.paths.decommissioned.write_text("order\n")
    ran = subprocess.run(
        [sys.executable, "-m", "agent", daemon, "--root", str(house.paths.root)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    sentence = "This unit was decommissioned: its keys are destroyed, and nothing runs on it."
    assert (ran.returncode, ran.stderr) == (2, f"python -m agent: {sentence}\n")


def test_an_order_to_destroy_does_not_end_a_unit(house: Household, capsys: Capture) -> None:
    assert ended(house, *house.orders(), "--undelivered", "0") == EXIT_REFUSED
    assert capsys.readouterr().err == "smilius: The order is to destroy, not to decommission.\n"
    assert house.paths.seal_key.exists()


def test_what_fails_in_between_goes_on_without_asking_again(house: Household, capsys: Capture) -> None:
    parcel = house.parcel(b"one")
    obstacle = house.paths.spool / "incoming" / "a folder cannot be unlinked"
    obstacle.mkdir()
    assert ended(house, *house.orders(action="decommission"), "--undelivered", "1") == EXIT_FAILED
    assert house.paths.decommissioned.exists()
    assert house.paths.link_key.exists()
    obstacle.rmdir()
    assert ended(house) == 0
    assert (house.on_disk(parcel), house.paths.link_key.exists()) == ([], False)
    report = json.loads((house.folder / "stick/decommission.json").read_text())
    assert report["undelivered_parcels"] == [parcel.id]


@pytest.mark.parametrize("kind", ["credential", "otp", "tpm"])
def test_a_home_forgets_what_it_can_and_the_report_names_the_rest(kind: str, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "stick").mkdir()
    with configured(kind, tmp_path / "station"):
        house = household(tmp_path, capsys)
        parcel = house.parcel(b"one")
        (name,) = (name for name in house.on_disk(parcel) if name.endswith(".key"))
        copied = (house.paths.parcel_keys / name).read_bytes()
        assert ended(house, *house.orders(action="decommission"), "--undelivered", "1") == 0
        for process in ("station", "courier"):
            assert not house.paths.unit_credential(process).exists()
        kept = json.loads((tmp_path / "stick/decommission.json").read_text())["kept"]
        assert (f"home-{kind}" in kept) == (kind != "credential")
        if kind == "otp":
            assert len(key_home(house.paths, "courier").parcels.unlock(copied, name=name)) == WRAP_KEY_BYTES
        else:
            with pytest.raises(KeyMissing):
                key_home(house.paths, "courier").parcels.unlock(copied, name=name)


def test_a_cut_right_after_the_warrant_goes_on_too(house: Household) -> None:
    parcel = house.parcel(b"one")
    orders = house.orders(action="decommission")
    signed = tuple(Path(file).read_bytes() for file in orders[1::2])
    room = house.room()
    room.destroyer.authorise(Demand(undelivered=1, orders=signed), verb="decommission")
    room.engine.dispose()
    assert not house.paths.decommissioned.exists()
    assert ended(house) == 0
    assert (house.on_disk(parcel), house.paths.decommissioned.exists()) == ([], True)
