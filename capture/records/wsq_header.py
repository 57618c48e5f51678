"""The head of a WSQ file, read without decoding anything of it."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from capture.records.errors import WsqHeaderInvalid

SIDE_MIN_PX = 64
"""Below this the codec's 64 subbands run out of pixels."""
SIDE_MAX_PX = 1000
"""A single finger at 1000 ppi is smaller; bounds what a decoder can be made to allocate."""
WSQ_BYTES_MAX = SIDE_MAX_PX * SIDE_MAX_PX
"""The encoder refuses to write more bytes than the picture has pixels."""

_SOI, _EOI = b"\xff\xa0", b"\xff\xa1"
_SOF, _SOB, _COM = b"\xff\xa2", b"\xff\xa3", b"\xff\xa8"
# SOF, SOB, DTT, DQT, DHT, COM: what the decoder knows. It does not know DRT (ffa7), so neither do we.
_SEGMENTS = frozenset({_SOF, _SOB, b"\xff\xa4", b"\xff\xa5", b"\xff\xa6", _COM})
_SEGMENTS_MAX = 64
_MARKER_IN_DATA = re.compile(rb"\xff[^\x00]")
_FRAME = struct.Struct(">BBHHBHBHBH")
_NUMBER = re.compile(r"-?[0-9]{1,9}")
_DECIMAL = re.compile(r"[0-9]{1,3}\.[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class WsqHeader:
    """What a WSQ file says of its print. Source: IAFIS-IC-0110 v3.1, facts/standards.md sections 4.1 and 4.2."""

    width_px: int
    """Columns."""
    height_px: int
    """Rows."""
    ppi: int | None
    """Resolution from the first comment, None where it is not stated."""
    bitrate: float | None
    """Target bits a pixel from the first comment, None where it is not stated."""
    encoder: int
    """Encoder number of the frame header; NBIS writes 2."""
    software: int
    """Software implementation number of the frame header; 0 means that the FBI has issued none."""


def read_header(wsq: bytes) -> WsqHeader:
    """Walk all markers to the end of the file and give what the head says, within SIDE_MIN_PX to SIDE_MAX_PX a side.

    :raises: WsqHeaderInvalid when the file is cut short, has foreign markers, or contradicts itself.
    Source: IAFIS-IC-0110 v3.1, facts/standards.md section 4.1.
    """
    if len(wsq) > WSQ_BYTES_MAX:
        raise WsqHeaderInvalid("The print is larger than any WSQ file of one finger.")
    segments = list(_segments(wsq))
    markers = [marker for marker, _ in segments]
    if markers.count(_SOF) != 1 or _SOB not in markers or markers.index(_SOF) > markers.index(_SOB):
        raise WsqHeaderInvalid("The print does not have one frame header before its data.")
    frame = segments[markers.index(_SOF)][1]
    notes = _notes([payload for marker, payload in segments if marker == _COM])
    return _header(frame, notes=notes)


def _segments(wsq: bytes) -> Iterator[tuple[bytes, bytes]]:
    if wsq[:2] != _SOI:
        raise WsqHeaderInvalid("The print does not begin as a WSQ file does.")
    position = 2
    for _ in range(_SEGMENTS_MAX):
        marker = wsq[position : position + 2]
        if marker == _EOI:
            break
        end = position + 2 + int.from_bytes(wsq[position + 2 : position + 4], "big")
        if marker not in _SEGMENTS or end < position + 4 or end > len(wsq):
            raise WsqHeaderInvalid("The print is cut short or holds a marker that WSQ does not have.")
        yield marker, wsq[position + 4 : end]
        position = _data_end(wsq, start=end) if marker == _SOB else end
    if wsq[position:] != _EOI:
        raise WsqHeaderInvalid("The print does not end where its last marker says.")


def _data_end(wsq: bytes, *, start: int) -> int:
    found = _MARKER_IN_DATA.search(wsq, start)
    return found.start() if found else len(wsq)


def _notes(comments: list[bytes]) -> dict[str, str]:
    """Names and values of the first comment, empty without one."""
    stated = [comment for comment in comments if comment.startswith(b"NIST_COM ")]
    if len(stated) > 1:
        raise WsqHeaderInvalid("The print describes itself more than once.")
    lines = stated[0].decode("latin-1").split("\n") if stated else []
    return {name: value for name, _, value in (line.partition(" ") for line in lines)}


def _header(frame: bytes, *, notes: dict[str, str]) -> WsqHeader:
    if len(frame) != _FRAME.size:
        raise WsqHeaderInvalid("The print's frame header has a wrong length.")
    _, _, height_px, width_px, _, _, _, _, encoder, software = _FRAME.unpack(frame)
    if not all(SIDE_MIN_PX <= side <= SIDE_MAX_PX for side in (width_px, height_px)):
        raise WsqHeaderInvalid("The print's dimensions are not those of one finger.")
    stated = (notes.get("PIX_WIDTH", str(width_px)), notes.get("PIX_HEIGHT", str(height_px)))
    if stated != (str(width_px), str(height_px)):
        raise WsqHeaderInvalid("The print's comment contradicts its frame header.")
    ppi, bitrate = notes.get("PPI", ""), notes.get("WSQ_BITRATE", "")
    return WsqHeader(
        width_px=width_px,
        height_px=height_px,
        ppi=int(ppi) if _NUMBER.fullmatch(ppi) and int(ppi) > 0 else None,
        bitrate=float(bitrate) if _DECIMAL.fullmatch(bitrate) else None,
        encoder=encoder,
        software=software,
    )
