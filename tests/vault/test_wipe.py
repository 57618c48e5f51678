"""vault/wipe.py: one test for each condition of design section 5; a refusal touches nothing; a cut is made good."""

import errno
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.vault.disk_calls import Cut, DiskCalls, DiskFault, cut_before
from tests.vault.station import OTHER_PARCEL, PARCEL, Station
from vault.envelope import SigningKey, Validity, sign, wrap
from vault.errors import DiskFailed, WipeRefused, WipeUnverified
from vault.labels import RECEIPT_TYPE, Digest, ParcelId, Sealed, digest_of
from vault.wipe import Grounds


@pytest.fixture
def station(tmp_path: Path) -> Station:
    return Station(tmp_path)


def _refused(station: Station, receipt: bytes, parcel: ParcelId = PARCEL) -> str:
    """The condition that did not hold; and everything is still there."""
    before = station.files()
    with pytest.raises(WipeRefused) as refusal:
        station.wipe.judge(parcel, receipt)
    assert station.files() == before
    return refusal.value.condition


@pytest.mark.parametrize("stage", ["accepted", "rejected"])
def test_grounds_name_what_the_wipe_rests_on(station: Station, stage: str) -> None:
    sealed = station.keep(PARCEL)
    receipt = station.receipt(sealed.digest, stage=stage)
    before = station.files()
    word = station.word(sealed.digest, stage=stage)
    judged = station.wipe.judge(PARCEL, receipt)
    assert judged == Grounds(parcel=PARCEL, digest=sealed.digest, stage=stage, receipt=digest_of(receipt), word=word)
    assert "word" not in repr(judged)
    assert station.files() == before


def test_a_receipt_by_another_signer_is_refused(station: Station) -> None:
    sealed = station.keep(PARCEL)
    signed = sign(station.word(sealed.digest), key=SigningKey.generate(), content_type=RECEIPT_TYPE)
    assert _refused(station, signed) == "signature"


def test_a_receipt_that_was_changed_is_refused(station: Station) -> None:
    sealed = station.keep(PARCEL)
    receipt = station.receipt(sealed.digest, stage="stored")
    assert _refused(station, receipt.replace(b"stored", b"accept")) == "signature"


def test_a_receipt_with_something_after_it_is_refused(station: Station) -> None:
    sealed = station.keep(PARCEL)
    assert _refused(station, station.receipt(sealed.digest) + b"\0") == "signature"


def test_a_receipt_for_another_tenant_is_refused(station: Station) -> None:
    sealed = station.keep(PARCEL)
    assert _refused(station, station.receipt(sealed.digest, tenant="lv")) == "place"


def test_a_receipt_for_another_station_is_refused(station: Station) -> None:
    sealed = station.keep(PARCEL)
    assert _refused(station, station.receipt(sealed.digest, station="vilnius-2")) == "place"


def test_a_receipt_for_another_parcel_is_refused(station: Station) -> None:
    sealed = station.keep(PARCEL)
    assert _refused(station, station.receipt(sealed.digest, parcel=OTHER_PARCEL)) == "parcel"


@pytest.mark.parametrize(
    ("begin", "end", "refused"),
    [
        (None, datetime(2026, 11, 22, 8, 0, tzinfo=UTC), ""),
        (datetime(2026, 11, 22, 8, 0, tzinfo=UTC), None, ""),
        (None, datetime(2026, 11, 22, 7, 59, 59, tzinfo=UTC), "key-out-of-time"),
        (datetime(2026, 11, 22, 8, 0, 1, tzinfo=UTC), None, "key-out-of-time"),
    ],
)
def test_a_receipt_from_outside_its_keys_time_is_refused(
    station: Station, begin: datetime | None, end: datetime | None, refused: str
) -> None:
    sealed = station.keep(PARCEL)
    station.wipe = station.restarted(Validity(begin, end))
    if refused:
        assert _refused(station, station.receipt(sealed.digest)) == refused
    else:
        assert station.wipe.judge(PARCEL, station.receipt(sealed.digest)).digest == sealed.digest


