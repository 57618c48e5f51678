"""The model of a disk that forgets: what was not synced is gone, what was is not, and variants keep a part."""

import stat

import pytest

from tests.power.volume import File, Folder, Keep, Volume

_FILE, _FOLDER = stat.S_IFREG | 0o600, stat.S_IFDIR | 0o700


def _content(volume: Volume, path: str) -> bytes:
    node = volume.find(path)
    assert isinstance(node, File)
    return bytes(node.content)


def _synced(volume: Volume, path: str, content: bytes) -> File:
    file = File(_FILE)
    volume.add(path, file)
    file.write(0, content)
    volume.sync(file)
    volume.sync(volume.root)
    return file


def test_what_was_never_synced_is_gone() -> None:
    volume = Volume()
    file = File(_FILE)
    volume.add("/file", file)
    file.write(0, b"content")
    volume.sync(file)
    assert volume.after_cut(Keep()).root.entries == {}
    volume.sync(volume.root)
    assert _content(volume.after_cut(Keep()), "/file") == b"content"


def test_a_name_without_content_is_an_empty_file() -> None:
    volume = Volume()
    file = File(_FILE)
    volume.add("/file", file)
    file.write(0, b"content")
    volume.sync(volume.root)
    assert _content(volume.after_cut(Keep()), "/file") == b""


def test_each_folder_of_a_rename_is_durable_for_itself() -> None:
    volume = Volume()
    for name in ("/from", "/to"):
        volume.add(name, Folder(_FOLDER))
    _synced(volume, "/file", b"content")
    volume.rename("/file", "/from/file")
    for node in (volume.root, volume.folder("/from")):
        volume.sync(node)
    volume.rename("/from/file", "/to/file")
    volume.sync(volume.folder("/to"))
    found = volume.after_cut(Keep())
    assert found.find("/from/file") is found.find("/to/file")
    volume.sync(volume.folder("/from"))
    assert volume.after_cut(Keep()).folder("/from").entries == {}


def test_an_unlinked_file_comes_back_until_its_folder_is_synced() -> None:
    volume = Volume()
    _synced(volume, "/file", b"content")
    volume.remove("/file")
    assert _content(volume.after_cut(Keep()), "/file") == b"content"
    volume.sync(volume.root)
    assert volume.after_cut(Keep()).root.entries == {}


def test_a_first_part_of_the_changes_is_kept_in_their_order() -> None:
    volume = Volume()
    for number in range(4):
        volume.add(f"/{number}", File(_FILE))
    found = {tuple(volume_after.root.entries) for volume_after in _many(volume)}
    assert found == {tuple("0123"[:length]) for length in range(5)}


def _many(volume: Volume) -> list[Volume]:
    kept = []
    for seed in range(60):
        chance = Keep(seed=seed, changes=True)
        # what a cut keeps is durable then: each begins with the same
        durable = dict(volume.root.durable)
        kept.append(volume.after_cut(chance))
        volume.root.durable = durable
    return kept


@pytest.mark.parametrize("sector_bytes", [512, 4096])
def test_a_write_is_torn_at_sectors(sector_bytes: int) -> None:
    volume = Volume()
    file = _synced(volume, "/file", b"a" * 4 * sector_bytes)
    file.write(100, b"b" * 3 * sector_bytes)
    seen = set()
    for seed in range(60):
        content = _content(volume.after_cut(Keep(seed=seed, sector_bytes=sector_bytes)), "/file")
        assert len(content) == 4 * sector_bytes
        pieces = [content[:100], content[100:sector_bytes]]
        pieces += [content[at : at + sector_bytes] for at in (sector_bytes, 2 * sector_bytes)]
        assert all(len(set(piece)) == 1 for piece in pieces)
        seen.add(tuple(piece[0] for piece in pieces))
    assert len(seen) == 8


def test_a_synced_write_is_not_torn() -> None:
    volume = Volume()
    _synced(volume, "/file", b"a" * 8192)
    assert _content(volume.after_cut(Keep(seed=1, sector_bytes=512)), "/file") == b"a" * 8192
