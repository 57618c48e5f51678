"""JPEG heads: what OpenCV writes is read, and what is not whole or not baseline is refused."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.records.errors import JpegInvalid
from capture.records.jpeg import Density, JpegHeader, read_header
from tests.capture.records.damage import SETTINGS, damaged, outcome
from tests.capture.records.specimens import jpeg_by_hand, portrait_jpeg, segment

JPEG = jpeg_by_hand()
FRAME = JPEG[JPEG.index(b"\xff\xc0") : JPEG.index(b"\xff\xda")]


def _encoded(shape: tuple[int, ...], *options: int) -> bytes:
    picture = (np.arange(np.prod(shape)) % 251).astype(np.uint8).reshape(shape)
    done, encoded = cv2.imencode(".jpg", picture, list(options))
    assert done
    return encoded.tobytes()


def test_the_head_of_a_portrait_is_read() -> None:
    assert read_header(portrait_jpeg()) == JpegHeader(
        width_px=480,
        height_px=640,
        components=3,
        precision_bits=8,
        density=Density(unit=0, horizontal=1, vertical=1),
        exif=False,
        application_segments=(0,),
        comment=False,
    )


def test_grey_has_one_component() -> None:
    assert read_header(_encoded((40, 50))).components == 1


def test_restart_markers_are_data() -> None:
    jpeg = _encoded((64, 64, 3), cv2.IMWRITE_JPEG_RST_INTERVAL, 2)
    assert b"\xff\xd0" in jpeg
    assert read_header(jpeg).width_px == 64


def test_notes_of_a_camera_are_seen() -> None:
    header = read_header(jpeg_by_hand(more=segment(0xFFE1, b"Exif\x00\x00MM") + segment(0xFFFE, b"a note")))
    assert (header.exif, header.application_segments, header.comment) == (True, (0, 1), True)


def test_xmp_is_a_segment_but_not_exif() -> None:
    header = read_header(jpeg_by_hand(more=segment(0xFFE1, b"http://ns.adobe.com/xap/1.0/\x00")))
    assert (header.exif, header.application_segments) == (False, (0, 1))


def test_without_jfif_no_density_is_known() -> None:
    assert read_header(b"\xff\xd8" + JPEG[JPEG.index(b"\xff\xc0") :]).density is None


@pytest.mark.parametrize(
    "jpeg",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\xff\xa0" + JPEG[2:], id="begins as WSQ"),
        pytest.param(JPEG[:-1], id="no end"),
        pytest.param(JPEG + b"\x00", id="more after the end"),
        pytest.param(JPEG + JPEG, id="two files"),
        pytest.param(_encoded((64, 64, 3), cv2.IMWRITE_JPEG_PROGRESSIVE, 1), id="progressive"),
        pytest.param(JPEG.replace(FRAME, b""), id="no frame header"),
        pytest.param(JPEG.replace(FRAME, FRAME * 2), id="two frame headers"),
        pytest.param(JPEG.replace(FRAME, segment(0xFFC0, FRAME[4:6])), id="short frame header"),
        pytest.param(JPEG.replace(FRAME, segment(0xFFC0, b"\x0c" + FRAME[5:])), id="12 bits a sample"),
        pytest.param(jpeg_by_hand(components=4), id="four components"),
        pytest.param(jpeg_by_hand(0, 640), id="no width"),
        pytest.param(jpeg_by_hand(480, 20000), id="too high"),
        pytest.param(jpeg_by_hand(more=segment(0xFFFE, b"") * 600), id="many segments"),
        pytest.param(JPEG[: JPEG.index(b"\xff\xda")] + b"\xff\xd9", id="no scan"),
    ],
)
def test_what_is_not_a_whole_baseline_file_is_refused(jpeg: bytes) -> None:
    with pytest.raises(JpegInvalid):
        read_header(jpeg)


@SETTINGS
@given(data=st.deferred(lambda: damaged(JPEG)))
def test_damage_gives_typed_errors_only(data: bytes) -> None:
    header = outcome(read_header, data, error=JpegInvalid)
    assert header is None or isinstance(header, JpegHeader)