def test_a_receipt_that_does_not_say_when_it_was_signed_is_refused(station: Station) -> None:
    sealed = station.keep(PARCEL)
    assert _refused(station, station.receipt(sealed.digest, time=None)) == "receipt"


def test_the_receipt_of_one_parcel_does_not_wipe_another_with_the_same_content(station: Station) -> None:
    sealed = station.keep(PARCEL)
    station.keep(OTHER_PARCEL)
    receipt = station.receipt(sealed.digest)
    assert _refused(station, receipt, parcel=OTHER_PARCEL) == "parcel"
    station.wipe.judge(PARCEL, receipt)


def test_a_receipt_over_another_digest_is_refused(station: Station) -> None:
    station.keep(PARCEL)
    assert _refused(station, station.receipt(Digest("0" * 64))) == "digest"


def test_content_that_was_exchanged_on_the_disk_is_refused(station: Station) -> None:
    sealed = station.keep(PARCEL)
    path = next((station.folder / "spool/kept").iterdir())
    path.write_bytes(wrap(Sealed(b"other content"), key=station.keys.read(PARCEL), parcel=PARCEL))
    assert _refused(station, station.receipt(sealed.digest)) == "digest"


@pytest.mark.parametrize("position", [0, 10, 25, -1])
def test_a_file_that_was_changed_is_refused(station: Station, position: int) -> None:
    sealed = station.keep(PARCEL)
    path = next((station.folder / "spool/kept").iterdir())
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)
    assert _refused(station, station.receipt(sealed.digest)) == "disk"


def test_a_file_that_was_cut_off_is_refused(station: Station) -> None:
    sealed = station.keep(PARCEL)
    path = next((station.folder / "spool/kept").iterdir())
    path.write_bytes(path.read_bytes()[:-1])
    assert _refused(station, station.receipt(sealed.digest)) == "disk"


@pytest.mark.parametrize("stage", ["stored", "conflict", "ACCEPTED", "accepted ", ""])
def test_a_receipt_that_does_not_say_that_migris_decided_is_refused(station: Station, stage: str) -> None:
    sealed = station.keep(PARCEL)
    assert _refused(station, station.receipt(sealed.digest, stage=stage)) == "stage"


@pytest.mark.parametrize("content_type", ["application/x.smilius.bill+json; v=1", "application/x.smilius.sealed; v=1"])
def test_a_document_of_another_sort_is_refused(station: Station, content_type: str) -> None:
    sealed = station.keep(PARCEL)
    signed = sign(station.word(sealed.digest), key=station.central, content_type=content_type)
    assert _refused(station, signed) == "signature"


@pytest.mark.parametrize("receipt", [b"", b"accepted", b"\xd2\x84", bytes(1000)])
def test_what_is_no_signed_document_is_refused(station: Station, receipt: bytes) -> None:
    station.keep(PARCEL)
    assert _refused(station, receipt) == "signature"


@pytest.mark.parametrize("field", ["tenant", "station", "parcel", "digest", "stage"])
def test_a_receipt_without_a_field_or_with_a_number_for_it_is_refused(station: Station, field: str) -> None:
    sealed = station.keep(PARCEL)
    assert _refused(station, station.receipt(sealed.digest, **{field: None})) == "receipt"
    assert _refused(station, station.receipt(sealed.digest, **{field: 1})) == "receipt"


def test_without_the_parcels_key_the_digest_cannot_be_recomputed(station: Station) -> None:
    sealed = station.keep(PARCEL)
    next((station.folder / "keys").iterdir()).unlink()
    assert _refused(station, station.receipt(sealed.digest)) == "disk"


def test_without_the_parcels_file_the_digest_cannot_be_recomputed(station: Station) -> None:
    sealed = station.keep(PARCEL)
    next((station.folder / "spool/kept").iterdir()).unlink()
    assert _refused(station, station.receipt(sealed.digest)) == "disk"


def test_another_parcels_file_and_key_are_not_this_parcels(station: Station) -> None:
    sealed = station.keep(PARCEL)
    for folder in ("keys", "spool/kept"):
        path = next((station.folder / folder).iterdir())
        path.rename(path.with_name(OTHER_PARCEL + path.suffix))
    assert _refused(station, station.receipt(sealed.digest, parcel=OTHER_PARCEL), parcel=OTHER_PARCEL) == "disk"


