"""The sample in C of the protocol's page, compiled and checked; skipped where there is no compiler."""

import shutil
import subprocess
from pathlib import Path

import pytest

from drivers.fingerprint.vendor_helper import Options
from provisioning.helper.check import check
from tests.house.source import ROOT

SOURCE = ROOT / "docs" / "vendor-helper.c"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    made = tmp_path_factory.mktemp("c") / "helper"
    subprocess.run([compiler, "-Wall", "-Wextra", "-Werror", "-O1", "-o", made, SOURCE], check=True)
    return made


async def test_it_keeps_every_promise(program: Path) -> None:
    lines: list[str] = []
    assert await check(Options(command=(str(program),)), as_json=False, say=lines.append), "\n".join(lines)


def test_it_is_as_short_as_the_page_promises() -> None:
    assert SOURCE.read_text().count("\n") <= 150
