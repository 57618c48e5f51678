"""ZIP files: one form is written, other programs read it, and every other form is refused."""

import hashlib
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.records.errors import PackageDamaged, PackageError, PackageTooLarge
from capture.records.stored_zip import read_zip, write_zip
from tests.capture.records.damage import SETTINGS, damaged, outcome

MEMBERS = {"manifest.json": b"{}", "portrait.fac": b"a face", "right-index.fir": b"PK\x03\x04 inside", "x": b""}
WRITTEN = write_zip(MEMBERS)


def _read(data: bytes) -> dict[str, bytes]:
    return read_zip(data, members_max=16, member_bytes_max=1024)


def _zipped(
    compression: int = zipfile.ZIP_STORED, *, names: tuple[str, ...] = ("a",), content: bytes = b"x" * 500
) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=compression)
    return buffer.getvalue()


def test_what_was_written_is_read_in_its_order() -> None:
    assert list(_read(WRITTEN).items()) == list(MEMBERS.items())


def test_the_bytes_do_not_change() -> None:
    assert hashlib.sha256(WRITTEN).hexdigest() == "5a084d6384e147dc7a73ccb54ac6a0bf5ad2704c74ac5aaececaa8f850274ac6"


def test_an_independent_reader_finds_the_same() -> None:
    with zipfile.ZipFile(io.BytesIO(WRITTEN)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == MEMBERS
        assert {(info.date_time, info.external_attr >> 16, info.compress_type) for info in archive.infolist()} == {
            ((1980, 1, 1, 0, 0, 0), 0o100600, zipfile.ZIP_STORED)
        }


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(write_zip({}), id="no members"),
        pytest.param(b"\x00" + WRITTEN, id="something before"),
        pytest.param(WRITTEN + b"\x00", id="something after"),
        pytest.param(WRITTEN + WRITTEN, id="two archives"),
        pytest.param(WRITTEN[:-2] + b"\x03\x00abc", id="a comment"),
        pytest.param(WRITTEN.replace(b"a face", b"A face"), id="content changed"),
        pytest.param(WRITTEN[: WRITTEN.index(b"PK\x01\x02")], id="no directory"),
        pytest.param(WRITTEN.replace(b"portrait.fac", b"portrait.FAC", 1), id="name only here"),
        pytest.param(_zipped(zipfile.ZIP_DEFLATED), id="compressed"),
        pytest.param(_zipped(names=("../../etc/x",)), id="written by another program"),
        pytest.param(b"PK\x03\x04", id="a signature"),
    ],
)
def test_any_other_form_is_refused(data: bytes) -> None:
    with pytest.raises(PackageDamaged):
        _read(data)


def test_a_name_twice_is_refused() -> None:
    """Written in one stretch with equal lengths, then renamed: the form is right, the name is not."""
    twice = write_zip({"one": b"1", "two": b"2"}).replace(b"two", b"one")
    with pytest.raises(PackageDamaged) as refused:
        _read(twice)
    assert "same name" in refused.value.sentence


def test_a_bomb_is_refused_unopened() -> None:
    bomb = _zipped(zipfile.ZIP_DEFLATED, content=bytes(50_000_000))
    assert len(bomb) < 100_000
    with pytest.raises(PackageDamaged):
        _read(bomb)


def test_limits_are_kept() -> None:
    with pytest.raises(PackageTooLarge):
        read_zip(WRITTEN, members_max=3, member_bytes_max=1024)
    with pytest.raises(PackageTooLarge):
        read_zip(WRITTEN, members_max=4, member_bytes_max=5)
    assert read_zip(WRITTEN, members_max=4, member_bytes_max=15) == MEMBERS


@SETTINGS
@given(data=st.deferred(lambda: damaged(WRITTEN)))
def test_damage_gives_typed_errors_only(data: bytes) -> None:
    read = outcome(_read, data, error=PackageError)
    if isinstance(read, dict):
        assert write_zip(read) == data
