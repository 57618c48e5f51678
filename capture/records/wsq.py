"""WSQ prints: encoded in this process, decoded only in a process of their own. Not certified by anybody; NBIS-based.

The codec is the C extension of the package `wsq` 0.9 (NBIS 5.0.0 inside). It checks neither its arguments nor the
files that it decodes, so both are checked here, and what another party encoded never meets it in our memory. It
writes 0.75 bit a pixel and 500 ppi and cannot be told otherwise. Source: facts/standards.md sections 4.1 to 4.5.
"""

import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple, Self

from capture.records.errors import WsqDecoderFailed, WsqError, WsqUndecodable, WsqUnencodable
from capture.records.wsq_header import SIDE_MAX_PX, SIDE_MIN_PX, WsqHeader, read_header

__all__ = ["DecodedPrint", "WsqHeader", "decode_confined", "decode_in_child", "encode", "read_header"]

PPI = 500
"""What the encoder states as resolution, whatever the picture."""

# The extension's signature has a fourth argument that it reads and then ignores (facts/standards.md section 4.5).
_IGNORED_RATIO = 12
_COMMAND = (sys.executable, "-I", "-m", "capture.records.wsq_child")
_DIMENSIONS = struct.Struct(">II")


class DecodedPrint(NamedTuple):
    """A print as pixels; its repr shows none of them."""

    pixels: bytes
    """Rows from the top, one byte a pixel, 0 = ridge; height_px * width_px bytes."""
    width_px: int
    """Columns."""
    height_px: int
    """Rows."""

    def __repr__(self) -> str:
        return f"DecodedPrint(width_px={self.width_px}, height_px={self.height_px})"


def encode(pixels: bytes, *, width_px: int, height_px: int) -> bytes:
    """A whole WSQ file of exactly these dimensions, at 0.75 bit a pixel; byte-stable on one machine type.

    :param pixels: rows from the top, one byte a pixel, 0 = ridge; exactly height_px * width_px bytes.
    :raises: WsqUnencodable when the size is wrong, the picture has one shade only, or the codec fails.
    Source: IAFIS-IC-0110 v3.1, facts/standards.md section 4.
    """
    _check_picture(pixels, width_px=width_px, height_px=height_px)
    import _wsq  # here, so that readers of records do not load a codec

    with _CodecFailureMapped(WsqUnencodable("The codec could not encode the picture.")):
        wsq: bytes = _wsq.compress(pixels, height_px, width_px, _IGNORED_RATIO)
    header = read_header(wsq)
    if (header.width_px, header.height_px) != (width_px, height_px):
        raise WsqUnencodable("The codec wrote a print of other dimensions than it was given.")
    return wsq


def decode_in_child(wsq: bytes, *, time_limit_s: float) -> DecodedPrint:
    """The print's pixels, decoded in a child process with few rights, no files, little memory and little time.

    :param wsq: a WSQ file from anywhere.
    :param time_limit_s: the child is killed after this.
    :raises: WsqHeaderInvalid before a child is started; WsqUndecodable when the decoder crashed or made nothing of
        it; WsqDecoderFailed when the child could not be started, was killed or ran out of time.
    """
    header = read_header(wsq)
    size_bytes = _DIMENSIONS.size + header.width_px * header.height_px
    answer = _ask_child(wsq, size_bytes=size_bytes, time_limit_s=time_limit_s)
    if len(answer) != size_bytes or _DIMENSIONS.unpack_from(answer) != (header.width_px, header.height_px):
        raise WsqUndecodable("The decoder made nothing of the print.")
    return DecodedPrint(answer[_DIMENSIONS.size :], header.width_px, header.height_px)


def decode_confined(wsq: bytes) -> DecodedPrint:
    """The print's pixels, decoded in this process: only for one that gave up all it could (`wsq_child.confine`).

    The extension must be loaded before the confinement.

    :raises: WsqHeaderInvalid, WsqUndecodable. A print that the decoder cannot bear ends the process.
    """
    header = read_header(wsq)
    import _wsq  # as in `encode`

    with _CodecFailureMapped(WsqUndecodable("The decoder made nothing of the print.")):
        pixels, width_px, height_px, _ = _wsq.decompress(wsq)
    whole = len(pixels) == header.width_px * header.height_px
    if not whole or (width_px, height_px) != (header.width_px, header.height_px):
        raise WsqUndecodable("The decoder made nothing of the print.")
    return DecodedPrint(pixels, width_px, height_px)


def _check_picture(pixels: bytes, *, width_px: int, height_px: int) -> None:
    if not all(SIDE_MIN_PX <= side <= SIDE_MAX_PX for side in (width_px, height_px)):
        raise WsqUnencodable(f"A print's sides are {SIDE_MIN_PX} to {SIDE_MAX_PX} pixels long.")
    if len(pixels) != width_px * height_px:
        raise WsqUnencodable("The picture does not have as many pixels as its dimensions say.")
    if pixels.count(pixels[0]) == len(pixels):  # the codec would divide by a range of zero
        raise WsqUnencodable("The picture has one shade only: there is no print in it.")


class _CodecFailureMapped:
    """The codec raises a bare Exception: that very class is mapped, none of the classes below it."""

    def __init__(self, mapped: WsqError) -> None:
        self._mapped = mapped

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, *_: object) -> None:
        if kind is Exception:
            raise self._mapped from error


def _ask_child(wsq: bytes, *, size_bytes: int, time_limit_s: float) -> bytes:
    try:
        child = subprocess.Popen(
            _COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd="/", env={}
        )
    except OSError as error:
        raise WsqDecoderFailed("The decoder could not be started.") from error
    with child, _stopped_after(child, time_limit_s):
        answer = _exchange(child, wsq, limit_bytes=size_bytes + 1)
        child.wait()
    if child.returncode == -signal.SIGKILL:
        raise WsqDecoderFailed("The decoder was stopped before it was done.")
    return answer if child.returncode == 0 else b""


@contextmanager
def _stopped_after(child: subprocess.Popen[bytes], time_limit_s: float) -> Iterator[None]:
    """Whatever happens inside, the child has ended or was killed when this is left."""
    guard = threading.Timer(time_limit_s, child.kill)
    guard.start()
    try:
        yield
    finally:
        guard.cancel()
        child.kill()  # does nothing to a child that was waited for


def _exchange(child: subprocess.Popen[bytes], wsq: bytes, *, limit_bytes: int) -> bytes:
    assert child.stdin is not None
    assert child.stdout is not None
    # a child that died early breaks the pipe; what it answered says the rest
    with suppress(BrokenPipeError), child.stdin as pipe:
        pipe.write(wsq)
    with child.stdout as pipe:
        return pipe.read(limit_bytes)
