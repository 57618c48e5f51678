"""The kernel's video interface as bytes: requests, structures and numbers. Pure; for 64-bit little-endian Linux.

Source: linux/videodev2.h and linux/v4l2-controls.h of Linux 6.1; docs.kernel.org/userspace-api/media/v4l.
"""

import struct
from typing import Final, NamedTuple

QUERYCAP: Final = 0x80685600
S_FMT: Final = 0xC0D05605
REQBUFS: Final = 0xC0145608
QUERYBUF: Final = 0xC0585609
QBUF: Final = 0xC058560F
DQBUF: Final = 0xC0585611
STREAMON: Final = 0x40045612
STREAMOFF: Final = 0x40045613
G_CTRL: Final = 0xC008561B
S_CTRL: Final = 0xC008561C
QUERYCTRL: Final = 0xC0445624

CAPTURE: Final = 1
"""V4L2_BUF_TYPE_VIDEO_CAPTURE."""
MMAP: Final = 1
"""V4L2_MEMORY_MMAP."""
_PROGRESSIVE: Final = 1

CAP_VIDEO_CAPTURE: Final = 0x00000001
CAP_STREAMING: Final = 0x04000000
_CAP_DEVICE_CAPS: Final = 0x80000000

_BUFFER_ERROR: Final = 0x00000040
_STAMP_MASK: Final = 0x0000E000
_STAMP_MONOTONIC: Final = 0x00002000

CONTROL_DISABLED: Final = 0x0001

AUTOGAIN: Final = 0x00980912
GAIN: Final = 0x00980913
AUTO_WHITE_BALANCE: Final = 0x0098090C
POWER_LINE_FREQUENCY: Final = 0x00980918
WHITE_BALANCE_TEMPERATURE: Final = 0x0098091A
EXPOSURE_AUTO: Final = 0x009A0901
EXPOSURE_ABSOLUTE: Final = 0x009A0902
FOCUS_ABSOLUTE: Final = 0x009A090A
FOCUS_AUTO: Final = 0x009A090C

EXPOSURE_MANUAL: Final = 1
"""Of the menu of EXPOSURE_AUTO."""

_CAPABILITY: Final = struct.Struct("<16s32s32sIII12x")
_FORMAT: Final = struct.Struct("<I4x12I152x")
_REQUEST: Final = struct.Struct("<IIII4x")
_BUFFER: Final = struct.Struct("<IIIII4xqq16xIIQI12x")
_CONTROL: Final = struct.Struct("<Ii")
_QUERY: Final = struct.Struct("<II32siiiiI8x")
INT: Final = struct.Struct("<i")


class Capability(NamedTuple):
    """What a node says of itself."""

    driver: str
    card: str
    bus: str
    capabilities: int
    """Of this node, where the driver tells them apart from the whole device's."""


class Shape(NamedTuple):
    """A stream's format."""

    width_px: int
    height_px: int
    code: str
    """Four letters, such as `MJPG`."""
    row_bytes: int = 0
    """Bytes from one row to the next; 0 of what is compressed."""
    frame_bytes: int = 0
    """At most, of one frame."""


class Filled(NamedTuple):
    """A buffer that came back from the driver."""

    number: int
    """Which buffer."""
    used_bytes: int
    intact: bool
    """False where the driver itself says that the data may be damaged."""
    stamp_ns: int | None
    """The monotonic clock's reading at the frame, None where the driver uses another clock."""


def capability_of(data: bytearray) -> Capability:
    """Read VIDIOC_QUERYCAP's answer."""
    driver, card, bus, _, whole, own = _CAPABILITY.unpack(data)
    return Capability(_text(driver), _text(card), _text(bus), own if whole & _CAP_DEVICE_CAPS else whole)


def capability() -> bytearray:
    """Room for VIDIOC_QUERYCAP."""
    return bytearray(_CAPABILITY.size)


def shape(wanted: Shape) -> bytearray:
    """VIDIOC_S_FMT's question."""
    code = int.from_bytes(wanted.code.encode(), "little")
    return bytearray(_FORMAT.pack(CAPTURE, wanted.width_px, wanted.height_px, code, _PROGRESSIVE, *[0] * 8))


def shape_of(data: bytearray) -> Shape:
    """Read VIDIOC_S_FMT's answer: what will really be streamed."""
    _, width_px, height_px, code, _, row_bytes, frame_bytes, *_ = _FORMAT.unpack(data)
    return Shape(width_px, height_px, _text(code.to_bytes(4, "little")), row_bytes, frame_bytes)


def request(count: int) -> bytearray:
    """VIDIOC_REQBUFS' question; 0 gives all buffers back."""
    return bytearray(_REQUEST.pack(count, CAPTURE, MMAP, 0))


def granted(data: bytearray) -> int:
    """How many buffers VIDIOC_REQBUFS gave."""
    return int(_REQUEST.unpack(data)[0])


def buffer(index: int = 0) -> bytearray:
    """For VIDIOC_QUERYBUF, QBUF and DQBUF."""
    return bytearray(_BUFFER.pack(index, CAPTURE, 0, 0, 0, 0, 0, 0, MMAP, 0, 0))


def place_of(data: bytearray) -> tuple[int, int]:
    """Offset and length of a buffer's memory, out of VIDIOC_QUERYBUF's answer."""
    fields = _BUFFER.unpack(data)
    return fields[9] & 0xFFFFFFFF, fields[10]


def filled_of(data: bytearray) -> Filled:
    """Read VIDIOC_DQBUF's answer."""
    index, _, used_bytes, flags, _, seconds, micros, *_ = _BUFFER.unpack(data)
    monotonic = flags & _STAMP_MASK == _STAMP_MONOTONIC
    stamp_ns = seconds * 1_000_000_000 + micros * 1000 if monotonic else None
    return Filled(index, used_bytes, not flags & _BUFFER_ERROR, stamp_ns)


def control(number: int, value: int = 0) -> bytearray:
    """VIDIOC_G_CTRL's and S_CTRL's question."""
    return bytearray(_CONTROL.pack(number, value))


def value_of(data: bytearray) -> int:
    """Read VIDIOC_G_CTRL's answer."""
    return int(_CONTROL.unpack(data)[1])


def query(number: int) -> bytearray:
    """VIDIOC_QUERYCTRL's question."""
    return bytearray(_QUERY.pack(number, 0, b"", 0, 0, 0, 0, 0))


def default_of(data: bytearray) -> int | None:
    """The default out of VIDIOC_QUERYCTRL's answer; None of a control that cannot be used at all."""
    *_, default, flags = _QUERY.unpack(data)
    return None if flags & CONTROL_DISABLED else int(default)


def _text(data: bytes) -> str:
    text = data.split(b"\0")[0].decode("utf-8", "replace")
    return "".join(letter for letter in text if letter.isprintable()).strip()
