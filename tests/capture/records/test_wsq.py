"""WSQ prints: encoded here, decoded in a child, and nothing foreign decoded in this process."""

import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from capture.records.errors import WsqDecoderFailed, WsqHeaderInvalid, WsqUndecodable, WsqUnencodable
from capture.records.wsq import decode_in_child, encode, read_header
from tests.capture.records.specimens import HEIGHT_PX, WIDTH_PX, ridges, wsq_by_hand

PRINTS = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "nfiq2"


def _difference(one: bytes, other: bytes) -> float:
    return float(np.abs(np.frombuffer(one, np.uint8).astype(int) - np.frombuffer(other, np.uint8)).mean())


def _pgm(path: Path) -> tuple[bytes, int, int]:
    """Pixels, width and height of a binary PGM file without comments."""
    _, width, height, _, _ = path.read_bytes().split(maxsplit=4)
    size = int(width) * int(height)
    return path.read_bytes()[-size:], int(width), int(height)


def test_a_print_keeps_its_dimensions_and_its_ridges() -> None:
    pixels = ridges()
    wsq = encode(pixels, width_px=WIDTH_PX, height_px=HEIGHT_PX)
    header = read_header(wsq)
    assert (header.width_px, header.height_px, header.ppi, header.bitrate) == (320, 480, 500, 0.75)
    decoded = decode_in_child(wsq, time_limit_s=30)
    assert (decoded.width_px, decoded.height_px, len(decoded.pixels)) == (320, 480, 320 * 480)
    assert _difference(decoded.pixels, pixels) < 4


def test_the_order_of_rows_and_columns_matters() -> None:
    """A picture given with its sides exchanged decodes to something else: the test above would fail."""
    pixels = ridges()
    exchanged = decode_in_child(encode(pixels, width_px=HEIGHT_PX, height_px=WIDTH_PX), time_limit_s=30)
    assert (exchanged.width_px, exchanged.height_px) == (480, 320)
    assert _difference(exchanged.pixels, pixels) > 4


@pytest.mark.skipif(not PRINTS.is_dir(), reason="the synthetic prints of NFIQ 2 are not beside the repository")
def test_synthetic_prints_survive() -> None:
    for path in sorted(PRINTS.glob("*.pgm"))[:2]:
        pixels, width_px, height_px = _pgm(path)
        wsq = encode(pixels, width_px=width_px, height_px=height_px)
        assert len(pixels) / len(wsq) > 5
        assert _difference(decode_in_child(wsq, time_limit_s=30).pixels, pixels) < 12


def test_the_same_print_gives_the_same_bytes() -> None:
    pixels = ridges(64, 96)
    assert encode(pixels, width_px=64, height_px=96) == encode(pixels, width_px=64, height_px=96)


@pytest.mark.parametrize(
    ("pixels", "width_px", "height_px"),
    [
        pytest.param(ridges()[:-1], 320, 480, id="one pixel short"),
        pytest.param(ridges() + b"\x00", 320, 480, id="one pixel long"),
        pytest.param(b"", 320, 480, id="none"),
        pytest.param(bytes(320 * 480), 320, 480, id="all black"),
        pytest.param(b"\xff" * 320 * 480, 320, 480, id="bare plate"),
        pytest.param(ridges(32, 32), 32, 32, id="too small"),
        pytest.param(b"\x00\x01" * 500 * 1001, 1000, 1001, id="too large"),
        pytest.param(b"", 0, 0, id="no sides"),
        pytest.param(ridges(), -320, -480, id="negative sides"),
    ],
)
def test_what_is_no_print_is_refused(pixels: bytes, width_px: int, height_px: int) -> None:
    with pytest.raises(WsqUnencodable):
        encode(pixels, width_px=width_px, height_px=height_px)


def test_one_other_pixel_is_a_picture() -> None:
    pixels = bytearray(b"\xff" * 64 * 64)
    pixels[2000] = 0
    assert read_header(encode(bytes(pixels), width_px=64, height_px=64)).width_px == 64


def test_garbage_behind_a_good_head_is_undecodable() -> None:
    with pytest.raises(WsqUndecodable):
        decode_in_child(wsq_by_hand(), time_limit_s=30)


@pytest.mark.parametrize("position", [300, 700, 900, 2000])
def test_a_damaged_print_gives_pixels_or_a_typed_error(position: int) -> None:
    """Tables and data damaged behind an intact head: whatever the decoder does, it does not happen here."""
    wsq = bytearray(encode(ridges(), width_px=WIDTH_PX, height_px=HEIGHT_PX))
    wsq[position] ^= 0x55
    try:
        decoded = decode_in_child(bytes(wsq), time_limit_s=30)
    except (WsqHeaderInvalid, WsqUndecodable):
        return
    assert len(decoded.pixels) == WIDTH_PX * HEIGHT_PX


def test_a_good_print_with_other_dimensions_in_its_head_is_undecodable() -> None:
    """The child's answer is compared with the head: the decoder may read more or less than we did."""
    wsq = encode(ridges(96, 96), width_px=96, height_px=96)
    claimed = wsq.replace(b"PIX_WIDTH 96\nPIX_HEIGHT 96", b"PIX_WIDTH 64\nPIX_HEIGHT 64")
    claimed = claimed.replace(struct.pack(">HH", 96, 96), struct.pack(">HH", 64, 64), 1)
    assert read_header(claimed).width_px == 64
    with pytest.raises(WsqUndecodable):
        decode_in_child(claimed, time_limit_s=30)


def test_no_child_is_started_for_a_bad_head() -> None:
    with pytest.raises(WsqHeaderInvalid):
        decode_in_child(wsq_by_hand(65535, 65535), time_limit_s=0)


def test_the_child_is_stopped_at_the_time_limit() -> None:
    with pytest.raises(WsqDecoderFailed):
        decode_in_child(encode(ridges(), width_px=WIDTH_PX, height_px=HEIGHT_PX), time_limit_s=0)


def test_a_decoded_print_shows_no_pixels() -> None:
    decoded = decode_in_child(encode(ridges(64, 64), width_px=64, height_px=64), time_limit_s=30)
    assert repr(decoded) == "DecodedPrint(width_px=64, height_px=64)"


def test_reading_records_loads_no_codec_and_no_opencv() -> None:
    looked = (
        "import sys, capture.records.package, capture.records.wsq; print({'_wsq', 'cv2', 'PIL'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", looked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
