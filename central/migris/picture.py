"""Pictures for people's eyes: a print as a PNG. Decoding is done in a child with few rights."""

import io

from PIL import Image

from capture.records.wsq import decode_in_child
from central.migris.simulator.check import DECODE_LIMIT_S


def png_of(wsq: bytes) -> bytes:
    """The print as a PNG. :raises: RecordError when it does not decode."""
    picture = decode_in_child(wsq, time_limit_s=DECODE_LIMIT_S)
    png = io.BytesIO()
    Image.frombytes("L", (picture.width_px, picture.height_px), picture.pixels).save(png, "PNG")
    return png.getvalue()
