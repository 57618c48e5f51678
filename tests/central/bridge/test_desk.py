"""The desk as its own process: it says where it is and with which code, and refuses to run without a hand-off."""

import re
import sys
from pathlib import Path

import httpx
import pytest

from central.cli import main
from central.paths import Paths
from tests.central.headquarters import founded
from tests.central.processes import running

HANDOFF = """
[migris]
connector = "handoff"
"""


def test_without_a_handoff_there_is_no_desk(headquarters: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["desk", "--root", str(headquarters.root), "--port", "0"]) == 2
    assert "no hand-off" in capsys.readouterr().err


def test_the_code_of_the_terminal_opens_the_page(tmp_path: Path) -> None:
    paths = founded(tmp_path / "central")
    paths.settings.write_text(paths.settings.read_text() + HANDOFF)
    log = tmp_path / "desk.log"
    command = (sys.executable, "-m", "central", "desk", "--root", str(paths.root), "--port", "0")
    with running(*command, log=log):
        found = re.search(r"(http://127\.0\.0\.1:[0-9]+/)  code: (\S+)", log.read_text())
        assert found
        with httpx.Client(base_url=found[1], headers={"accept-language": "en"}) as client:
            assert "Code from the terminal" in client.get("/").text
            assert client.post("/sign-in", data={"code": found[2]}).status_code == 303
            page = client.get("/")
            assert "Nothing waits." in page.text
            assert "server" not in page.headers
