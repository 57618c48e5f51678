"""`smilius claim`, between a station's folder and headquarters' own command."""

import os
import pwd
from pathlib import Path

import pytest

from agent.compose.identity import link_tls
from agent.compose.keys import key_home
from agent.config.paths import Paths
from agent.wire import EnrolmentRequest
from agent.wire.document import read_plain
from central.cli import main as central
from provisioning.cli import main as smilius
from tests.vault.keys.configured import configured
from vault.keys import load_signer, load_signing_key


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
    paths = Paths(tmp_path / "station")
    link_tls(paths, load_signing_key(paths.link_key))


@pytest.mark.parametrize("kind", ["credential", "otp", "tpm"])
def test_a_station_is_claimed_whatever_home_its_keys_have(kind: str, tmp_path: Path, headquarters: Path) -> None:
    root = tmp_path / "station"
    with configured(kind, root):
        code, file = request(root)
        assert code == 0
        answer = answered(headquarters, file)
        assert smilius(["claim", "answer", "--root", str(root), "--answer", str(answer)]) == 0
        paths = Paths(root)
        link_tls(paths, load_signing_key(paths.link_key, key_home(paths, "courier")))
        seal = load_signer(paths.seal_key, key_home(paths, "station"))
        asked = read_plain(file.read_bytes(), EnrolmentRequest)
        assert seal.public.pem() == asked.seal_public
        plain = [path.name for path in root.rglob("*.key") if not path.read_bytes().startswith(b"SMILIUS-KEY ")]
        assert plain == []


def test_keys_that_are_plain_files_are_not_taken_for_locked_ones(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "station"
    assert request(root)[0] == 0
    before = Paths(root).seal_key.read_bytes()
    with configured("otp", root):
        assert request(root)[0] == 2
    assert "lives in another home (file) than the configured one (otp)" in capsys.readouterr().err
    assert Paths(root).seal_key.read_bytes() == before


def test_a_home_that_is_not_there_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "station"
    with configured("otp", root, vcmailbox=str(tmp_path / "no such command")):
        assert request(root)[0] == 2
    assert capsys.readouterr().err == "smilius: The Pi's firmware cannot be asked for its key.\n"
    assert list(root.rglob("*.key")) == []


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
