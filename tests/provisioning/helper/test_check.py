"""`smilius helper check` over the sample and over helpers that break one promise each."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from drivers.fingerprint.vendor_helper import Options
from provisioning.errors import InputRefused
from provisioning.helper.bench import Bench
from provisioning.helper.check import check, options_of
from tests.drivers.fingerprint.helpers import SAMPLE, HelperDesk, recorded
from tests.drivers.pictures import greys
from tests.house.source import ROOT

QUICK = {"grab_ms": 100, "close_ms": 100}


async def _told(options: Options) -> tuple[bool, dict[str, dict[str, Any]]]:
    lines: list[str] = []
    kept = await check(options, as_json=True, say=lines.append)
    return kept, {row["promise"]: row for row in map(json.loads, lines)}


def _options(desk: HelperDesk, *arguments: str) -> Options:
    read = {"command": desk.command(*arguments), "may_write_files": True, "wait_ms": 0, "limits": QUICK}
    return Options.model_validate(read)


async def test_the_sample_keeps_every_promise(tmp_path: Path) -> None:
    folder = recorded(tmp_path, right_index=greys().repeat(3, 0).repeat(3, 1))
    lines: list[str] = []
    options = Options(command=(*SAMPLE, "--folder", str(folder)))
    assert await check(options, as_json=False, say=lines.append)
    assert len(lines) == 10
    assert all(
        line.startswith("kept    It ") or line.startswith(("kept    Killed", "kept    Behind")) for line in lines
    )


@pytest.mark.parametrize(
    ("fault", "broken"),
    [
        ("hello=newer-version", "hello"),
        ("grab=damaged", "frames"),
        ("bye=stubborn", "bye"),
        ("disarm=twice", "frames"),
        ("close=hang", "frames"),
    ],
)
async def test_a_broken_promise_is_named(fault: str, broken: str, tmp_path: Path) -> None:
    desk = HelperDesk(tmp_path)
    kept, told = await _told(_options(desk, "--fault", fault))
    assert not kept
    assert not told[broken]["kept"]
    assert told[broken]["why"]
    assert desk.all_ended()


async def test_a_helper_that_keeps_no_order_is_told_so(tmp_path: Path) -> None:
    # the emulated one answers everything
    kept, told = await _told(_options(HelperDesk(tmp_path)))
    assert not kept
    broken = {name for name, row in told.items() if not row["kept"]}
    assert broken == {"order", "unknown"}


def test_who_leaves_the_group_is_found_and_can_be_ended() -> None:
    script = "import os, signal\nif os.fork() == 0:\n    os.setsid()\n    signal.pause()\ninput()"
    bench = Bench(Options(command=(sys.executable, "-c", script)))
    with bench.asked() as helper:
        helper.process.end(within_ms=5_000)
    assert bench.left_behind() == 1
    for pid in bench._marked():
        os.kill(pid, 9)
    assert bench.left_behind() == 0


@pytest.mark.parametrize("script", ["#!/nowhere/python\n", None])
async def test_what_cannot_be_started_is_refused(script: str | None, tmp_path: Path) -> None:
    program = tmp_path / "helper"
    if script is not None:
        program.write_text(script)
        program.chmod(0o700)
    with pytest.raises(InputRefused):
        await check(Options(command=(str(program),)), as_json=False, say=bool)


def test_a_command_is_found_as_a_shell_would() -> None:
    assert options_of(["sh", "-x"], may_write_files=True).command == (shutil.which("sh"), "-x")
    with pytest.raises(InputRefused):
        options_of(["no-such-helper"], may_write_files=False)


def test_the_command_line_says_it_all_and_exits_with_the_outcome(tmp_path: Path) -> None:
    folder = recorded(tmp_path, right_index=greys().repeat(3, 0).repeat(3, 1))
    smilius = [
        sys.executable,
        "-c",
        "import sys; from provisioning.cli import main; sys.exit(main())",
        "helper",
        "check",
    ]

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([*smilius, *arguments], capture_output=True, text=True, check=False, cwd=ROOT)

    good = run("--json", "--", *SAMPLE, "--folder", str(folder))
    assert (good.returncode, good.stderr) == (0, "")
    assert all(json.loads(line)["kept"] for line in good.stdout.splitlines())
    bad = run("--", "/bin/cat")
    assert bad.returncode == 1
    assert bad.stdout.count("BROKEN") == len(bad.stdout.splitlines()) - 1 == 1
    assert run("--", "/nowhere/helper").returncode == 2
