"""The drop: a parcel is there whole or not at all, and gone when it is wiped; nothing outside is touched."""

from pathlib import Path

import pytest

from central.errors import ConnectorSilent
from central.migris.handoff.drop import FolderDrop, is_name
from tests.central.parcels import new_id

PARCEL = "01jd8x4w3v5qk6zr9t2m7n1pbc"
FILES = {"transaction.an2": b"ridges" * 1000, "manifest.json": b"{}"}


@pytest.fixture
def drop(tmp_path: Path) -> FolderDrop:
    return FolderDrop(tmp_path / "drop")


def name() -> str:
    return f"lt.{new_id()}"


def left(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_what_is_laid_down_is_there_and_readable_for_the_group_only(drop: FolderDrop, tmp_path: Path) -> None:
    one = name()
    assert not await drop.has(one)
    assert await drop.files(one) == {}
    await drop.put(one, FILES)
    assert await drop.has(one)
    assert await drop.files(one) == FILES
    assert await drop.names() == [one]
    modes = {path.stat().st_mode & 0o007 for path in (tmp_path / "drop").rglob("*")}
    assert modes == {0}


async def test_what_an_earlier_life_began_is_written_anew(drop: FolderDrop, tmp_path: Path) -> None:
    one = name()
    begun = tmp_path / "drop" / "tmp" / one
    begun.mkdir(parents=True)
    (begun / "transaction.an2").write_bytes(b"rid")
    assert not await drop.has(one)
    assert await drop.names() == []
    await drop.put(one, FILES)
    assert await drop.files(one) == FILES


async def test_the_oldest_comes_first_and_what_is_no_parcel_is_not_listed(drop: FolderDrop, tmp_path: Path) -> None:
    older, newer = f"zz.{new_id()}", f"aa.{new_id()}"
    await drop.put(newer, FILES)
    await drop.put(older, FILES)
    (tmp_path / "drop" / "out" / ".git").mkdir()
    (tmp_path / "drop" / "out" / "notes").mkdir()
    assert await drop.names() == sorted([older, newer], key=lambda one: one[3:])


async def test_nothing_is_left_after_a_wipe_wherever_it_was(drop: FolderDrop, tmp_path: Path) -> None:
    one, other = name(), name()
    await drop.put(one, FILES)
    await drop.put(other, {"transaction.an2": b"another"})
    folder = tmp_path / "drop"
    (folder / "tmp" / one).mkdir()
    (folder / "tmp" / one / "transaction.an2").write_bytes(b"ridges")
    (folder / "out" / one / "made by a robot").mkdir()
    (folder / "out" / one / "made by a robot" / "copy").write_bytes(b"ridges")
    assert b"ridges" in left(folder)
    await drop.wipe(one)
    assert b"ridges" not in left(folder)
    assert await drop.names() == [other]
    await drop.wipe(one)


async def test_a_wipe_does_not_follow_a_link(drop: FolderDrop, tmp_path: Path) -> None:
    one, precious, keep = name(), tmp_path / "precious", tmp_path / "kept"
    precious.write_bytes(b"a key")
    keep.mkdir()
    (keep / "file").write_bytes(b"a key")
    await drop.put(one, FILES)
    place = tmp_path / "drop" / "out" / one
    (place / "link").symlink_to(precious)
    (place / "folder").symlink_to(keep)
    assert set(await drop.files(one)) == set(FILES)
    await drop.wipe(one)
    assert not place.exists()
    assert precious.read_bytes() == (keep / "file").read_bytes() == b"a key"


async def test_what_is_said_is_there_whole_and_stays(drop: FolderDrop) -> None:
    one = name()
    assert await drop.acknowledgement(one) is None
    await drop.acknowledge(one, b"{}")
    await drop.wipe(one)
    assert await drop.acknowledgement(one) == b"{}"


async def test_a_folder_that_cannot_be_used_is_silence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    drop = FolderDrop(tmp_path / "file")
    for call in (drop.has(name()), drop.names(), drop.put(name(), FILES), drop.wipe(name())):
        with pytest.raises(ConnectorSilent):
            await call


@pytest.mark.parametrize("text", ["", "lt", ".", "..", "lt.", f"lt.{PARCEL}x", f"l/t.{PARCEL}", f"lt.{PARCEL}\n"])
def test_what_is_no_name(text: str) -> None:
    assert not is_name(text)
