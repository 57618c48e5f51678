"""The layer that sees and kills is proven itself: on a process that begins anew once, as the long-lived ones do."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.power.steps import Page, When, compiler

pytestmark = pytest.mark.skipif(compiler() is None, reason="there is no C compiler")

_BYTES = 1000
_COURIER = f"""
import os, sys
from pathlib import Path
from agent.private_memory import forget_what_is_freed
Path(sys.argv[2], "before").touch()
forget_what_is_freed()
with Path(sys.argv[2], "whole.writing").open("wb", buffering=0) as file:
    file.write(b"x" * {_BYTES})
    os.fsync(file)
Path(sys.argv[2], "whole.writing").rename(Path(sys.argv[2], "whole"))
"""
_STEPS = ["make whole.writing", "write whole.writing", "sync whole.writing", "rename whole.writing"]


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    page = Page(tmp_path)
    (tmp_path / "stage").mkdir()
    yield page
    page.close()


def courier(page: Page, root: Path) -> int:
    """Its exit code; SIGKILL's is negative."""
    command = [sys.executable, "-c", _COURIER, "courier", str(root)]
    # what the test's own process may have of it is not passed on
    environment = {"PATH": os.environ["PATH"], **page.environment(root, broker_port=1)}
    return subprocess.run(command, env=environment, check=False).returncode


def test_the_steps_are_those_of_the_process_that_was_begun_anew(page: Page, tmp_path: Path) -> None:
    root = tmp_path / "stage"
    assert courier(page, root) == 0
    assert page.steps("courier") == ["make before", *_STEPS]
    assert page.steps("station") == []
    page.forget_steps()
    assert page.steps("courier") == []


@pytest.mark.parametrize(
    ("number", "when", "left"),
    [
        (2, When.BEFORE, {}),
        (2, When.AFTER, {"whole.writing": 0}),
        (3, When.DURING, {"whole.writing": _BYTES // 4}),
        (3, When.AFTER, {"whole.writing": _BYTES}),
        (5, When.BEFORE, {"whole.writing": _BYTES}),
        (5, When.AFTER, {"whole": _BYTES}),
    ],
)
def test_it_dies_on_the_side_of_the_step_that_was_ordered(
    page: Page, tmp_path: Path, number: int, when: When, left: dict[str, int]
) -> None:
    root = tmp_path / "stage"
    page.order("courier", number=number, when=when, permille=250)
    assert courier(page, root) == -signal.SIGKILL
    assert page.killed("courier")
    assert {path.name: path.stat().st_size for path in root.iterdir() if path.name != "before"} == left
    assert page.withdraw("courier") == ["make before", *_STEPS][number - 1]
    assert courier(page, root) == 0, "an order is carried out once"
