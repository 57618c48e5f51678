"""Whether the search would find what is there: in a file, in free blocks, in a process, however it is written."""

import os
import subprocess
import sys
import time
from base64 import b64encode
from pathlib import Path

import pytest

from tests.forensic.image import MEGABYTE, missing, mounted, written_out
from tests.forensic.search import Search
from tests.forensic.watermark import piece_marks, text_marks, written

SECRET = os.urandom(4096)
NAME = "Pavyzdė-Bandomoji"
MARKS = [*piece_marks("a secret", SECRET), *text_marks("a name", NAME)]
WRITINGS = {
    "a secret": SECRET,
    "a secret in hex": SECRET.hex().encode(),
    "a secret in base64": b64encode(SECRET),
    "a name": NAME.encode(),
    "a name in hex": NAME.encode().hex().upper().encode(),
    "a name in base64": b64encode(b"Ona " + NAME.encode()),
    "a name in UTF-16": NAME.encode("utf-16-le"),
}
HOLDER = """
import sys
content = bytearray(sys.stdin.buffer.read())
sys.stdout.write("held"); sys.stdout.flush()
import signal; signal.pause()
"""


@pytest.mark.parametrize("how", WRITINGS)
@pytest.mark.parametrize("before", [0, 1, 2, 3, 5])
def test_a_copy_is_found_at_any_offset(how: str, before: int) -> None:
    content = bytes(before) + WRITINGS[how] + bytes(7)
    assert {mark.name for mark in Search(MARKS).content(content)} == {how}


def test_base64_is_found_wherever_in_it_the_content_begins() -> None:
    for shift in range(5):
        coded = b64encode(os.urandom(shift) + SECRET[:32] + os.urandom(5))
        found = Search(written("a key", SECRET[:32])).content(coded)
        assert {mark.name for mark in found} == {"a key in base64"}


def test_what_is_not_there_is_not_found() -> None:
    assert Search(MARKS).content(os.urandom(MEGABYTE)) == set()
    assert Search(MARKS).content(b"") == Search(MARKS).content(b"abc") == set()


def test_a_process_that_keeps_it_is_found() -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        holder.stdin.write(WRITINGS["a name in UTF-16"] + SECRET)
        holder.stdin.close()
        try:
            assert holder.stdout.read(4) == b"held"
            found = Search(MARKS).memory(holder.pid, place="holder")
        finally:
            holder.kill()
    assert {(find.place, find.name) for find in found} == {("holder", "a secret"), ("holder", "a name in UTF-16")}


def test_a_file_is_found_and_an_older_one_is_not_asked_for(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "log").write_bytes(SECRET)
    search = Search(MARKS)
    assert {find.place for find in search.files(tmp_path)} == {"log"}
    later_s = time.time() + 3600  # noqa: TID251 (compared with what the file system says)
    assert search.files(tmp_path, since_s=later_s) == set()


@pytest.mark.skipif(missing() != "", reason=missing())
@pytest.mark.parametrize("how", WRITINGS)
def test_what_was_deleted_and_not_overwritten_is_found_in_the_free_blocks(tmp_path: Path, how: str) -> None:
    image = tmp_path / "image"
    with mounted(image, tmp_path / "disk", size_bytes=8 * MEGABYTE) as disk:
        file = disk / "secret"
        file.write_bytes(WRITINGS[how] * 3)
        written_out(disk)
        file.unlink()
        written_out(disk)
        assert list(disk.iterdir()) == []
        assert {find.name for find in Search(MARKS).file(image)} == {how}
        # and the search says no when it was overwritten first
        file.write_bytes(bytes(3 * len(WRITINGS[how])))
        written_out(disk)
