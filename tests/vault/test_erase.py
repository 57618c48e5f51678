"""Files that are erased are gone, also after a cut, and what cannot be erased says so."""

from pathlib import Path

import pytest

from tests.vault.disk_calls import Cut, DiskCalls, cut_before
from vault.erase import erase_file, erase_in
from vault.errors import WipeUnverified


def test_a_file_is_overwritten_then_unlinked_then_looked_for(tmp_path: Path) -> None:
    file = tmp_path / "seal.key"
    for step, content_stays in ((0, False), (1, False), (2, False)):
        file.write_bytes(b"secret" * 10)
        with pytest.raises(Cut), DiskCalls(tmp_path, before=cut_before(step)):
            erase_file(file)
        assert (file.exists() and b"secret" in file.read_bytes()) is content_stays
    file.write_bytes(b"secret")
    assert (erase_file(file), erase_file(file), file.exists()) == (True, False, False)


def test_a_folder_is_emptied(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"x")
    assert (erase_in(tmp_path), erase_in(tmp_path), erase_in(tmp_path / "none")) == (2, 0, 0)


def test_what_stays_is_never_passed_over(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(WipeUnverified, match="could not be erased"):
        erase_in(tmp_path)
