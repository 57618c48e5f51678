"""The layer itself is proven: over FUSE it loses what was not synced, keeps what was, catches a broken product.

Without root, /dev/fuse or libfuse3 these are skipped.
"""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.power.disk import Order
from tests.power.plug import Plug, obstacle
from tests.power.volume import Keep

pytestmark = pytest.mark.skipif(obstacle() is not None, reason=str(obstacle()))

_CARELESS = """
import os, sys
from pathlib import Path
Path(sys.argv[1], "careless").write_bytes(b"content")
os.mkdir(Path(sys.argv[1], "never"))
"""
_CAREFUL = """
import os, sys
from pathlib import Path
from vault.disk import write_durably
write_durably(Path(sys.argv[1], "careful"), b"content" * 1000)
os.mkdir(Path(sys.argv[1], "never"))
"""
_BROKEN = """
import os, sys
from pathlib import Path
import vault.disk
vault.disk.sync_folder = lambda folder: None
vault.disk.write_durably(Path(sys.argv[1], "broken"), b"content" * 1000)
os.mkdir(Path(sys.argv[1], "never"))
"""
_COMMITS = """
import sys
from pathlib import Path
from sqlalchemy import text
from vault.database import open_database
engine = open_database(Path(sys.argv[1], "x.db"))
with engine.begin() as connection:
    connection.execute(text("CREATE TABLE IF NOT EXISTS t (n INTEGER)"))
for number in range(100):
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO t VALUES (:n)"), {"n": number})
    print(number, flush=True)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "disk"
    found.mkdir()
    (found / "old").write_bytes(b"old")
    return found


@pytest.fixture
def plug(folder: Path, tmp_path: Path) -> Iterator[Plug]:
    opened = Plug(folder, beside=tmp_path)
    yield opened
    opened.close()


_WAIT = "import sys\nsys.stdin.readline()\n"


def _until_cut(plug: Plug, program: str, folder: Path, *, number: int, keep: Keep | None = None) -> str:
    """Run it, cut the power before that operation, switch on; what it had said until then."""
    running = subprocess.Popen(
        [sys.executable, "-c", _WAIT + program, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        process_group=0,
    )
    plug.order(Order(number, (running.pid,), keep or Keep()))
    said, _ = running.communicate(b"now\n")
    assert running.returncode == -9, plug.steps
    plug.power_on()
    return said.decode()


def test_who_does_not_sync_loses_it(plug: Plug, folder: Path) -> None:
    _until_cut(plug, _CARELESS, folder, number=3)
    assert plug.steps == ["make careless", "write careless", "make never"]
    assert os.listdir(folder) == ["old"]
    assert (folder / "old").read_bytes() == b"old"


def test_who_syncs_does_not(plug: Plug, folder: Path) -> None:
    _until_cut(plug, _CAREFUL, folder, number=6)
    assert plug.steps[-2:] == ["sync ", "make never"]
    assert sorted(os.listdir(folder)) == ["careful", "old"]
    assert (folder / "careful").read_bytes() == b"content" * 1000


def test_a_product_that_forgets_the_folder_is_caught(plug: Plug, folder: Path) -> None:
    _until_cut(plug, _BROKEN, folder, number=5)
    assert plug.steps[-2:] == ["rename broken.writing", "make never"]
    assert os.listdir(folder) == ["old"], "what it said that it had written is not there"


@pytest.mark.parametrize("sector_bytes", [0, 512, 4096])
def test_a_commit_that_returned_is_there(plug: Plug, folder: Path, sector_bytes: int) -> None:
    for number in (60, 85):
        said = _until_cut(plug, _COMMITS, folder, number=number, keep=Keep(number, True, sector_bytes))
        with closing(sqlite3.connect(folder / "x.db")) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            (found,) = database.execute("SELECT max(n) FROM t").fetchone()
        assert found >= int(said.split()[-1])
        assert len(said.split()) > 3
