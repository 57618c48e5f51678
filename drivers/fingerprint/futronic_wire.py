"""The bytes that a Futronic FS81 speaks: commands of one or three bytes out, replies of 512 or a whole frame in.

Source: facts/fingerprint-sensors.md sections 4.1 to 4.3. It rests on one published trace of one unit; what is in the
replies to `OPEN_A` and `OPEN_B` nobody knows.
"""

from typing import Final

import numpy as np

from drivers.contract import GreyPixels

OUT: Final = 0x01
IN: Final = 0x82

DEVICE_INFO: Final = b"\xe0"
"""Answered by `REPLY_BYTES` that hold the frame's size."""
OPEN_A: Final = b"\x6c"
OPEN_B: Final = b"\x50"
"""Each answered by `REPLY_BYTES`; without both no frame is given."""
LAMP_ON: Final = b"\xdd\x32\x00"
LAMP_OFF: Final = b"\xdd\x00\x00"
"""Not answered. The lamp lights the picture, so it is set before every frame."""
CAPTURE: Final = b"\x6e"
"""Answered by `FRAME_BYTES`: whole packets, no head, no tail, and nothing that marks the end."""

REPLY_BYTES: Final = 512
WIDTH_PX: Final = 320
HEIGHT_PX: Final = 480
SIZE_PX: Final = (WIDTH_PX, HEIGHT_PX)
FRAME_BYTES: Final = WIDTH_PX * HEIGHT_PX
PPI: Final = 500.0


def frame_size(reply: bytes | memoryview) -> tuple[int, int] | None:
    """Width and height in pixels out of a reply to `DEVICE_INFO`; None where it is too short for one."""
    if len(reply) != REPLY_BYTES:
        return None
    return int.from_bytes(reply[4:6], "big"), int.from_bytes(reply[6:8], "big")


def rows(data: bytes | memoryview) -> GreyPixels:
    """The picture as it came, its last row first, shape (480, 320), in the memory of `data`.

    :param data: `FRAME_BYTES`.
    """
    return np.frombuffer(data, np.uint8).reshape(HEIGHT_PX, WIDTH_PX)


def upright(data: bytes | memoryview) -> GreyPixels:
    """The picture as a person sees it, shape (480, 320), in memory of its own: the wire's last row is the top.

    :param data: `FRAME_BYTES` as they came.
    """
    return rows(data)[::-1].copy()
