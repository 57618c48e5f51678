"""The kernel's video structures: bytes as a C program wrote them with linux/videodev2.h on amd64."""

import pytest

from drivers.transport import v4l2_wire as wire
from drivers.transport.v4l2_wire import Capability, Filled, Shape

CAPABILITY = bytearray.fromhex(
    "757663766964656f000000000000000048442043616d6572610000000000000000000000000000000000000000000000"
    "7573622d303030303a30303a31342e302d340000000000000000000000000000000106000100a0840100200400000000"
    "0000000000000000"
)
FORMAT_ASKED = bytearray.fromhex(
    "010000000000000000050000d00200005955595601000000000000000000000000000000000000000000000000000000"
    "000000000000000000000000"
)
FORMAT_TOLD = bytearray.fromhex(
    "010000000000000000050000d00200005955595601000000000a000000201c0008000000000000000000000000000000"
    "000000000000000000000000"
)
BUFFER = bytearray.fromhex(
    "0300000001000000cd810100402001000100000000000000e110000000000000f8ad0b00000000000000000000000000"
    "00000000000000001100000001000000003000000000000000201c00000000000000000000000000"
)
QUERY = bytearray.fromhex(
    "0c099a0002000000466f6375730000000000000000000000000000000000000000000000000000000000000001000000"
    "0100000001000000100000000000000000000000"
)


def test_a_request_names_the_size_of_its_structure() -> None:
    sizes = {
        wire.QUERYCAP: len(wire.capability()),
        wire.S_FMT: len(wire.shape(Shape(1, 1, "MJPG"))),
        wire.REQBUFS: len(wire.request(1)),
        wire.QUERYBUF: len(wire.buffer()),
        wire.QBUF: len(wire.buffer()),
        wire.DQBUF: len(wire.buffer()),
        wire.STREAMON: wire.INT.size,
        wire.STREAMOFF: wire.INT.size,
        wire.G_CTRL: len(wire.control(1)),
        wire.S_CTRL: len(wire.control(1)),
        wire.QUERYCTRL: len(wire.query(1)),
    }
    assert {request: request >> 16 & 0x3FFF for request in sizes} == sizes
    assert {request >> 8 & 0xFF for request in sizes} == {ord("V")}


def test_a_capability_is_the_nodes_own_where_there_is_one() -> None:
    assert wire.capability_of(CAPABILITY) == Capability("uvcvideo", "HD Camera", "usb-0000:00:14.0-4", 0x04200001)
    whole = CAPABILITY.copy()
    whole[84:88] = (0x04000001).to_bytes(4, "little")
    assert wire.capability_of(whole).capabilities == 0x04000001


def test_a_format_is_asked_for_and_told() -> None:
    assert wire.shape(Shape(1280, 720, "YUYV"))[: len(FORMAT_ASKED)] == FORMAT_ASKED
    told = FORMAT_TOLD + bytes(208 - len(FORMAT_TOLD))
    assert wire.shape_of(told) == Shape(1280, 720, "YUYV", 2560, 1_843_200)


def test_a_buffer_says_where_it_is_and_what_is_in_it() -> None:
    assert wire.place_of(BUFFER) == (0x3000, 1_843_200)
    assert wire.filled_of(BUFFER) == Filled(3, 98_765, False, 4_321_765_432_000)
    assert wire.buffer(3)[:8] == BUFFER[:8]
    assert wire.buffer()[60:64] == BUFFER[60:64]


@pytest.mark.parametrize(
    ("flags", "intact", "stamped"), [(0x2000, True, True), (0x4000, True, False), (0x40, False, False)]
)
def test_only_a_monotonic_stamp_is_one(flags: int, intact: bool, stamped: bool) -> None:
    data = BUFFER.copy()
    data[12:16] = flags.to_bytes(4, "little")
    filled = wire.filled_of(data)
    assert (filled.intact, filled.stamp_ns is not None) == (intact, stamped)


def test_the_rest_is_small() -> None:
    assert wire.request(4).hex() == "0400000001000000010000000000000000000000"
    assert wire.granted(wire.request(4)) == 4
    assert wire.control(wire.EXPOSURE_ABSOLUTE, -156).hex() == "02099a0064ffffff"
    assert wire.value_of(bytearray.fromhex("02099a0064ffffff")) == -156
    assert wire.query(wire.FOCUS_AUTO)[:4] == QUERY[:4]
    assert wire.default_of(QUERY) == 1
    disabled = QUERY.copy()
    disabled[56] |= wire.CONTROL_DISABLED
    assert wire.default_of(disabled) is None
