"""vault/disk.py: whole or absent, synced in the right order, nothing left behind by a failure."""

import errno
import os
import resource
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.vault.disk_calls import DiskCalls, DiskFault
from vault.disk import (
    NO_FILE,
    is_there,
    make_folder,
    names_in,
    overwrite_durably,
    read_file,
    rename_durably,
    sweep_unfinished,
    unlink_durably,
    write_durably,
)
from vault.errors import DiskFailed

_DIES = """
import os, sys
from pathlib import Path
from tests.vault.disk_calls import DiskCalls
from vault.disk import write_durably

folder, wanted = Path(sys.argv[1]), int(sys.argv[2])
seen = []

def die(step):
    seen.append(step)
    if len(seen) > wanted:
        os._exit(9)

with DiskCalls(folder, before=die):
    write_durably(folder / "file", b"new " * 1000)
"""


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_content_is_synced_before_it_gets_its_name_and_the_name_after(tmp_path: Path) -> None:
    with DiskCalls(tmp_path) as calls:
        write_durably(tmp_path / "file", b"content")
    assert calls.steps[:3] == ["fsync file.writing", "rename", "fsync ."]
    assert (tmp_path / "file").read_bytes() == b"content"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(("step", "there"), [(0, b"old"), (1, b"old"), (2, b"new " * 1000)])
def test_a_process_that_dies_leaves_the_old_file_or_the_new_one(tmp_path: Path, step: int, there: bytes) -> None:
    (tmp_path / "file").write_bytes(b"old")
    died = subprocess.run([sys.executable, "-c", _DIES, str(tmp_path), str(step)], check=False)
    assert died.returncode == 9
    assert (tmp_path / "file").read_bytes() == there
    sweep_unfinished(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_an_interruption_left_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "file.writing").write_bytes(b"torn and longer than what follows")
    assert not (tmp_path / "file").exists()
    write_durably(tmp_path / "file", b"whole")
    assert (tmp_path / "file").read_bytes() == b"whole"


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644])
def test_the_mode_is_the_one_asked_for_whatever_the_umask(tmp_path: Path, mode: int) -> None:
    before = os.umask(0o077)
    try:
        write_durably(tmp_path / "file", b"content", mode=mode)
    finally:
        os.umask(before)
    assert _mode(tmp_path / "file") == mode


def test_a_write_that_fails_says_so_without_a_path_and_leaves_nothing(tmp_path: Path) -> None:
    # a folder in the way: the content can be written and cannot get its name
    (tmp_path / "file").mkdir()
    with pytest.raises(DiskFailed) as refused:
        write_durably(tmp_path / "file", b"content")
    assert refused.value.sentence == "The disk failed: Is a directory."
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_folder_that_is_not_there_is_a_failure_of_the_disk(tmp_path: Path) -> None:
    for step in (write_durably, lambda path, _content: unlink_durably(path)):
        with pytest.raises(DiskFailed, match=r"^The disk failed: No such file or directory\.$"):
            step(tmp_path / "absent" / "file", b"content")
    with pytest.raises(DiskFailed):
        overwrite_durably(tmp_path / "absent")


def test_a_write_that_the_disk_has_no_room_for_leaves_nothing(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(DiskFailed, match=r"^The disk failed: File too large\.$"):
            write_durably(tmp_path / "file", bytes(10_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


def test_a_writer_whose_unfinished_file_was_swept_writes_again(tmp_path: Path) -> None:
    swept: list[int] = []

    def sweep_once(step: str) -> None:
        if step == "rename" and not swept:
            swept.append(sweep_unfinished(tmp_path))

    with DiskCalls(tmp_path, before=sweep_once):
        write_durably(tmp_path / "file", b"content")
    assert swept == [1]
    assert (tmp_path / "file").read_bytes() == b"content"


def test_both_folders_of_a_move_are_synced(tmp_path: Path) -> None:
    for name in ("from", "to"):
        (tmp_path / name).mkdir()
    (tmp_path / "from/file").write_bytes(b"content")
    with DiskCalls(tmp_path) as calls:
        rename_durably(tmp_path / "from/file", tmp_path / "to/file")
    assert calls.steps == ["rename", "fsync to", "fsync from"]


def test_unlinking_syncs_the_folder_also_when_the_file_is_gone_already(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with DiskCalls(tmp_path) as calls:
        unlink_durably(tmp_path / "file")
        unlink_durably(tmp_path / "file")
    assert calls.steps == ["unlink", "fsync .", "unlink", "fsync ."]
    assert list(tmp_path.iterdir()) == []


def test_overwriting_leaves_the_size_and_nothing_of_the_content(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"secret" * 100)
    with DiskCalls(tmp_path) as calls:
        overwrite_durably(path)
    assert calls.steps == ["fsync file"]
    assert path.stat().st_size == 600
    assert b"secret" not in path.read_bytes()


def test_sweeping_takes_the_unfinished_and_counts_them(tmp_path: Path) -> None:
    for name in ("a.writing", "b.key.writing", "whole.key", "writing"):
        (tmp_path / name).touch()
    assert sweep_unfinished(tmp_path) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["whole.key", "writing"]
    assert sweep_unfinished(tmp_path) == 0


def test_folders_are_made_with_their_mode_and_synced_into_their_parents(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        with DiskCalls(tmp_path) as calls:
            make_folder(tmp_path / "state/spool", mode=0o2770)
    finally:
        os.umask(before)
    assert calls.steps == ["fsync .", "fsync state"]
    assert (_mode(tmp_path / "state"), _mode(tmp_path / "state/spool")) == (0o755, 0o2770)


def test_a_folder_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    folder.mkdir(mode=0o750)
    with DiskCalls(tmp_path) as calls:
        make_folder(folder, mode=0o700)
    assert calls.steps == []
    assert _mode(folder) == 0o750


def test_a_regular_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert read_file(path, bytes_max=5) == b"12345"
    with pytest.raises(DiskFailed, match="File too large"):
        read_file(path, bytes_max=4)


def test_links_pipes_and_folders_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    (tmp_path / "folder").mkdir()
    # a pipe without a writer would block its reader for ever
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "folder", "pipe", "absent"):
        with pytest.raises(DiskFailed) as refused:
            read_file(tmp_path / name, bytes_max=100)
        assert refused.value.number in NO_FILE


@pytest.mark.parametrize("number", [errno.EIO, errno.EMFILE, errno.EACCES, errno.ENOMEM])
def test_a_disk_that_fails_just_now_says_nothing_of_the_file(tmp_path: Path, number: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    with DiskFault(os.open, number=number), pytest.raises(DiskFailed) as failed:
        read_file(path, bytes_max=5)
    assert failed.value.number == number
    assert number not in NO_FILE
    assert read_file(path, bytes_max=5) == b"12345"


def test_a_name_is_there_whatever_has_it_and_a_disk_that_fails_does_not_say_no(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    assert is_there(tmp_path / "link")
    assert not is_there(tmp_path / "absent")
    assert not is_there(tmp_path / "absent" / "file")
    with DiskFault(os.stat, number=errno.EIO), pytest.raises(DiskFailed):
        is_there(tmp_path / "absent")


def test_a_folder_that_cannot_be_listed_is_not_empty(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / name).touch()
    assert names_in(tmp_path) == ["a", "b"]
    with DiskFault(os.listdir, number=errno.EMFILE), pytest.raises(DiskFailed):
        names_in(tmp_path)
