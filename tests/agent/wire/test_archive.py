"""agent/wire/archive.py: the same files, the same bytes; what is not exactly an archive is refused in one sentence."""

import io
import struct
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import WireError
from agent.wire.archive import ARCHIVE_BYTES_MAX, FILES_MAX, is_file_name, pack, unpack

FILES = {"manifest.json": b"{}", "etc/20-local.toml": b"[station]\n" * 50, "station/visit.jsonl": b""}


def test_what_was_packed_comes_out() -> None:
    assert unpack(pack(FILES)) == FILES
    assert pack(FILES) == pack(dict(reversed(FILES.items())))


@pytest.mark.parametrize("name", ["../a", "/a", "a/b/c", ".hidden", "a/.hidden", "", "a/", "a\\b/..", "ė", "a" * 101])
def test_a_name_that_leads_elsewhere_is_refused_both_ways(name: str) -> None:
    assert not is_file_name(name)
    with pytest.raises(WireError):
        pack({name: b"x"})
    with pytest.raises(WireError):
        unpack(zipped({name or "empty/": b"x"}))


def zipped(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def test_more_than_an_archive_may_hold_is_refused() -> None:
    many = {f"file-{number}": b"" for number in range(FILES_MAX + 1)}
    for content in (many, {"a": bytes(ARCHIVE_BYTES_MAX + 1)}):
        with pytest.raises(WireError, match="more than"):
            pack(content)
    with pytest.raises(WireError):
        unpack(zipped(many))


def test_what_says_that_it_is_small_and_is_not_is_never_unpacked_whole() -> None:
    bomb = zipped({"a": bytes(32 * 1024 * 1024)})
    said = struct.pack("<I", 32 * 1024 * 1024)
    assert bomb.count(said) == 2
    with pytest.raises(WireError):
        unpack(bomb.replace(said, struct.pack("<I", 10)))
    with pytest.raises(WireError, match="more than"):
        unpack(bomb.replace(said, struct.pack("<I", ARCHIVE_BYTES_MAX + 1)))


@given(st.data())
def test_a_cut_or_a_changed_byte_never_gives_other_files(data: st.DataObject) -> None:
    whole = pack(FILES)
    end = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(WireError):
        unpack(whole[:end])
    changed = bytearray(whole)
    changed[end] ^= data.draw(st.integers(1, 255))
    with suppress(WireError):
        assert unpack(bytes(changed)).items() <= FILES.items()
