"""The child that reads one RTSP stream with libav (PyAV) and says on its standard output what arrives.

In a process of its own, because libav decodes what a foreign device sends: where it crashes, or its threads outlive the
interpreter, only this child ends. Its error texts hold the address with the password in it, so none is passed on: a
word of this file's own is. Address and password come over standard input and are in no argument list, no environment.

One JSON object a line. In: the `Wanted` keys. Out: `{"stream": {...}}` once; `{"picture": [arrived_ns, size_bytes, key,
stream_us, device_us]}` for each coded picture; `{"ended": word}` last. `arrived_ns` is CLOCK_MONOTONIC, which all
processes share. No picture's byte goes out. The stream comes over the RTSP connection itself (TCP, interleaved).

Imports nothing of the project's: it is run by its path, in isolated mode, so that it costs no more than libav does.

Source: FFmpeg's rtsp demuxer (options `rtsp_transport`, `timeout`) and libavutil's AVProducerReferenceTime (wall clock
of a picture by the sender's reports, RFC 3550 section 6.4.1; microseconds since 1970); prctl(2).
"""

import ctypes
import json
import os
import resource
import signal
import struct
import sys
import time
from fractions import Fraction
from typing import Any, Final, TypedDict
from urllib.parse import quote

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38

ADDRESS_SPACE_BYTES_MAX: Final = 2 << 30
"""libav maps some 0.3 GiB; a device that makes it take more ends the child, and not the station."""


class Wanted(TypedDict):
    """What the parent says on one line."""

    host: str
    port: int
    path: str
    user: str
    password: str
    open_s: float
    silence_s: float
    parent: int


def main() -> int:
    """Read until the stream ends."""
    wanted: Wanted = json.loads(sys.stdin.buffer.readline())
    _close_in(wanted["parent"])
    _say({"ended": _watched(wanted)})
    return 0


def _close_in(parent: int) -> None:
    """Die with the parent, leave no core behind (the password is in it), write no file, and take no more than given."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        # the parent died before its death could be wished for
        os._exit(1)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_BYTES_MAX, ADDRESS_SPACE_BYTES_MAX))


def _say(line: dict[str, object]) -> None:
    os.write(1, json.dumps(line, separators=(",", ":")).encode() + b"\n")


class _Silence:
    """For how long nothing has come, and how long that may be."""

    def __init__(self, limit_s: float) -> None:
        self._since_ns, self._limit_s = time.monotonic_ns(), limit_s

    def broken(self, limit_s: float) -> int:
        """Something has come; when, by the monotonic clock."""
        self._since_ns, self._limit_s = time.monotonic_ns(), limit_s
        return self._since_ns

    @property
    def over(self) -> bool:
        """It was too long."""
        return time.monotonic_ns() - self._since_ns >= 0.9e9 * self._limit_s


def _watched(wanted: Wanted) -> str:
    """Say all that comes, and return the word for how it ended."""
    import av

    av.logging.set_level(None)
    silence = _Silence(min(wanted["open_s"], wanted["silence_s"]))
    try:
        with av.open(_url(wanted), options=_options(wanted), timeout=(wanted["open_s"], wanted["silence_s"])) as found:
            return _told(found, silence, limit_s=wanted["silence_s"])
    except av.error.FFmpegError as error:
        # a socket that gave nothing in its time is to libav one that gave nonsense
        if silence.over and isinstance(error, av.error.InvalidDataError):
            return "timed-out"
        return _word(av.error, error)
    except (ValueError, MemoryError):
        return "protocol"


def _told(found: Any, silence: _Silence, *, limit_s: float) -> str:
    if not found.streams.video:
        return "no-video"
    video = found.streams.video[0]
    _say({"stream": _described(video)})
    for packet in found.demux(video):
        arrived_ns = silence.broken(limit_s)
        # the last one is empty: it tells decoders that the stream has ended
        if packet.size:
            _say({"picture": _picture(packet, arrived_ns)})
    return "gone"


def _url(wanted: Wanted) -> str:
    host = f"[{wanted['host']}]" if ":" in wanted["host"] else wanted["host"]
    user, password = (quote(wanted[key], safe="") for key in ("user", "password"))
    login = f"{user}:{password}@" if user else ""
    return f"rtsp://{login}{host}:{wanted['port']}{wanted['path']}"


def _options(wanted: Wanted) -> dict[str, str]:
    return {
        "rtsp_transport": "tcp",
        "allowed_media_types": "video",
        # of the socket, in microseconds: for what libav waits for outside of its interruptible reading
        "timeout": str(int(wanted["silence_s"] * 1e6)),
        # what is looked at to find out about the stream is not told later as if it came then
        "fflags": "nobuffer",
        # and no longer than until the codec and the size are known
        "fpsprobesize": "0",
        "analyzeduration": "3000000",
    }


def _described(video: Any) -> dict[str, object]:
    rate = video.average_rate or video.guessed_rate
    context = video.codec_context
    rate_hz = float(rate) if rate else None
    return {"codec": context.name, "width_px": context.width, "height_px": context.height, "rate_hz": rate_hz}


def _picture(packet: Any, arrived_ns: int) -> list[int | None]:
    stream_us = None if packet.pts is None else int(packet.pts * Fraction(packet.time_base) * 1_000_000)
    device_us = struct.unpack_from("=q", bytes(packet.get_sidedata("prft")))[0] if packet.has_sidedata("prft") else None
    return [arrived_ns, packet.size, int(packet.is_keyframe), stream_us, device_us]


def _word(errors: Any, error: Exception) -> str:
    words = (
        ((errors.HTTPUnauthorizedError, errors.HTTPForbiddenError), "denied"),
        ((errors.HTTPNotFoundError,), "not-found"),
        ((errors.HTTPClientError, errors.HTTPServerError), "refused"),
        # libav was told to leave off, which only its time limit does
        ((errors.ExitError, TimeoutError), "timed-out"),
        # connections that broke or were never made, and streams that ended in order
        ((OSError, EOFError), "gone"),
    )
    return next((word for kinds, word in words if isinstance(error, kinds)), "protocol")


if __name__ == "__main__":
    sys.exit(main())
