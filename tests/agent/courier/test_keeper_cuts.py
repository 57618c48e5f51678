"""A sweep that is killed anywhere: each record is there or gone, wholly and with its line; the next sweep ends it."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.agent.courier.archive import Archive, of_class
from tests.agent.courier.premises import CENTRAL_KEY, Premises
from vault.labels import ParcelId

CUT = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from sqlalchemy import Engine, event
from agent.courier.keeper import ParcelKeeper
from tests.agent.courier.archive import PERIODS
from vault.database import open_database
from vault.envelope import Pinned, VerifyingKey

folder, at = Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2])
monotonic_ns, left = int(sys.argv[3]), int(sys.argv[4])

class Clock:
    def now(self):
        return at

    def monotonic_ns(self):
        return monotonic_ns

def step(*_):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)

event.listen(Engine, "after_cursor_execute", step)
event.listen(Engine, "commit", step)
pinned = Pinned([VerifyingKey.from_pem((folder / "central.pem").read_text())])
engine = open_database(folder / "courier.db")
keeper = ParcelKeeper(engine, periods=PERIODS, receipts=pinned, clock=Clock(), boot="boot")
keeper.run(dry=False)
print(left)
"""
"""A sweep that is killed after its n-th statement, or before its n-th commit; the clocks are given."""

PARCELS = 3


def swept(archive: Archive, *, cut: int) -> subprocess.CompletedProcess[str]:
    """A process of its own, at this moment of the premises' clocks."""
    folder = archive.premises.root
    (folder / "central.pem").write_text(CENTRAL_KEY.public.pem())
    clock = archive.clock
    given = (str(folder), clock.now().isoformat(), str(clock.monotonic_ns()), str(cut))
    return subprocess.run([sys.executable, "-c", CUT, *given], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many statements and commits a sweep of these is."""
    premises = Premises(tmp_path_factory.mktemp("whole"))
    archive, _ = due(premises)
    ended = swept(archive, cut=100_000)
    premises.close()
    assert ended.returncode == 0, ended.stderr
    return 100_000 - int(ended.stdout)


def due(premises: Premises) -> tuple[Archive, list[tuple[ParcelId, bytes]]]:
    """Parcels whose records go with the next sweep; each with a signed thing that must not be left."""
    archive = Archive(premises)
    found = []
    for parcel in [archive.gone() for _ in range(PARCELS)]:
        history = premises.store.history(parcel.id)
        assert history is not None
        assert history.tombstone is not None
        found.append((parcel.id, history.tombstone))
    archive.forward(1097)
    archive.run()
    archive.forward(1)
    return archive, found


@pytest.mark.parametrize("seventh", range(1, 8))
def test_a_sweep_may_be_killed_anywhere(tmp_path: Path, steps: int, seventh: int) -> None:
    premises = Premises(tmp_path)
    archive, found = due(premises)
    cut = steps * seventh // 7
    assert swept(archive, cut=cut).returncode == -signal.SIGKILL
    lines = [body for body in archive.bodies("retention-deleted") if '"class":"parcel"' in body]
    left = [parcel for parcel, _ in found if archive.rows("parcel", parcel)]
    assert len(left) == PARCELS - len(lines), "gone with a line, or there"
    for parcel in left:
        assert min(archive.rows(table, parcel) for table in ("milestone", "receipt", "tombstone")) >= 1
    # the next life
    archive.keeper = archive.started("boot")
    outcome = archive.run()
    assert (of_class(outcome, "parcel"), outcome.log_cut) == ((0, 0, len(left)), True)
    archive.run()
    assert len([body for body in archive.bodies("retention-deleted") if '"class":"parcel"' in body]) == PARCELS
    assert [tombstone in archive.disk() for _, tombstone in found] == [False] * PARCELS
    premises.close()
