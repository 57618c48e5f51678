"""vault/swap.py: several files are replaced together, or none, wherever the power goes."""

import os
import sqlite3
from itertools import count
from pathlib import Path

import pytest

from tests.small_disk import mounted
from tests.vault.disk_calls import Cut, DiskCalls, cut_before
from vault.errors import DiskFailed
from vault.swap import STAGE, Swap

OLD, NEW = b"old", b"new"
STEPS_MIN = 20


def targets(root: Path) -> list[Path]:
    return [root / "a" / "one.db", root / "a" / "two", root / "b" / "three.db"]


def swap_of(root: Path) -> Swap:
    return Swap((root / "a", root / "b"))


def laid_out(root: Path) -> Path:
    for folder in ("a", "b"):
        (root / folder).mkdir(parents=True)
    for target in targets(root):
        target.write_bytes(OLD)
    for log in ("one.db-wal", "one.db-shm"):
        (root / "a" / log).write_bytes(b"of the old one")
    (root / "b" / "bystander").write_bytes(OLD)
    return root


def replace_all(root: Path) -> None:
    swap = swap_of(root)
    swap.begin()
    for target in targets(root):
        swap.place(target).write_bytes(NEW)
    swap.commit()


def contents(root: Path) -> set[bytes]:
    return {target.read_bytes() for target in targets(root)}


def test_all_are_replaced_and_nothing_else(tmp_path: Path) -> None:
    replace_all(laid_out(tmp_path))
    assert contents(tmp_path) == {NEW}
    assert (tmp_path / "b" / "bystander").read_bytes() == OLD
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [
        "bystander",
        "one.db",
        "three.db",
        "two",
    ]


def test_a_cut_at_any_step_leaves_all_old_or_all_new(tmp_path: Path) -> None:
    seen, steps = set(), 0
    for number in count():
        root = laid_out(tmp_path / str(number))
        try:
            with DiskCalls(root, before=cut_before(number)):
                replace_all(root)
        except Cut:
            decided = swap_of(root).settle()
            assert len(contents(root)) == 1
            assert not decided or contents(root) == {NEW}
            assert list(root.rglob(STAGE)) == []
            if contents(root) == {OLD}:
                assert (root / "a" / "one.db-wal").exists()
            seen |= contents(root)
            continue
        steps = number
        break
    assert steps >= STEPS_MIN
    assert seen == {OLD, NEW}


def test_a_cut_while_a_cut_is_settled_is_settled_too(tmp_path: Path) -> None:
    for number in count():
        root = laid_out(tmp_path / str(number))
        swap = swap_of(root)
        swap.begin()
        for target in targets(root):
            swap.place(target).write_bytes(NEW)
        (root / "a" / STAGE / "decided").write_bytes(b"")
        try:
            with DiskCalls(root, before=cut_before(number)):
                swap_of(root).settle()
        except Cut:
            swap_of(root).settle()
            assert contents(root) == {NEW}
            assert list(root.rglob(STAGE)) == []
            continue
        break
    assert number >= 10


def test_what_was_only_begun_is_dropped(tmp_path: Path) -> None:
    swap = swap_of(laid_out(tmp_path))
    swap.begin()
    swap.place(targets(tmp_path)[0]).write_bytes(NEW)
    assert swap_of(tmp_path).settle() is False
    assert contents(tmp_path) == {OLD}
    assert list(tmp_path.rglob(STAGE)) == []


def test_a_full_disk_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    with mounted(tmp_path / "image", folder, size_mib=16) as disk:
        root = laid_out(folder / "root")
        swap = swap_of(root)
        swap.begin()
        for target in targets(root):
            swap.place(target).write_bytes(NEW)
        disk.fill()
        try:
            swap.commit()
        except DiskFailed:
            disk.empty()
            swap_of(root).settle()
        assert len(contents(root)) == 1


def test_an_old_log_is_not_read_as_the_new_databases(tmp_path: Path) -> None:
    root = laid_out(tmp_path)
    target = root / "a" / "one.db"
    for log in ("", "-wal", "-shm"):
        Path(f"{target}{log}").unlink(missing_ok=True)
    # a process that was killed leaves its log behind
    if (child := os.fork()) == 0:
        writing = sqlite3.connect(target)
        writing.execute("PRAGMA journal_mode=WAL")
        writing.execute("CREATE TABLE old (id)")
        writing.commit()
        os._exit(0)
    os.waitpid(child, 0)
    assert Path(f"{target}-wal").stat().st_size > 0
    swap = swap_of(root)
    swap.begin()
    new = sqlite3.connect(swap.place(target))
    new.execute("CREATE TABLE new (id)")
    new.commit()
    new.close()
    swap.commit()
    found = sqlite3.connect(target)
    assert found.execute("SELECT name FROM sqlite_master").fetchall() == [("new",)]
    found.close()


@pytest.mark.parametrize("folder", ["a", "b"])
def test_a_folder_that_is_not_there_is_one_error(tmp_path: Path, folder: str) -> None:
    (laid_out(tmp_path) / folder).rename(tmp_path / "elsewhere")
    (tmp_path / folder).write_bytes(b"a file in its place")
    with pytest.raises(DiskFailed):
        swap_of(tmp_path).begin()
