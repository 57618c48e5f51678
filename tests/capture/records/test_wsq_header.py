"""WSQ heads: what is read, and what is refused before any decoder sees it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.records.errors import WsqHeaderInvalid
from capture.records.wsq_header import WSQ_BYTES_MAX, WsqHeader, read_header
from tests.capture.records.damage import SETTINGS, damaged, outcome
from tests.capture.records.specimens import segment, wsq_by_hand

WSQ = wsq_by_hand()


def test_the_head_is_read() -> None:
    assert read_header(WSQ) == WsqHeader(width_px=320, height_px=480, ppi=500, bitrate=0.75, encoder=2, software=0)


def test_without_a_comment_nothing_is_known_of_resolution_and_rate() -> None:
    start = WSQ.index(b"\xff\xa2")
    header = read_header(b"\xff\xa0" + WSQ[start:])
    assert (header.ppi, header.bitrate) == (None, None)


def test_an_unknown_resolution_is_none() -> None:
    assert read_header(wsq_by_hand(ppi=-1)).ppi is None


def test_stuffed_bytes_are_data() -> None:
    assert read_header(wsq_by_hand(data=b"\xff\x00\xff\x00")).width_px == 320


FRAME = WSQ[WSQ.index(b"\xff\xa2") : WSQ.index(b"\xff\xa3")]
COMMENT = WSQ[WSQ.index(b"\xff\xa8") : WSQ.index(b"\xff\xa2")]


@pytest.mark.parametrize(
    "wsq",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\xff\xd8" + WSQ[2:], id="begins as JPEG"),
        pytest.param(WSQ[:-2], id="no end"),
        pytest.param(WSQ + b"\x00", id="more after the end"),
        pytest.param(WSQ + WSQ, id="two files"),
        pytest.param(WSQ.replace(FRAME, b""), id="no frame header"),
        pytest.param(WSQ.replace(FRAME, FRAME + FRAME), id="two frame headers"),
        pytest.param(WSQ.replace(FRAME, segment(0xFFA2, FRAME[4:-1])), id="short frame header"),
        pytest.param(WSQ.replace(COMMENT, COMMENT + COMMENT), id="described twice"),
        pytest.param(WSQ.replace(b"PIX_WIDTH 320", b"PIX_WIDTH 321"), id="comment contradicts"),
        pytest.param(WSQ.replace(COMMENT, segment(0xFFA7, b"\x00\x01")), id="restart interval"),
        pytest.param(WSQ[:2] + COMMENT * 1 + segment(0xFFA6, b"") * 70 + WSQ[2 + len(COMMENT) :], id="many segments"),
        pytest.param(b"\xff\xa0\xff\xa8\x00\x01" + WSQ[2:], id="length below its own"),
        pytest.param(WSQ[: WSQ.index(b"\xff\xa3")] + b"\xff\xa1", id="no data"),
        pytest.param(b"\xff\xa0" + bytes(WSQ_BYTES_MAX), id="too large"),
    ],
)
def test_what_is_not_a_whole_file_is_refused(wsq: bytes) -> None:
    with pytest.raises(WsqHeaderInvalid):
        read_header(wsq)


@pytest.mark.parametrize(("width_px", "height_px"), [(63, 480), (320, 1001), (65535, 65535), (0, 0)])
def test_sides_out_of_range_are_refused(width_px: int, height_px: int) -> None:
    with pytest.raises(WsqHeaderInvalid):
        read_header(wsq_by_hand(width_px, height_px))


@SETTINGS
@given(data=st.deferred(lambda: damaged(WSQ)))
def test_damage_gives_typed_errors_only(data: bytes) -> None:
    header = outcome(read_header, data, error=WsqHeaderInvalid)
    assert header is None or isinstance(header, WsqHeader)