def test_a_wipe_takes_key_and_file_of_this_parcel_only(station: Station) -> None:
    station.keep(PARCEL)
    other = station.keep(OTHER_PARCEL)
    station.wipe.carry_out(PARCEL)
    assert sorted(station.files()) == [f"keys/{OTHER_PARCEL}.key", f"spool/kept/{OTHER_PARCEL}.parcel"]
    assert station.kept(OTHER_PARCEL).digest == other.digest


def test_the_key_goes_first_and_every_step_is_synced(station: Station) -> None:
    station.keep(PARCEL)
    key = f"fsync keys/{PARCEL}.key"
    with DiskCalls(station.folder) as calls:
        station.wipe.carry_out(PARCEL)
    assert calls.steps[:3] == [key, "unlink", "fsync keys"]
    # a delivery that was not finished and one that was: whichever there is goes before what is kept
    assert calls.steps[3:6] == ["unlink", "unlink", "fsync spool/incoming"]
    assert calls.steps[6:] == ["unlink", "fsync spool/kept"]


def test_a_wipe_may_be_cut_at_any_step_and_carried_out_again(station: Station) -> None:
    cuts = 0
    while True:
        station.keep(PARCEL)
        try:
            with DiskCalls(station.folder, before=cut_before(cuts)):
                station.wipe.carry_out(PARCEL)
        except Cut:
            cuts += 1
            station.restarted().carry_out(PARCEL)
            assert station.files() == {}
        else:
            break
    assert cuts >= 7, "the key's content, its name, its folder, and the files' names and folders"


def test_carrying_out_again_syncs_what_a_process_that_died_did_not(station: Station) -> None:
    station.keep(PARCEL)
    station.wipe.carry_out(PARCEL)
    with DiskCalls(station.folder) as calls:
        station.wipe.carry_out(PARCEL)
    assert {"fsync keys", "fsync spool/incoming", "fsync spool/kept"} <= set(calls.steps)


def test_a_second_delivery_and_a_torn_one_are_wiped_too(station: Station) -> None:
    station.keep(PARCEL)
    for name in (f"{PARCEL}.parcel", f"{PARCEL}.parcel.writing"):
        (station.spool.incoming / name).write_bytes(b"again")
    station.wipe.carry_out(PARCEL)
    assert station.files() == {}


@pytest.mark.parametrize("place", [f"keys/{PARCEL}.key", f"spool/kept/{PARCEL}.parcel"])
def test_what_the_disk_does_not_let_go_of_is_said(station: Station, place: str) -> None:
    station.keep(PARCEL)
    path = station.folder / place
    # a folder in the file's place: nothing of the wipe works on it, for root neither
    path.unlink()
    path.mkdir()
    with pytest.raises(WipeUnverified) as unverified:
        station.wipe.carry_out(PARCEL)
    assert str(station.folder) not in unverified.value.sentence
    assert path.exists()


def test_what_comes_back_while_the_wipe_is_at_work_is_noticed(station: Station) -> None:
    station.keep(PARCEL)
    key = station.folder / f"keys/{PARCEL}.key"

    def bring_back(step: str) -> None:
        if step == "fsync spool/kept":
            key.write_bytes(b"back again")

    with DiskCalls(station.folder, before=bring_back), pytest.raises(WipeUnverified):
        station.wipe.carry_out(PARCEL)


def test_a_disk_that_fails_just_now_judges_nothing_and_wipes_later(station: Station) -> None:
    sealed = station.keep(PARCEL)
    with DiskFault(os.open, number=errno.EMFILE), pytest.raises(DiskFailed):
        station.wipe.judge(PARCEL, station.receipt(sealed.digest))
    station.wipe.judge(PARCEL, station.receipt(sealed.digest))
    for call in (os.unlink, os.stat):
        with DiskFault(call, number=errno.EIO), pytest.raises(WipeUnverified):
            station.wipe.carry_out(PARCEL)
    station.wipe.carry_out(PARCEL)
    assert station.files() == {}
