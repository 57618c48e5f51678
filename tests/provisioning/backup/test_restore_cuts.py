"""A restore that is killed at any durable step, or meets a full disk, leaves all that was there or all that was to
come; the same command then ends it, and central sees one restore.
"""

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from operator import eq
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from agent.compose.migrate import run_migrations
from agent.config.paths import Paths
from agent.wire.backup import RESTORED
from tests.provisioning.backup.site import Headquarters, Unit
from tests.provisioning.backup.steps import applied, asked, backed_up, lines, resealed
from tests.small_disk import SmallDisk, mounted
from vault.swap import STAGE

STEPS_MIN = 40
"""A restore has at least so many; fewer would mean that the kills missed it."""

EVERY = int(os.environ.get("SMILIUS_KILL_EVERY", "9"))
"""A sample of the steps; 1 takes all of them, and some minutes."""

_STEPS = {os.fsync, os.rename, os.unlink, os.rmdir}
LAYER = "20-local.toml"
ROOMS_KIB = (0, 8, 64, 160, 320)


class Life:
    """What a process does, counted in durable steps."""

    def __init__(self, dies: Callable[[int], bool]) -> None:
        """:param dies: whether it is killed just before the step with this number."""
        self._numbers, self._dies = count(), dies

    def __enter__(self) -> "Life":
        sys.setprofile(self._see)
        event.listen(Engine, "commit", self._commit)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _see(self, _frame: FrameType, kind: str, called: Any) -> None:
        if kind == "c_call" and called in _STEPS:
            self._step()

    def _commit(self, _connection: Connection) -> None:
        self._step()

    def _step(self) -> None:
        if self._dies(next(self._numbers)):
            os.kill(os.getpid(), signal.SIGKILL)


def killed(work: Callable[[], object], dies: Callable[[int], bool]) -> bool:
    """Whether the work of a process of its own was cut off; else it ended well."""
    if (child := os.fork()) == 0:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        with Life(dies):
            code = work()
        os._exit(1 if code else 0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.waitstatus_to_exitcode(status) == 0
    return False


def is_new(paths: Paths) -> bool:
    """Whether everything is what the backup says; else nothing is."""
    there = {
        any(line["kind"] == RESTORED for line in lines(paths.station_database)),
        any(line["kind"] == RESTORED for line in lines(paths.courier_database)),
        (paths.configuration / LAYER).exists(),
        paths.clock_history.exists(),
        paths.revoked_receipt_keys.exists(),
    }
    assert len(there) == 1, "some of it is old, and some new"
    assert list(paths.root.rglob(STAGE)) == []
    return there.pop()


@pytest.fixture
def fresh(unit: Unit, headquarters: Headquarters, tmp_path: Path) -> tuple[Paths, Path]:
    """A unit that may be restored, and its restore."""
    (unit.paths.configuration / LAYER).write_text("[courier]\nkeepalive_s = 77\n")
    unit.paths.clock_history.write_text('{"devices": {}}')
    unit.paths.revoked_receipt_keys.write_text(unit.link.public.pem())
    unit.visit(ended=False)
    unit.spooled()
    paths = headquarters.enrol(tmp_path / "fresh")
    return paths, resealed(headquarters, backed_up(unit, tmp_path), asked(paths))


def copies(paths: Paths, folder: Path) -> Iterator[Paths]:
    for number in count():
        root = folder / f"copy-{number}"
        shutil.copytree(paths.root, root)
        yield Paths(root)
        shutil.rmtree(root)


def test_a_kill_at_any_step_leaves_the_old_or_the_new(
    fresh: tuple[Paths, Path], headquarters: Headquarters, tmp_path: Path
) -> None:
    original, restore = fresh
    seen, steps = [], 0
    for number, paths in enumerate(copies(original, tmp_path)):
        steps = number * EVERY
        cut = killed(partial(applied, paths, restore), partial(eq, steps))
        run_migrations(paths)
        seen.append(is_new(paths))
        # without its key it has come to its end
        again = 0 if paths.restore_key.exists() else 2
        assert applied(paths, restore) == again
        assert is_new(paths)
        assert list(paths.station.glob("restore.*")) == []
        if not cut:
            with Unit(paths) as restored:
                restored.tell(headquarters)
            break
    assert steps >= STEPS_MIN
    # one moment decides: everything before it is old, everything behind it new
    assert seen == sorted(seen)
    assert set(seen) == {False, True}
    assert headquarters.kinds().count("ledger-restored") == 2


def test_a_kill_while_the_migration_ends_a_restore_is_ended_by_the_next(
    fresh: tuple[Paths, Path], tmp_path: Path
) -> None:
    original, restore = fresh
    decided = original.station / STAGE / "decided"
    assert killed(partial(applied, original, restore), lambda _number: decided.exists())
    for number, paths in enumerate(copies(original, tmp_path)):
        cut = killed(partial(run_migrations, paths), partial(eq, number * EVERY))
        run_migrations(paths)
        assert is_new(paths)
        if not cut:
            break
    assert number > 1


@pytest.fixture
def small(fresh: tuple[Paths, Path], tmp_path: Path) -> Iterator[tuple[Paths, Path, SmallDisk]]:
    """The same on a disk of its own."""
    original, restore = fresh
    folder = tmp_path / "disk"
    folder.mkdir()
    with mounted(tmp_path / "image", folder, size_mib=16) as disk:
        shutil.copytree(original.root, folder / "unit")
        yield Paths(folder / "unit"), restore, disk


@pytest.mark.parametrize("room_kib", ROOMS_KIB)
def test_a_full_disk_leaves_the_old_or_the_new(
    small: tuple[Paths, Path, SmallDisk], room_kib: int, capsys: pytest.CaptureFixture[str]
) -> None:
    paths, restore, disk = small
    disk.fill()
    os.truncate(disk.folder / "filler", (disk.folder / "filler").stat().st_size - room_kib * 1024)
    capsys.readouterr()
    code = applied(paths, restore)
    said = capsys.readouterr().err
    assert code == 0 or (code, said.count("\n")) == (2, 1), said
    disk.empty()
    run_migrations(paths)
    assert is_new(paths) == (code == 0)
    if code:
        assert "The disk failed" in said
        assert applied(paths, restore) == 0
        assert is_new(paths)
