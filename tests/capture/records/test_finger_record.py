"""Finger image records, byte for byte against facts/standards.md sections 1.1 and 1.2."""

import hashlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.records.errors import FingerRecordInvalid
from capture.records.finger_record import FingerRecord, read, write
from drivers.contract import Finger
from tests.capture.records.damage import SETTINGS, damaged, outcome
from tests.capture.records.specimens import jpeg_by_hand, wsq_by_hand

WSQ = wsq_by_hand()
RECORD = write(WSQ, finger=Finger.RIGHT_INDEX, quality=61)


def test_the_record_header_is_that_of_the_table() -> None:
    assert len(RECORD) == 32 + 14 + len(WSQ)
    assert RECORD[0:4].hex() == "46495200"
    assert RECORD[4:8].hex() == "30313000"
    assert int.from_bytes(RECORD[8:14], "big") == len(RECORD)
    assert RECORD[14:32].hex(" ") == "00 00 00 1e 01 01 01 f4 01 f4 01 f4 01 f4 08 02 00 00"


def test_the_finger_header_is_that_of_the_table() -> None:
    assert int.from_bytes(RECORD[32:36], "big") == 14 + len(WSQ)
    assert RECORD[36:46].hex(" ") == "02 01 01 3d 00 01 40 01 e0 00"
    assert RECORD[46:] == WSQ


def test_the_bytes_do_not_change() -> None:
    assert hashlib.sha256(RECORD).hexdigest() == "26f9d1ff7c1fd91b1587bd6720d671c22ba928c1b03d2dd9515d50e50330c3e4"


def test_a_certified_scanner_is_level_31() -> None:
    record = write(WSQ, finger=Finger.LEFT_THUMB, quality=100, certified=True)
    assert record[16:18].hex() == "001f"
    assert read(record).certified


def test_no_score_is_254() -> None:
    record = write(WSQ, finger=Finger.LEFT_THUMB, quality=None)
    assert record[39] == 254
    assert read(record).quality is None


@pytest.mark.parametrize("finger", list(Finger))
def test_every_finger_is_read_back(finger: Finger) -> None:
    record = read(write(WSQ, finger=finger, quality=0))
    assert record == FingerRecord(finger=finger, certified=False, quality=0, width_px=320, height_px=480, wsq=WSQ)
    assert "ridges" not in repr(record)


@pytest.mark.parametrize("quality", [-1, 101, 254, 255, 256])
def test_a_quality_that_is_none_is_refused(quality: int) -> None:
    with pytest.raises(FingerRecordInvalid) as refused:
        write(WSQ, finger=Finger.RIGHT_INDEX, quality=quality)
    assert refused.value.part == "right-index"


@pytest.mark.parametrize("wsq", [b"", jpeg_by_hand(), wsq_by_hand(ppi=1000), WSQ[:-1]])
def test_what_is_no_print_at_500_ppi_is_refused(wsq: bytes) -> None:
    with pytest.raises(FingerRecordInvalid):
        write(wsq, finger=Finger.RIGHT_INDEX, quality=61)


@pytest.mark.parametrize("offset", [0, 3, 4, 7, *range(8, 36), 37, 38, 40, *range(41, 46)])
def test_every_header_byte_counts(offset: int) -> None:
    changed = bytearray(RECORD)
    changed[offset] ^= 0x80
    with pytest.raises(FingerRecordInvalid):
        read(bytes(changed))


@pytest.mark.parametrize("position", [0, 11, 13, 14, 15, 20, 255])
def test_palms_slaps_and_unknown_fingers_are_refused(position: int) -> None:
    with pytest.raises(FingerRecordInvalid):
        read(RECORD[:36] + bytes([position]) + RECORD[37:])


@pytest.mark.parametrize("quality", [101, 200, 253, 255])
def test_a_quality_out_of_range_is_refused(quality: int) -> None:
    with pytest.raises(FingerRecordInvalid):
        read(RECORD[:39] + bytes([quality]) + RECORD[40:])


def test_the_other_version_of_incits_and_minutiae_is_refused() -> None:
    with pytest.raises(FingerRecordInvalid):
        read(RECORD[:4] + b" 10\x00" + RECORD[8:])


def test_two_fingers_are_refused() -> None:
    view = RECORD[32:]
    both = RECORD[:8] + (32 + 2 * len(view)).to_bytes(6, "big") + RECORD[14:18] + b"\x02" + RECORD[19:32] + view + view
    with pytest.raises(FingerRecordInvalid):
        read(both)


def test_a_length_that_reaches_beyond_the_end_is_refused() -> None:
    with pytest.raises(FingerRecordInvalid):
        read(RECORD[:32] + struct.pack(">I", 0xFFFFFFFF) + RECORD[36:])


@SETTINGS
@given(data=st.deferred(lambda: damaged(RECORD)))
def test_damage_gives_typed_errors_only(data: bytes) -> None:
    record = outcome(read, data, error=FingerRecordInvalid)
    if isinstance(record, FingerRecord):
        assert write(record.wsq, finger=record.finger, quality=record.quality, certified=record.certified) == data
