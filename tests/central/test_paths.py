"""Where things are, and files that are there whole or not at all."""

from pathlib import Path

import pytest

from central.paths import Paths, sync_folder, write_whole


def test_everything_is_under_the_root() -> None:
    paths = Paths(Path("/srv/central"))
    found = [paths.settings, paths.pki, paths.stations, paths.broker, paths.bridge_database, paths.migris_database]
    found += [paths.certificate("ca"), paths.key("ca")]
    assert all(paths.root in path.parents for path in found)
    assert len(set(found)) == len(found)


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, b"first")
    with path.open("rb") as reader:
        write_whole(path, b"second, which is longer")
        assert reader.read() == b"first", "who reads meanwhile reads one or the other"
    assert path.read_bytes() == b"second, which is longer"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "nowhere" / "file", b"content")
    with pytest.raises(FileNotFoundError):
        sync_folder(tmp_path / "nowhere")
