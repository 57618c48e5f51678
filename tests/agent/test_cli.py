"""`python -m agent`: every verb, and what is refused. Also holds __main__.py."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent.cli import main
from agent.config.paths import Paths

ROOT = Path(__file__).resolve().parents[2]


def ran(*arguments: str, root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agent", *arguments, "--root", str(root)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def layer(root: Path, text: str) -> None:
    folder = Paths(root).configuration
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "10.toml").write_text(text)


PLACE = "[place]\ntenant = 'lt'\nstation = 'vilnius-1'\n"


@pytest.mark.parametrize("arguments", [[], ["fly"], ["config", "--more"], ["worker"], ["worker", "--channel", "x"]])
def test_nothing_runs_without_a_whole_verb(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: python -m agent")


def test_config_prints_what_is_in_force(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layer(tmp_path, PLACE + "[courier]\nkeepalive_s = 31\n")
    assert main(["config", "--root", str(tmp_path)]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["place"]["station"], shown["courier"]["keepalive_s"]) == ("vilnius-1", 31)
    assert main(["config", "--changed", "--root", str(tmp_path)]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "courier.keepalive_s": 31,
        "place.station": "vilnius-1",
        "place.tenant": "lt",
    }


def test_config_prints_any_value_that_toml_knows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layer(tmp_path, PLACE + "[station.camera.options]\nbought = 2026-05-01\n")
    for changed in ([], ["--changed"]):
        assert main(["config", *changed, "--root", str(tmp_path)]) == 0
        assert "2026-05-01" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The configuration would not load: place.tenant: Field required; place.station: Field required."),
        ("[x]\n", "The configuration file 10.toml has an unknown section: x."),
        ("[", "The configuration file 10.toml cannot be read."),
    ],
)
def test_what_would_not_load_is_refused_in_a_sentence(
    tmp_path: Path, text: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    layer(tmp_path, text)
    assert main(["config", "--root", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", f"python -m agent: {sentence}\n")


def test_migrate_makes_the_databases_below_the_root(tmp_path: Path) -> None:
    done = ran("migrate", root=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    paths = Paths(tmp_path)
    assert paths.station_database.exists()
    assert paths.courier_database.exists()


@pytest.mark.parametrize("verb", ["station", "courier"])
def test_a_daemon_that_cannot_begin_refuses_in_a_sentence(tmp_path: Path, verb: str) -> None:
    layer(tmp_path, PLACE)
    done = ran(verb, root=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        f"python -m agent: The state folder of the {verb} is not there, or not its own: run its migration."
    ]
    Paths(tmp_path).make_folders()
    done = ran(verb, root=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "python -m agent: The database is not migrated for this release: run `python -m agent migrate` first."
    ]


def test_a_root_that_cannot_be_written_is_said_without_its_name(tmp_path: Path) -> None:
    (tmp_path / "var").touch()
    done = ran("migrate", root=tmp_path)
    assert (done.returncode, done.stdout) in {(1, ""), (2, "")}
    (line,) = done.stderr.splitlines()
    assert line.startswith("python -m agent: ")
    assert str(tmp_path) not in line


def test_the_root_may_be_relative(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layer(tmp_path, PLACE)
    assert main(["config", "--root", os.path.relpath(tmp_path)]) == 0
    assert "vilnius-1" in capsys.readouterr().out
