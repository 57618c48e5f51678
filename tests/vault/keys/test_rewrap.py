"""Keys of parcels locked anew: a cut at any step leaves each readable, and no former file stays."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.vault.disk_calls import Cut, DiskCalls, cut_before
from tests.vault.keys.homes import LOCKING, home
from tests.vault.station import OTHER_PARCEL, PARCEL
from vault.errors import KeyMissing
from vault.keys import FileHome, KeyHome, ParcelKeys

STEPS = 12


@pytest.fixture(params=LOCKING)
def new(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[KeyHome]:
    with home(request.param, tmp_path / "home") as found:
        yield found


def test_plain_keys_are_locked_and_the_plain_files_overwritten(new: KeyHome, tmp_path: Path) -> None:
    plain = ParcelKeys(tmp_path / "keys")
    before = {parcel: plain.make(parcel) for parcel in (PARCEL, OTHER_PARCEL)}
    keys = ParcelKeys(tmp_path / "keys", new.parcels)
    at_unlink: list[bytes] = []

    def look(step: str) -> None:
        if step == "unlink":
            at_unlink.extend(path.read_bytes() for path in (tmp_path / "keys").glob("*.former"))

    with DiskCalls(tmp_path / "keys", before=look):
        assert keys.rewrap(FileHome()) == 2
    assert {parcel: keys.read(parcel) for parcel in before} == before
    assert at_unlink
    assert not any(key in content for content in at_unlink for key in before.values())
    assert keys.rewrap(FileHome()) == 0
    files = [path for path in (tmp_path / "keys").iterdir() if path.suffix != ".key"]
    assert files == []


def test_keys_move_when_the_units_key_changes(tmp_path: Path) -> None:
    with home("otp", tmp_path / "old") as old, home("otp", tmp_path / "new") as changed:
        key = ParcelKeys(tmp_path / "keys", old.parcels).make(PARCEL)
        keys = ParcelKeys(tmp_path / "keys", changed.parcels)
        with pytest.raises(KeyMissing):
            keys.read(PARCEL)
        assert keys.rewrap(old.parcels) == 1
        assert keys.read(PARCEL) == key


def test_what_neither_opens_is_left_for_a_person(tmp_path: Path) -> None:
    with home("otp", tmp_path / "one") as one, home("otp", tmp_path / "two") as two:
        ParcelKeys(tmp_path / "keys", one.parcels).make(PARCEL)
        path = tmp_path / f"keys/{PARCEL}.key"
        before = path.read_bytes()
        assert ParcelKeys(tmp_path / "keys", two.parcels).rewrap(FileHome()) == 0
        assert path.read_bytes() == before


@pytest.mark.parametrize("cut", range(STEPS))
def test_a_cut_at_any_step_loses_no_key_and_leaves_no_former_one(tmp_path: Path, cut: int) -> None:
    folder = tmp_path / "keys"
    key = ParcelKeys(folder).make(PARCEL)
    with home("otp", tmp_path / "home") as new:
        keys = ParcelKeys(folder, new.parcels)
        try:
            with DiskCalls(folder, before=cut_before(cut)) as calls:
                keys.rewrap(FileHome())
            assert cut >= len(calls.steps)
        except Cut:
            pass
        again = ParcelKeys(folder, new.parcels)
        assert again.exists(PARCEL)
        assert again.rewrap(FileHome()) in {0, 1}
        assert again.read(PARCEL) == key
        assert [path.name for path in folder.iterdir()] == [f"{PARCEL}.key"]


@pytest.mark.parametrize("cut", range(STEPS))
def test_a_key_that_was_being_locked_anew_is_destroyed_whole(tmp_path: Path, cut: int) -> None:
    folder = tmp_path / "keys"
    ParcelKeys(folder).make(PARCEL)
    with home("otp", tmp_path / "home") as new:
        keys = ParcelKeys(folder, new.parcels)
        try:
            with DiskCalls(folder, before=cut_before(cut)):
                keys.rewrap(FileHome())
        except Cut:
            pass
        keys.destroy(PARCEL)
        assert not keys.exists(PARCEL)
        assert [path.name for path in folder.iterdir() if not path.name.endswith(".writing")] == []
