"""`smilius claim`, between a station's folder and headquarters' own command."""

import os
import pwd
from pathlib import Path

import pytest

from agent.compose.identity import link_tls
from agent.config.paths import Paths
from central.cli import main as central
from provisioning.cli import main as smilius


@pytest.fixture
def headquarters(tmp_path: Path) -> Path:
    folder = tmp_path / "hq"
    user = pwd.getpwuid(os.geteuid()).pw_name
    assert central(["init", "--root", str(folder), "--tenant", "lt", "--broker-user", user]) == 0
    return folder


def request(root: Path, *, station: str = "vilnius") -> tuple[int, Path]:
    file = root.with_suffix(".json")
    given = ["claim", "request", "--root", str(root), "--tenant", "lt", "--station", station, "--request", str(file)]
    return smilius(given), file


def answered(headquarters: Path, file: Path) -> Path:
    answer = file.with_suffix(".answer")
    given = ["ca", "enrol", "--root", str(headquarters), "--request", str(file), "--answer", str(answer)]
    assert central(given) == 0
    return answer


def test_two_files_make_a_station(tmp_path: Path, headquarters: Path) -> None:
    code, file = request(tmp_path / "station")
    assert code == 0
    answer = answered(headquarters, file)
    assert smilius(["claim", "answer", "--root", str(tmp_path / "station"), "--answer", str(answer)]) == 0
    link_tls(Paths(tmp_path / "station"))


def test_another_stations_answer_replaces_nothing(
    tmp_path: Path, headquarters: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (_, ours), (_, other) = request(tmp_path / "ours"), request(tmp_path / "other", station="kaunas")
    root = tmp_path / "ours"
    assert smilius(["claim", "answer", "--root", str(root), "--answer", str(answered(headquarters, ours))]) == 0
    before = Paths(root).link_certificate.read_bytes()
    assert smilius(["claim", "answer", "--root", str(root), "--answer", str(answered(headquarters, other))]) == 2
    assert Paths(root).link_certificate.read_bytes() == before
    assert capsys.readouterr().err == "smilius: The answer is not to this station's request.\n"


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\x00", b"x" * 100_000])
def test_what_is_no_answer_is_refused(tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "answer"
    file.write_bytes(content)
    assert smilius(["claim", "answer", "--root", str(tmp_path / "station"), "--answer", str(file)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("station", ["Vilnius 1", "central", ""])
def test_a_name_that_cannot_be_one_is_refused(tmp_path: Path, station: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, file = request(tmp_path / "station", station=station)
    assert (code, file.exists()) == (2, False)
    assert capsys.readouterr().err.count("\n") == 1


def test_a_request_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    given = ["claim", "request", "--root", str(tmp_path), "--tenant", "lt", "--station", "a"]
    assert smilius([*given, "--request", str(tmp_path / "no" / "such" / "folder")]) == 2
