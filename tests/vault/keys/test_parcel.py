"""vault/keys/parcel.py: a parcel's key that is destroyed is gone from the disk."""

import errno
import os
import stat
from pathlib import Path

import pytest

from tests.vault.disk_calls import Cut, DiskCalls, DiskFault, cut_before
from tests.vault.station import OTHER_PARCEL, PARCEL
from vault.envelope import Sealed, unwrap, wrap
from vault.errors import DiskFailed, KeyMissing, SpoolDamaged
from vault.keys import ParcelKeys


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_parcels_key_is_on_the_disk_before_it_is_given_out(tmp_path: Path) -> None:
    keys = ParcelKeys(tmp_path / "keys")
    with DiskCalls(tmp_path) as calls:
        key = keys.make(PARCEL)
    assert calls.steps == [f"fsync keys/{PARCEL}.key.writing", "rename", "fsync keys"]
    path = tmp_path / f"keys/{PARCEL}.key"
    assert (path.read_bytes(), len(key)) == (key, 32)
    assert (_mode(path), _mode(path.parent)) == (0o600, 0o700)
    assert ParcelKeys(tmp_path / "keys").read(PARCEL) == key


def test_every_parcel_has_a_key_of_its_own(tmp_path: Path) -> None:
    keys = ParcelKeys(tmp_path)
    assert keys.make(PARCEL) != keys.make(OTHER_PARCEL)
    assert keys.exists(PARCEL)


def test_a_second_key_never_replaces_the_first(tmp_path: Path) -> None:
    keys = ParcelKeys(tmp_path)
    key = keys.make(PARCEL)
    with pytest.raises(AssertionError):
        keys.make(PARCEL)
    assert keys.read(PARCEL) == key


def test_a_key_that_was_being_made_when_the_power_went_was_never_given_out(tmp_path: Path) -> None:
    with DiskCalls(tmp_path, before=cut_before(1)), pytest.raises(Cut):
        ParcelKeys(tmp_path).make(PARCEL)
    assert [path.name for path in tmp_path.iterdir()] == [f"{PARCEL}.key.writing"]
    keys = ParcelKeys(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert not keys.exists(PARCEL)


def test_a_key_that_is_absent_or_not_whole_is_missing(tmp_path: Path) -> None:
    keys = ParcelKeys(tmp_path)
    with pytest.raises(KeyMissing, match="not there"):
        keys.read(PARCEL)
    key = keys.make(PARCEL)
    with DiskFault(os.open, number=errno.EMFILE), pytest.raises(DiskFailed):
        keys.read(PARCEL)
    assert keys.read(PARCEL) == key
    os.truncate(tmp_path / f"{PARCEL}.key", 31)
    with pytest.raises(KeyMissing, match="not whole"):
        keys.read(PARCEL)


def test_a_destroyed_key_is_gone_from_the_file_before_the_file_is_gone(tmp_path: Path) -> None:
    keys = ParcelKeys(tmp_path)
    key = keys.make(PARCEL)
    path = tmp_path / f"{PARCEL}.key"
    at_unlink: list[bytes] = []

    def look(step: str) -> None:
        if step == "unlink":
            at_unlink.append(path.read_bytes())

    with DiskCalls(tmp_path, before=look) as calls:
        keys.destroy(PARCEL)
    assert calls.steps == [f"fsync {PARCEL}.key", "unlink", "fsync ."]
    assert len(at_unlink) == 1
    assert at_unlink[0] != key
    assert not any(key[start : start + 4] in at_unlink[0] for start in range(0, 32, 4))
    assert not path.exists()
    assert not keys.exists(PARCEL)


def test_a_cut_destruction_opens_nothing_and_is_finished_by_the_next(tmp_path: Path) -> None:
    keys = ParcelKeys(tmp_path)
    key = keys.make(PARCEL)
    wrapped = wrap(Sealed(b"sealed"), key=key, parcel=PARCEL)
    with DiskCalls(tmp_path, before=cut_before(1)), pytest.raises(Cut):
        keys.destroy(PARCEL)
    with pytest.raises(SpoolDamaged):
        unwrap(wrapped, key=keys.read(PARCEL), parcel=PARCEL)
    keys.destroy(PARCEL)
    assert list(tmp_path.iterdir()) == []


def test_destroying_again_syncs_what_a_process_that_died_did_not(tmp_path: Path) -> None:
    keys = ParcelKeys(tmp_path)
    keys.make(PARCEL)
    with DiskCalls(tmp_path, before=cut_before(2)), pytest.raises(Cut):
        keys.destroy(PARCEL)
    with DiskCalls(tmp_path) as calls:
        keys.destroy(PARCEL)
    assert calls.steps[-1] == "fsync ."


def test_destroying_one_key_leaves_the_others(tmp_path: Path) -> None:
    keys = ParcelKeys(tmp_path)
    keys.make(PARCEL)
    other = keys.make(OTHER_PARCEL)
    keys.destroy(PARCEL)
    assert keys.read(OTHER_PARCEL) == other


def test_a_key_that_the_disk_does_not_let_go_of_is_said(tmp_path: Path) -> None:
    (tmp_path / f"{PARCEL}.key").mkdir()
    with pytest.raises(DiskFailed):
        ParcelKeys(tmp_path).destroy(PARCEL)
