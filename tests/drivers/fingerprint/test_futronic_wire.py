import struct

import numpy as np
import pytest

from drivers.fingerprint import futronic_wire as wire


def test_the_commands_are_those_of_the_facts_page() -> None:
    commands = [wire.DEVICE_INFO, wire.OPEN_A, wire.OPEN_B, wire.LAMP_ON, wire.LAMP_OFF, wire.CAPTURE]
    assert [command.hex() for command in commands] == ["e0", "6c", "50", "dd3200", "dd0000", "6e"]
    assert (wire.OUT, wire.IN) == (0x01, 0x82)
    assert wire.FRAME_BYTES == 153_600 == 300 * 512


def test_a_size_stands_at_the_fourth_byte_with_its_high_byte_first() -> None:
    reply = bytes(4) + bytes.fromhex("014001e0") + bytes(504)
    assert wire.frame_size(reply) == (320, 480)


def test_a_pixel_for_a_size_is_read_as_it_stands() -> None:
    # seen in the field after a host died in the middle of a frame
    assert wire.frame_size(bytes(4) + bytes.fromhex("37455667") + bytes(504)) == (14149, 22119)


@pytest.mark.parametrize("length", [0, 8, 511, 513])
def test_what_is_no_reply_has_no_size(length: int) -> None:
    assert wire.frame_size(bytes(length)) is None


def test_the_last_row_of_the_wire_is_the_top_and_no_row_is_mirrored() -> None:
    data = b"".join(struct.pack(">H", row) + bytes(317) + b"\x07" for row in range(480))
    pixels = wire.upright(data)
    assert pixels.shape == (480, 320)
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous
    assert pixels.flags.writeable
    assert [int(row[0]) * 256 + int(row[1]) for row in pixels] == list(range(479, -1, -1))
    assert (pixels[:, -1] == 7).all()


def test_the_picture_has_memory_of_its_own() -> None:
    data = bytearray(wire.FRAME_BYTES)
    pixels = wire.upright(memoryview(data))
    data[:] = b"\xff" * len(data)
    assert not pixels.any()


def test_rows_are_seen_where_they_came_and_in_their_order() -> None:
    data = bytearray(wire.FRAME_BYTES)
    pixels = wire.rows(memoryview(data))
    data[320] = 7
    assert int(pixels[1, 0]) == pixels.sum() == 7
