"""The head of a JPEG file, read without decoding anything of it. Source: ITU-T T.81 annex B; JFIF 1.02."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from capture.records.errors import JpegInvalid

SIDE_MAX_PX = 10_000
"""Bounds what a reader can be made to believe of a portrait."""

_SOI, _EOI, _SOS = b"\xff\xd8", b"\xff\xd9", b"\xff\xda"
_SOF0 = b"\xff\xc0"
_COM = b"\xff\xfe"
_APP = tuple(bytes((0xFF, 0xE0 + number)) for number in range(16))
# DHT, DQT, DRI and the above; every other frame header than SOF0 is another process than baseline
_SEGMENTS = frozenset({_SOS, _SOF0, _COM, b"\xff\xc4", b"\xff\xdb", b"\xff\xdd", *_APP})
_SEGMENTS_MAX = 512
# in entropy-coded data ff is followed by 00 (stuffed) or by d0 to d7 (restart)
_MARKER_IN_DATA = re.compile(rb"\xff[^\x00\xd0-\xd7]")
_FRAME = struct.Struct(">BHHB")
_JFIF = struct.Struct(">5sHBHH")
_BYTES_PER_COMPONENT = 3
_BASELINE_BITS = 8


@dataclass(frozen=True, slots=True)
class Density:
    """The pixel density that JFIF states."""

    unit: int
    """0 = only the pixels' aspect ratio, 1 = an inch, 2 = a centimetre."""
    horizontal: int
    """Pixels a unit, along a row."""
    vertical: int
    """Pixels a unit, along a column."""


@dataclass(frozen=True, slots=True)
class JpegHeader:
    """What a baseline JPEG file says of its picture."""

    width_px: int
    """Columns."""
    height_px: int
    """Rows."""
    components: int
    """1 = grey, 3 = colour."""
    precision_bits: int
    """Bits a sample; 8 in baseline."""
    density: Density | None
    """From the JFIF segment, None without one."""
    exif: bool
    """Whether a camera's notes (EXIF) are inside."""
    application_segments: tuple[int, ...]
    """Numbers of all APPn segments in the file's order; (0,) is JFIF alone."""
    comment: bool
    """Whether a comment segment is inside."""


def read_header(jpeg: bytes) -> JpegHeader:
    """Walk all markers to the end of the file and give what the head says.

    :raises: JpegInvalid when the file is cut short, has anything after its end, or is not baseline.
    Source: ITU-T T.81 annex B.
    """
    segments = list(_segments(jpeg))
    markers = [marker for marker, _ in segments]
    if markers.count(_SOF0) != 1 or _SOS not in markers or markers.index(_SOF0) > markers.index(_SOS):
        raise JpegInvalid("The portrait is not a baseline JPEG file.")
    width_px, height_px, components = _frame(segments[markers.index(_SOF0)][1])
    applications = [(marker, payload) for marker, payload in segments if marker in _APP]
    return JpegHeader(
        width_px=width_px,
        height_px=height_px,
        components=components,
        precision_bits=_BASELINE_BITS,
        density=_density(applications),
        exif=any(marker == _APP[1] and payload.startswith(b"Exif\x00") for marker, payload in applications),
        application_segments=tuple(_APP.index(marker) for marker, _ in applications),
        comment=_COM in markers,
    )


def _segments(jpeg: bytes) -> Iterator[tuple[bytes, bytes]]:
    if jpeg[:2] != _SOI:
        raise JpegInvalid("The portrait does not begin as a JPEG file does.")
    position = 2
    for _ in range(_SEGMENTS_MAX):
        marker = jpeg[position : position + 2]
        if marker == _EOI:
            break
        end = position + 2 + int.from_bytes(jpeg[position + 2 : position + 4], "big")
        if marker not in _SEGMENTS or end < position + 4 or end > len(jpeg):
            raise JpegInvalid("The portrait is cut short or holds a marker that baseline JPEG does not have.")
        yield marker, jpeg[position + 4 : end]
        position = _data_end(jpeg, start=end) if marker == _SOS else end
    if jpeg[position:] != _EOI:
        raise JpegInvalid("The portrait does not end where its last marker says.")


def _data_end(jpeg: bytes, *, start: int) -> int:
    found = _MARKER_IN_DATA.search(jpeg, start)
    return found.start() if found else len(jpeg)


def _frame(payload: bytes) -> tuple[int, int, int]:
    """Width, height and number of components."""
    if len(payload) < _FRAME.size:
        raise JpegInvalid("The portrait's frame header is cut short.")
    precision_bits, height_px, width_px, components = _FRAME.unpack_from(payload)
    whole = len(payload) == _FRAME.size + _BYTES_PER_COMPONENT * components
    if not whole or precision_bits != _BASELINE_BITS or components not in {1, 3}:
        raise JpegInvalid("The portrait's frame header is not that of a grey or colour picture.")
    if not all(1 <= side <= SIDE_MAX_PX for side in (width_px, height_px)):
        raise JpegInvalid("The portrait's dimensions are out of range.")
    return width_px, height_px, components


def _density(applications: list[tuple[bytes, bytes]]) -> Density | None:
    for marker, payload in applications:
        if marker == _APP[0] and payload.startswith(b"JFIF\x00") and len(payload) >= _JFIF.size:
            _, _, unit, horizontal, vertical = _JFIF.unpack_from(payload)
            return Density(unit, horizontal, vertical)
    return None
