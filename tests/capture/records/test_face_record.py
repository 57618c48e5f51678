"""Face image records, byte for byte against facts/standards.md sections 2.1 to 2.4."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.records.errors import FaceRecordInvalid
from capture.records.face_record import FaceRecord, read, write
from tests.capture.records.damage import SETTINGS, damaged, outcome
from tests.capture.records.specimens import EYES_PX, jpeg_by_hand, segment, wsq_by_hand

JPEG = jpeg_by_hand()
RECORD = write(JPEG, eyes_px=EYES_PX, full_frontal=True)

# facts/standards.md section 2.4: a public validator accepted it; the lengths are those of the JPEG behind it
VERIFIED = (
    "46 41 43 00 30 31 30 00 {record} 00 01 {block} 00 00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 "
    "01 00 01 e0 02 58 01 02 00 00 00 00"
)


def test_the_verified_dump_is_what_we_write() -> None:
    jpeg = jpeg_by_hand(480, 600)
    record = (14 + 20 + 12 + len(jpeg)).to_bytes(4, "big").hex(" ")
    block = (20 + 12 + len(jpeg)).to_bytes(4, "big").hex(" ")
    written = write(jpeg, eyes_px=None, full_frontal=True, neutral=True)
    assert written[:46].hex(" ") == VERIFIED.format(record=record, block=block)
    assert written[46:] == jpeg


def test_the_eyes_are_two_points_the_left_eye_first() -> None:
    assert RECORD[18:20].hex() == "0002"
    assert RECORD[34:42].hex(" ") == "01 c1 01 33 01 13 00 00"
    assert RECORD[42:50].hex(" ") == "01 c2 00 ad 01 13 00 00"
    assert len(RECORD) == 14 + 20 + 16 + 12 + len(JPEG)
    assert RECORD[50:62].hex(" ") == "01 00 01 e0 02 80 01 02 00 00 00 00"


def test_nothing_is_said_of_the_person() -> None:
    assert RECORD[20:34] == bytes(14)


def test_the_bytes_do_not_change() -> None:
    assert hashlib.sha256(RECORD).hexdigest() == "ab024d1c70ac59608a38d8db0625e4e7f34f3c852515090b4e9db62069786aa0"


@pytest.mark.parametrize("eyes_px", [None, EYES_PX])
@pytest.mark.parametrize("neutral", [False, True])
@pytest.mark.parametrize("full_frontal", [False, True])
def test_a_record_is_read_back(
    eyes_px: tuple[tuple[int, int], tuple[int, int]] | None, *, neutral: bool, full_frontal: bool
) -> None:
    said = {"full_frontal": full_frontal, "neutral": neutral}
    record = read(write(JPEG, eyes_px=eyes_px, **said))
    assert record == FaceRecord(width_px=480, height_px=640, eyes_px=eyes_px, jpeg=JPEG, **said)
    assert repr(record) == f"FaceRecord(width_px=480, height_px=640, full_frontal={full_frontal}, neutral={neutral})"


def test_a_portrait_that_is_not_full_frontal_is_a_basic_one() -> None:
    assert write(JPEG, eyes_px=EYES_PX, full_frontal=False)[50] == 0


@pytest.mark.parametrize(
    "eyes_px",
    [
        pytest.param(((307, 275), (173, 275)), id="the wrong way round"),
        pytest.param(((173, 275), (173, 275)), id="one point"),
        pytest.param(((173, 275), (480, 275)), id="right of the picture"),
        pytest.param(((173, 640), (307, 275)), id="below the picture"),
        pytest.param(((-1, 275), (307, 275)), id="left of the picture"),
        pytest.param(((173, 275), (70000, 275)), id="more than 16 bits"),
    ],
)
def test_eyes_that_are_none_are_refused(eyes_px: tuple[tuple[int, int], tuple[int, int]]) -> None:
    with pytest.raises(FaceRecordInvalid) as refused:
        write(JPEG, eyes_px=eyes_px, full_frontal=True)
    assert refused.value.part == "face"


@pytest.mark.parametrize(
    "jpeg",
    [
        pytest.param(b"", id="empty"),
        pytest.param(wsq_by_hand(), id="a print"),
        pytest.param(jpeg_by_hand(components=1), id="grey"),
        pytest.param(jpeg_by_hand(more=segment(0xFFE1, b"Exif\x00\x00MM")), id="with a camera's notes"),
        pytest.param(JPEG[:-1], id="cut short"),
    ],
)
def test_what_is_no_colour_portrait_is_refused(jpeg: bytes) -> None:
    with pytest.raises(FaceRecordInvalid):
        write(jpeg, eyes_px=None, full_frontal=True)


@pytest.mark.parametrize("offset", [*range(36), *range(40, 44), *range(48, 62)])
def test_every_header_byte_counts(offset: int) -> None:
    changed = bytearray(RECORD)
    changed[offset] ^= 0x80
    with pytest.raises(FaceRecordInvalid):
        read(bytes(changed))


def _again(record: FaceRecord) -> bytes:
    said = {"full_frontal": record.full_frontal, "neutral": record.neutral}
    return write(record.jpeg, eyes_px=record.eyes_px, **said)


@SETTINGS
@given(data=st.deferred(lambda: damaged(RECORD)))
def test_damage_gives_typed_errors_only(data: bytes) -> None:
    record = outcome(read, data, error=FaceRecordInvalid)
    if isinstance(record, FaceRecord):
        assert _again(record) == data
