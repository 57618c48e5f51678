"""A whole rehearsal over a real broker, bridge, opener and MIGRIS simulator; and where none is held."""

import json
from pathlib import Path

import pytest

from central.cli import EXIT_REFUSED, main
from central.paths import Paths
from tests.central.headquarters import enrolled, founded
from tests.central.processes import broker, central


def simulate(paths: Paths, *more: str, tenant: str = "lt2", stations: int = 6) -> int:
    command = ("simulate", "--root", str(paths.root), "--tenant", tenant, "--stations", str(stations))
    return main([*command, "--for", "6", *more])


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Paths:
    return founded(tmp_path_factory.mktemp("rehearsed") / "central")


def test_with_every_fault_nothing_is_lost_and_nothing_comes_twice(
    running: Paths, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.json"
    faults = "cut=1,kill=10,duplicate=0.3,lost=0.2,slow=0.2,refused=0.3"
    options = ("--rate", "1.5", "--retry-max", "2", "--processes", "2", "--settle", "300", "--faults", faults)
    with broker(running), central("migris", running), central("bridge", running):
        assert simulate(running, *options, "--report", str(report)) == 0
    found = json.loads(report.read_text())
    assert found["sealed"] > 0
    assert found["accepted"] + found["rejected"] == found["sealed"]
    assert (found["lost"], found["duplicated"], found["unsettled"]) == ([], [], 0)
    assert found["connects"] >= 6
    assert found["counts"]["kills"] > 0
    assert found["counts"]["duplicates"] > 0
    assert set(found["times_ms"]["parcel_to_decided"]) == {"p50", "p90", "p99", "p100"}
    assert "0 lost, 0 duplicated" in " ".join(capsys.readouterr().out.split())
    assert main(["ledger", "--root", str(running.root)]) == 0


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--faults", "flood=1"), "Faults are written as"),
        (("--rate", "-1"), "rate is out of its range"),
        (("--processes", "0", "--rate", "nan"), "rate is out of its range"),
        (("--report", "/nowhere/report.json"), "cannot be written"),
    ],
)
def test_a_plan_that_is_none_is_refused(
    headquarters: Paths, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], sentence: str
) -> None:
    assert simulate(headquarters, *options) == EXIT_REFUSED
    assert sentence in capsys.readouterr().err


def test_it_stays_away_from_real_stations(headquarters: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    headquarters.migris_database.parent.mkdir(parents=True, exist_ok=True)
    headquarters.migris_database.touch()
    enrolled(headquarters)
    assert simulate(headquarters, tenant="lt") == EXIT_REFUSED
    assert "has real stations" in capsys.readouterr().err


def test_it_stays_away_from_a_real_migris(headquarters: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate(headquarters) == EXIT_REFUSED
    assert "MIGRIS is not simulated here" in capsys.readouterr().err


def test_a_tenant_must_be_one_of_headquarters(headquarters: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate(headquarters, tenant="elsewhere") == EXIT_REFUSED
    assert "none of headquarters'" in capsys.readouterr().err
