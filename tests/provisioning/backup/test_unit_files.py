"""systemd's own tools read the units of the monthly backup; its command is one that the parser takes."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from provisioning.cli import parser

UNITS = Path(__file__).resolve().parents[3] / "systemd"
SERVICE, TIMER = UNITS / "smilius-backup.service", UNITS / "smilius-backup.timer"
EXPOSURE_MAX = 30
"""Of 100, as `systemd-analyze security` counts."""

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


def analyzed(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units with a command that is on this machine."""
    for unit in (SERVICE, TIMER):
        (tmp_path / unit.name).write_text(unit.read_text().replace("ExecStart=smilius", "ExecStart=/bin/true"))
    return tmp_path


@needs_systemd
def test_systemd_finds_nothing_wrong_with_them(units: Path) -> None:
    done = analyzed("verify", "--man=no", *(str(units / unit.name) for unit in (SERVICE, TIMER)))
    assert (done.returncode, [line for line in done.stderr.splitlines() if "smilius" in line]) == (0, [])


@needs_systemd
def test_the_service_is_shut_in(units: Path) -> None:
    done = analyzed("security", "--offline=yes", f"--threshold={EXPOSURE_MAX}", str(units / SERVICE.name))
    assert done.returncode == 0, done.stdout + done.stderr


@needs_systemd
def test_the_timer_elapses_every_month() -> None:
    (calendar,) = re.findall(r"^OnCalendar=(.+)$", TIMER.read_text(), re.MULTILINE)
    done = analyzed("calendar", "--iterations=12", "--base-time=2026-01-15", calendar)
    assert len(re.findall(r"\d{4}-(\d{2})-01 00:00:00", done.stdout)) >= 12


def test_the_command_is_one() -> None:
    (command,) = re.findall(r"^ExecStart=(.+)$", SERVICE.read_text(), re.MULTILINE)
    name, *arguments = shlex.split(command)
    assert name == "smilius"
    assert parser().parse_args(arguments).verb == "backup"
