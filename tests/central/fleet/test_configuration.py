"""`smilius-fleet config`: what may be set is signed and kept, what may not is refused with its name."""

import json
from pathlib import Path

import pytest

from central.fleet.cli import main
from central.paths import Paths
from tests.central.headquarters import Station


def run(paths: Paths, *arguments: str) -> int:
    return main(["config", *arguments, "--root", str(paths.root)])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "layer.toml"
    path.write_text("[courier]\nkeepalive_s = 60\n")
    return path


def test_it_is_set_shown_and_listed(
    headquarters: Paths, station: Station, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(headquarters, "set", station.name, str(file)) == 0
    file.write_text("")
    assert run(headquarters, "set", f"lt/{station.name}", str(file), "--days", "2", "--revert-after-s", "10") == 0
    assert capsys.readouterr().out == "1\n2\n"
    assert run(headquarters, "history", station.name) == 0
    shown = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["number"], one["outcome"]) for one in shown] == [(2, "open"), (1, "open")]
    assert shown[0]["set_by"].startswith("uid:")
    file.write_text("[station.profile.face]\nattempts = 2\n")
    assert run(headquarters, "set", station.name, str(file)) == 0
    capsys.readouterr()
    assert run(headquarters, "show", station.name) == 0
    said = capsys.readouterr().out
    assert said.startswith('# {"number": 3, ')
    assert said.endswith("\n[station.profile.face]\nattempts = 2\n")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"[station]\npeer_users = [0]", "may not set: station.peer_users"),
        (b"[courier", "not TOML"),
        (b"\xff", "cannot be read"),
        (b"#" * 40_000, "too large"),
        (b"# \x01", "not TOML"),
    ],
)
def test_what_no_station_could_take_is_refused(
    headquarters: Paths,
    station: Station,
    file: Path,
    content: bytes,
    why: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file.write_bytes(content)
    assert run(headquarters, "set", station.name, str(file)) == 2
    assert why in capsys.readouterr().err
    assert run(headquarters, "show", station.name) == 2
    assert "was ever set" in capsys.readouterr().err


def test_what_is_written_with_many_bytes_is_measured_in_bytes(
    headquarters: Paths, station: Station, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text("# " + "\U0001f512" * 30_000)
    assert run(headquarters, "set", station.name, str(file)) == 2
    assert "too large" in capsys.readouterr().err


def test_what_cannot_be_is_refused(
    headquarters: Paths, station: Station, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(headquarters, "set", "nobody-1", str(file)) == 2
    assert run(headquarters, "set", station.name, str(file.with_name("none.toml"))) == 2
    assert run(headquarters, "history", station.name) == 0
    assert capsys.readouterr().out == ""
    for option, value in (("--days", "0"), ("--days", "366"), ("--revert-after-s", "9"), ("--revert-after-s", "x")):
        with pytest.raises(SystemExit):
            run(headquarters, "set", station.name, str(file), option, value)
