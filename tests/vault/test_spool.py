"""vault/spool.py: delivered whole or not at all, taken in once, never replaced; worker and courier meet anywhere."""

import errno
import os
import stat
from pathlib import Path

import pytest

from tests.vault.disk_calls import Cut, DiskCalls, DiskFault, cut_before
from tests.vault.station import OTHER_PARCEL, PARCEL
from vault.envelope import WRAPPING_BYTES
from vault.errors import DiskFailed, SpoolDamaged
from vault.labels import PARCEL_BYTES_MAX
from vault.spool import Spool, deliver


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


def test_workers_write_into_a_folder_of_the_couriers_group_and_nobody_looks_into_the_other(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        Spool(tmp_path / "spool")
    finally:
        os.umask(before)
    assert _mode(tmp_path / "spool/incoming") == 0o2770
    assert _mode(tmp_path / "spool/kept") == 0o700


def test_a_parcel_goes_through_the_spool_unchanged(spool: Spool, tmp_path: Path) -> None:
    deliver(spool.incoming, PARCEL, wrapped=b"wrapped")
    assert spool.arrivals() == [PARCEL]
    assert spool.take_in(PARCEL)
    assert spool.arrivals() == []
    assert spool.read(PARCEL) == b"wrapped"
    assert _files(tmp_path) == [f"kept/{PARCEL}.parcel"]
    assert _mode(tmp_path / f"kept/{PARCEL}.parcel") == 0o640


def test_a_delivery_is_synced_when_it_returns(spool: Spool) -> None:
    with DiskCalls(spool.incoming) as calls:
        deliver(spool.incoming, PARCEL, wrapped=b"wrapped")
    assert calls.steps == [f"fsync {PARCEL}.parcel.writing", "rename", "fsync ."]


def test_delivering_twice_is_delivering_once(spool: Spool) -> None:
    for _ in range(2):
        deliver(spool.incoming, PARCEL, wrapped=b"wrapped")
    assert spool.arrivals() == [PARCEL]


def test_taking_in_twice_is_taking_in_once(spool: Spool) -> None:
    deliver(spool.incoming, PARCEL, wrapped=b"wrapped")
    assert [spool.take_in(PARCEL), spool.take_in(PARCEL)] == [True, True]
    assert spool.read(PARCEL) == b"wrapped"


def test_what_is_nowhere_is_not_taken_in(spool: Spool) -> None:
    assert not spool.take_in(PARCEL)
    assert not spool.exists(PARCEL)


def test_both_folders_are_synced_by_the_take_in(spool: Spool, tmp_path: Path) -> None:
    deliver(spool.incoming, PARCEL, wrapped=b"wrapped")
    with DiskCalls(tmp_path) as calls:
        spool.take_in(PARCEL)
    assert calls.steps == ["rename", "fsync kept", "fsync incoming"]


@pytest.mark.parametrize("step", [0, 1, 2])
def test_a_take_in_that_was_cut_is_made_good_and_synced(spool: Spool, tmp_path: Path, step: int) -> None:
    deliver(spool.incoming, PARCEL, wrapped=b"wrapped")
    with DiskCalls(tmp_path, before=cut_before(step)), pytest.raises(Cut):
        spool.take_in(PARCEL)
    again = Spool(tmp_path)
    with DiskCalls(tmp_path) as calls:
        assert again.take_in(PARCEL)
    assert "fsync kept" in calls.steps
    assert again.read(PARCEL) == b"wrapped"
    assert again.arrivals() == []


def test_a_second_delivery_does_not_replace_what_is_kept(spool: Spool) -> None:
    deliver(spool.incoming, PARCEL, wrapped=b"first")
    spool.take_in(PARCEL)
    deliver(spool.incoming, PARCEL, wrapped=b"second")
    assert spool.take_in(PARCEL)
    assert spool.read(PARCEL) == b"first"


def test_unfinished_deliveries_have_not_arrived(spool: Spool) -> None:
    with DiskCalls(spool.incoming, before=cut_before(1)), pytest.raises(Cut):
        deliver(spool.incoming, PARCEL, wrapped=b"wrapped")
    assert [path.name for path in spool.incoming.iterdir()] == [f"{PARCEL}.parcel.writing"]
    assert spool.arrivals() == []
    assert not spool.exists(PARCEL)
    assert not spool.take_in(PARCEL)


def test_only_parcels_arrive(spool: Spool) -> None:
    for name in ("note.txt", f"{PARCEL}.parcel.writing", f"{PARCEL}.key"):
        (spool.incoming / name).touch()
    deliver(spool.incoming, OTHER_PARCEL, wrapped=b"other")
    deliver(spool.incoming, PARCEL, wrapped=b"wrapped")
    assert spool.arrivals() == [PARCEL, OTHER_PARCEL]


def test_sweeping_removes_the_unfinished_and_leaves_what_arrived(spool: Spool, tmp_path: Path) -> None:
    deliver(spool.incoming, PARCEL, wrapped=b"wrapped")
    (spool.incoming / f"{OTHER_PARCEL}.parcel.writing").write_bytes(b"torn")
    assert spool.sweep() == 1
    assert _files(tmp_path) == [f"incoming/{PARCEL}.parcel"]


def test_a_courier_that_starts_while_a_worker_delivers_loses_nothing(spool: Spool, tmp_path: Path) -> None:
    starts: list[int] = []

    def start_courier(step: str) -> None:
        if step == "rename" and not starts:
            starts.append(Spool(tmp_path).sweep())

    with DiskCalls(spool.incoming, before=start_courier):
        deliver(spool.incoming, PARCEL, wrapped=b"wrapped")
    assert starts == [1]
    assert spool.take_in(PARCEL)
    assert spool.read(PARCEL) == b"wrapped"


def test_removing_takes_the_parcel_wherever_it_is_and_may_be_repeated(spool: Spool, tmp_path: Path) -> None:
    deliver(spool.incoming, PARCEL, wrapped=b"kept")
    spool.take_in(PARCEL)
    deliver(spool.incoming, PARCEL, wrapped=b"delivered again")
    (spool.incoming / f"{PARCEL}.parcel.writing").write_bytes(b"torn")
    deliver(spool.incoming, OTHER_PARCEL, wrapped=b"other")
    assert spool.exists(PARCEL)
    for _ in range(2):
        spool.remove(PARCEL)
        assert not spool.exists(PARCEL)
    assert _files(tmp_path) == [f"incoming/{OTHER_PARCEL}.parcel"]


def test_what_is_not_kept_cannot_be_read(spool: Spool) -> None:
    deliver(spool.incoming, PARCEL, wrapped=b"not taken in")
    with pytest.raises(SpoolDamaged, match=r"^The parcel's file is not readable\.$"):
        spool.read(PARCEL)


def test_a_parcel_may_be_as_large_as_any_and_no_larger(spool: Spool, tmp_path: Path) -> None:
    largest = bytes(PARCEL_BYTES_MAX + WRAPPING_BYTES)
    deliver(spool.incoming, PARCEL, wrapped=largest)
    spool.take_in(PARCEL)
    assert spool.read(PARCEL) == largest
    with pytest.raises(SpoolDamaged, match="larger than any may be"):
        deliver(spool.incoming, OTHER_PARCEL, wrapped=largest + b"\0")
    os.truncate(tmp_path / f"kept/{PARCEL}.parcel", len(largest) + 1)
    with pytest.raises(SpoolDamaged):
        spool.read(PARCEL)


def test_a_worker_that_was_taken_over_cannot_make_the_courier_read_or_wait_for_other_things(
    spool: Spool, tmp_path: Path
) -> None:
    (tmp_path / "link.key").write_bytes(b"the courier's own")
    (spool.incoming / f"{PARCEL}.parcel").symlink_to(tmp_path / "link.key")
    os.mkfifo(spool.incoming / f"{OTHER_PARCEL}.parcel")
    for parcel in (PARCEL, OTHER_PARCEL):
        assert spool.take_in(parcel)
        with pytest.raises(SpoolDamaged):
            spool.read(parcel)
        spool.remove(parcel)
    assert (tmp_path / "link.key").read_bytes() == b"the courier's own"


def test_a_folder_that_is_gone_is_a_failure_of_the_disk(spool: Spool) -> None:
    spool.incoming.rmdir()
    with pytest.raises(DiskFailed):
        deliver(spool.incoming, PARCEL, wrapped=b"wrapped")


def test_free_space_is_what_the_file_system_has(spool: Spool, tmp_path: Path) -> None:
    status = os.statvfs(tmp_path)
    assert 0 < spool.free_bytes() <= status.f_blocks * status.f_frsize


def test_a_disk_that_fails_just_now_damages_nothing(spool: Spool) -> None:
    deliver(spool.incoming, PARCEL, wrapped=b"wrapped")
    with DiskFault(os.rename, number=errno.ENOSPC), pytest.raises(DiskFailed):
        spool.take_in(PARCEL)
    assert spool.exists(PARCEL)
    assert spool.take_in(PARCEL)
    with DiskFault(os.open, number=errno.EMFILE), pytest.raises(DiskFailed):
        spool.read(PARCEL)
    assert spool.read(PARCEL) == b"wrapped"
