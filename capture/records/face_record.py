"""Face image records after ISO/IEC 19794-5:2005: one portrait as JPEG, full frontal or basic, with the eye centres.

All integers are unsigned and big-endian. Demographics, properties and pose stay unspecified: the codes of ISO and of
INCITS differ for them, and nobody here looks at them. Source: facts/standards.md sections 2.1 to 2.4.
"""

import struct
from dataclasses import dataclass, field

from capture.records.errors import FACE, FaceRecordInvalid, JpegInvalid
from capture.records.jpeg import JpegHeader, read_header

Point = tuple[int, int]
"""x and y in pixels from the upper left corner."""

# written apart: in "FAC\0010\0" Python would read the octal escape \001
_FORMAT, _VERSION = b"FAC\x00", b"010\x00"
_RECORD = struct.Struct(">4s4sIH")
# length, points; gender, eye and hair colour; properties; expression; pose and its uncertainty
_FACE = struct.Struct(">IHBBB3sH6s")
_POINT = struct.Struct(">BBHHH")
# type, data type, width, height, colour space, source, device, quality
_IMAGE = struct.Struct(">BBHHBBHH")
_RECORD_BYTES_MAX = 2 * 1024 * 1024
_MPEG4 = 1
_LEFT_EYE, _RIGHT_EYE = 0xC1, 0xC2
_BASIC, _FULL_FRONTAL = 0, 1
_JPEG, _RGB24, _DIGITAL_CAMERA = 0, 1, 2


@dataclass(frozen=True, slots=True)
class FaceRecord:
    """What a face image record says."""

    width_px: int
    """Columns of the portrait."""
    height_px: int
    """Rows of the portrait."""
    eyes_px: tuple[Point, Point] | None = field(repr=False)
    """Eye centres, the client's right eye first (on the picture's left), None where the record has none."""
    full_frontal: bool
    """Whether the record calls it a full frontal image; else it is a basic one, of which nothing is promised."""
    neutral: bool
    """Whether the record says that the expression was found neutral."""
    jpeg: bytes = field(repr=False)
    """The portrait, a whole JPEG file."""


def write(jpeg: bytes, *, eyes_px: tuple[Point, Point] | None, full_frontal: bool, neutral: bool = False) -> bytes:
    """One face image record, byte-stable.

    :param jpeg: a whole baseline JPEG file in colour, without EXIF; the record's dimensions are its own.
    :param eyes_px: eye centres, the client's right eye first (on the picture's left), or None.
    :param full_frontal: True only when every demand on such an image is met.
    :param neutral: True only when the expression was measured and found neutral.
    :raises: FaceRecordInvalid, also for a portrait that is not such a JPEG file or eyes outside or the wrong way round.
    Source: ISO/IEC 19794-5:2005, facts/standards.md sections 2.1 to 2.4.
    """
    header = _portrait_header(jpeg)
    record = FaceRecord(
        width_px=header.width_px,
        height_px=header.height_px,
        eyes_px=eyes_px,
        full_frontal=full_frontal,
        neutral=neutral,
        jpeg=jpeg,
    )
    _check_eyes(record)
    return _bytes(record)


def read(data: bytes) -> FaceRecord:
    """What the record says, after every field and every length was checked.

    :raises: FaceRecordInvalid when any byte is not as `write` would have written it.
    Source: ISO/IEC 19794-5:2005, facts/standards.md sections 2.1 to 2.4.
    """
    if not _RECORD.size + _FACE.size + _IMAGE.size < len(data) <= _RECORD_BYTES_MAX:
        raise FaceRecordInvalid("The face record is too short or too long to be one.", part=FACE)
    _, points, *_, expression, _ = _FACE.unpack_from(data, _RECORD.size)
    if points not in {0, 2} or expression not in {0, 1}:
        raise FaceRecordInvalid("The face record's number of points or expression is not one that we write.", part=FACE)
    image = _RECORD.size + _FACE.size + points * _POINT.size
    if data[image : image + 1] not in {bytes([_BASIC]), bytes([_FULL_FRONTAL])}:
        raise FaceRecordInvalid("The face record's type of image is not one that we write.", part=FACE)
    jpeg = data[image + _IMAGE.size :]
    header = _portrait_header(jpeg)
    record = FaceRecord(
        width_px=header.width_px,
        height_px=header.height_px,
        eyes_px=_eyes(data) if points else None,
        full_frontal=data[image] == _FULL_FRONTAL,
        neutral=expression == 1,
        jpeg=jpeg,
    )
    _check_eyes(record)
    # every other field has one allowed value, so the whole record is compared with the one that they make
    if data != _bytes(record):
        raise FaceRecordInvalid("The face record's headers are not what its content asks for.", part=FACE)
    return record


def _bytes(record: FaceRecord) -> bytes:
    points = b"".join(_points(record))
    block_bytes = _FACE.size + len(points) + _IMAGE.size + len(record.jpeg)
    count, expression = len(points) // _POINT.size, int(record.neutral)
    return b"".join(
        (
            _RECORD.pack(_FORMAT, _VERSION, _RECORD.size + block_bytes, 1),
            _FACE.pack(block_bytes, count, 0, 0, 0, bytes(3), expression, bytes(6)),
            points,
            _IMAGE.pack(
                *(_FULL_FRONTAL if record.full_frontal else _BASIC, _JPEG, record.width_px, record.height_px),
                *(_RGB24, _DIGITAL_CAMERA, 0, 0),
            ),
            record.jpeg,
        )
    )


def _points(record: FaceRecord) -> tuple[bytes, ...]:
    """The client's left eye (12.1) and then the right eye (12.2)."""
    if record.eyes_px is None:
        return ()
    right, left = record.eyes_px
    return (_POINT.pack(_MPEG4, _LEFT_EYE, *left, 0), _POINT.pack(_MPEG4, _RIGHT_EYE, *right, 0))


def _eyes(data: bytes) -> tuple[Point, Point]:
    start = _RECORD.size + _FACE.size
    _, _, left_x, left_y, _ = _POINT.unpack_from(data, start)
    _, _, right_x, right_y, _ = _POINT.unpack_from(data, start + _POINT.size)
    return (right_x, right_y), (left_x, left_y)


def _check_eyes(record: FaceRecord) -> None:
    if record.eyes_px is None:
        return
    inside = all(0 <= x < record.width_px and 0 <= y < record.height_px for x, y in record.eyes_px)
    (right_x, _), (left_x, _) = record.eyes_px
    if not inside or right_x >= left_x:
        raise FaceRecordInvalid("The eye centres are outside the portrait or the wrong way round.", part=FACE)


def _portrait_header(jpeg: bytes) -> JpegHeader:
    try:
        header = read_header(jpeg)
    except JpegInvalid as error:
        raise FaceRecordInvalid(f"The face record holds no JPEG portrait: {error.sentence}", part=FACE) from error
    if header.components != 3 or header.exif:
        raise FaceRecordInvalid("The portrait is not in colour, or carries a camera's notes.", part=FACE)
    return header
