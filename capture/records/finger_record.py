"""Finger image records after ISO/IEC 19794-4:2005: one finger, one view, WSQ at 500 ppi.

All integers are unsigned and big-endian. A 32-byte record header is followed by a 14-byte finger header and the whole
WSQ file. Source: facts/standards.md sections 1.1 to 1.4.
"""

import struct
from dataclasses import dataclass, field

from capture.records.errors import FingerRecordInvalid, WsqHeaderInvalid
from capture.records.wsq_header import WsqHeader, read_header
from drivers.contract import Finger

PPI = 500

# written apart: in "FIR\0010\0" Python would read the octal escape \001
_FORMAT, _VERSION = b"FIR\x00", b"010\x00"
# format, version, length; device, level, fingers, scale; scan and image resolution; depth, compression, reserved
_RECORD = struct.Struct(">4s4s6sHHBBHHHHBBH")
# length, position, views, view, quality, impression, width, height, reserved
_FINGER = struct.Struct(">IBBBBBHHB")
_HEADERS_BYTES = _RECORD.size + _FINGER.size
_RECORD_BYTES_MAX = 2 * 1024 * 1024
_LEVEL_NOT_CERTIFIED, _LEVEL_CERTIFIED = 30, 31
_NO_SCORE = 254
_DEVICE_UNREPORTED, _PIXELS_AN_INCH, _PIXEL_BITS, _WSQ, _LIVE_SCAN_PLAIN = 0, 1, 8, 2, 0


@dataclass(frozen=True, slots=True)
class FingerRecord:
    """What a finger image record says."""

    finger: Finger
    """The finger position."""
    certified: bool
    """Acquisition level 31 (certified scanner, 500 ppi); False is level 30 (500 ppi, not certified)."""
    quality: int | None
    """0 to 100, None where the record says that there is no score."""
    width_px: int
    """Columns of the print."""
    height_px: int
    """Rows of the print."""
    wsq: bytes = field(repr=False)
    """The print, a whole WSQ file."""


def write(wsq: bytes, *, finger: Finger, quality: int | None, certified: bool = False) -> bytes:
    """One finger image record, byte-stable.

    :param wsq: a whole WSQ file at 500 ppi; the record's dimensions are its own.
    :param quality: 0 to 100, or None where the print could not be assessed.
    :param certified: True only for a scanner whose picture quality is certified.
    :raises: FingerRecordInvalid, also for a print that is not WSQ at 500 ppi.
    Source: ISO/IEC 19794-4:2005, facts/standards.md sections 1.1 and 1.2.
    """
    if not _is_quality(quality):
        raise FingerRecordInvalid("A finger's quality is 0 to 100, or it has none.", part=finger)
    header = _print_header(wsq, finger=finger)
    record = FingerRecord(
        finger=finger,
        certified=certified,
        quality=quality,
        width_px=header.width_px,
        height_px=header.height_px,
        wsq=wsq,
    )
    return _bytes(record)


def read(data: bytes) -> FingerRecord:
    """What the record says, after every field and every length was checked.

    :raises: FingerRecordInvalid when any byte is not as `write` would have written it.
    Source: ISO/IEC 19794-4:2005, facts/standards.md sections 1.1 and 1.2.
    """
    if not _HEADERS_BYTES < len(data) <= _RECORD_BYTES_MAX:
        raise FingerRecordInvalid("The finger record is too short or too long to be one.")
    level = _RECORD.unpack_from(data)[4]
    _, position, _, _, quality, *_ = _FINGER.unpack_from(data, _RECORD.size)
    finger = _finger(position)
    header = _print_header(data[_HEADERS_BYTES:], finger=finger)
    record = FingerRecord(
        finger=finger,
        certified=level == _LEVEL_CERTIFIED,
        quality=None if quality == _NO_SCORE else quality,
        width_px=header.width_px,
        height_px=header.height_px,
        wsq=data[_HEADERS_BYTES:],
    )
    # every other field has one allowed value, so the whole record is compared with the one that they make
    if not _is_quality(record.quality) or data != _bytes(record):
        raise FingerRecordInvalid("The finger record's headers are not what its content asks for.", part=finger)
    return record


def _is_quality(quality: int | None) -> bool:
    return quality is None or 0 <= quality <= 100


def _bytes(record: FingerRecord) -> bytes:
    view_bytes = _FINGER.size + len(record.wsq)
    length = (_RECORD.size + view_bytes).to_bytes(6, "big")
    level = _LEVEL_CERTIFIED if record.certified else _LEVEL_NOT_CERTIFIED
    quality = _NO_SCORE if record.quality is None else record.quality
    return b"".join(
        (
            _RECORD.pack(
                *(_FORMAT, _VERSION, length, _DEVICE_UNREPORTED, level, 1, _PIXELS_AN_INCH),
                *(PPI, PPI, PPI, PPI, _PIXEL_BITS, _WSQ, 0),
            ),
            _FINGER.pack(
                *(view_bytes, record.finger.code, 1, 1, quality, _LIVE_SCAN_PLAIN),
                *(record.width_px, record.height_px, 0),
            ),
            record.wsq,
        )
    )


def _finger(code: int) -> Finger:
    if not 1 <= code <= len(Finger):
        raise FingerRecordInvalid("The finger record's position is not that of one finger.")
    return list(Finger)[code - 1]


def _print_header(wsq: bytes, *, finger: Finger) -> WsqHeader:
    try:
        header = read_header(wsq)
    except WsqHeaderInvalid as error:
        raise FingerRecordInvalid(f"The finger record holds no WSQ print: {error.sentence}", part=finger) from error
    if header.ppi != PPI:
        raise FingerRecordInvalid(f"The print does not state {PPI} pixels an inch.", part=finger)
    return header
