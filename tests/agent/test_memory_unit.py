"""systemd/smilius-.service.d/10-memory.conf: systemd takes every line, and they say what our processes do."""

import configparser
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from agent.private_memory import FORGETFUL
from tests.house.source import ROOT

DROP_IN = ROOT / "systemd" / "smilius-.service.d" / "10-memory.conf"


class _Lines(configparser.RawConfigParser):
    """Names keep their case."""

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def complaints(folder: Path, *, more: str = "") -> str:
    """What systemd says of a unit of ours with the drop-in."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed")
    beside = folder / DROP_IN.parent.name
    beside.mkdir()
    (beside / DROP_IN.name).write_text(DROP_IN.read_text() + more)
    (folder / "smilius-courier.service").write_text("[Service]\nExecStart=/bin/true\n")
    command = ["systemd-analyze", "verify", "./smilius-courier.service"]
    environment = {**os.environ, "SYSTEMD_UNIT_PATH": f"{folder}:"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.stderr


def test_systemd_takes_every_line(tmp_path: Path) -> None:
    assert complaints(tmp_path) == ""


def test_a_line_that_systemd_does_not_know_would_be_noticed(tmp_path: Path) -> None:
    assert "LimitCORES" in complaints(tmp_path, more="LimitCORES=0\n")


def test_it_says_what_the_processes_do_themselves() -> None:
    lines = [line for line in DROP_IN.read_text().splitlines() if line.startswith("Environment=")]
    assert dict(line.removeprefix("Environment=").split("=", 1) for line in lines) == FORGETFUL
    unit = _Lines(strict=False)
    unit.read(DROP_IN)
    said = unit["Service"]
    assert (said["LimitCORE"], said["LimitMEMLOCK"], said["MemorySwapMax"]) == ("0", "infinity", "0")
