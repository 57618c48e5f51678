"""One demo for all tests that look at what a demo leaves: run once a worker, as a user runs it."""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

DEMO_LIMIT_S = 240


@dataclass(frozen=True)
class Ran:
    """A demo that has ended."""

    code: int
    output: str
    complaint: str
    out: Path
    left: list[str]
    """Temporary files that it did not remove."""


def run_demo(out: Path, *options: str) -> Ran:
    """`smilius demo` in a process of its own, its temporary files in a folder that can be looked at."""
    # pytest's own folders have names that are too long for a socket below them
    temporary = Path(tempfile.mkdtemp(prefix="t-"))
    command = [sys.executable, "-c", "import sys; from provisioning.cli import main; sys.exit(main())"]
    ended = subprocess.run(
        [*command, "demo", "--out", str(out), *options],
        capture_output=True,
        text=True,
        timeout=DEMO_LIMIT_S,
        check=False,
        env={**os.environ, "TMPDIR": str(temporary), "COLUMNS": "100"},
    )
    left = [path.name for path in temporary.iterdir()]
    shutil.rmtree(temporary)
    return Ran(ended.returncode, ended.stdout, ended.stderr, out, left)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return run_demo(tmp_path_factory.mktemp("d") / "out", "--keep", "--missing", "left-index=amputated")
