"""What MIGRIS looks at before it takes a package: the records as standards have them, and that pictures decode."""

from collections.abc import Iterator
from contextlib import contextmanager

from agent.wire import Cause
from capture.records.errors import FACE, Part, RecordError, WsqDecoderFailed
from capture.records.jpeg import read_header as read_jpeg_header
from capture.records.package import Package, unpack
from capture.records.wsq import decode_in_child

PORTRAIT_PX = (480, 640)
PRINT_PX = (320, 480)
DECODE_LIMIT_S = 10.0


class CheckFailed(Exception):
    """The package is not taken; `cause` says why."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.sentence)
        self.cause = cause


def checked(content: bytes) -> Package:
    """The package, when nothing is wrong with it.

    :raises: CheckFailed, which names the finger or the face; WsqDecoderFailed when that is our own trouble.
    """
    with _named(None):
        package = unpack(content)
    with _named(FACE):
        _check_portrait(package)
    for finger, wsq in package.prints.items():
        with _named(finger):
            _check_print(wsq, part=finger.value)
    return package


@contextmanager
def _named(part: Part | None) -> Iterator[None]:
    """What is wrong inside is the part's fault, where the error itself does not name another."""
    try:
        yield
    except WsqDecoderFailed:
        raise
    except RecordError as error:
        named = error.part or part
        cause = Cause(part=None if named is None else str(named), code=error.code, sentence=error.sentence[:300])
        raise CheckFailed(cause) from error


def _check_portrait(package: Package) -> None:
    if package.portrait_jpeg is None:
        return
    header = read_jpeg_header(package.portrait_jpeg)
    if (header.width_px, header.height_px) != PORTRAIT_PX or header.components != 3:
        raise CheckFailed(
            Cause(part="face", code="portrait-size", sentence="The portrait is not 480 x 640 pixels in colour.")
        )


def _check_print(wsq: bytes, *, part: str) -> None:
    picture = decode_in_child(wsq, time_limit_s=DECODE_LIMIT_S)
    if (picture.width_px, picture.height_px) != PRINT_PX:
        raise CheckFailed(Cause(part=part, code="print-size", sentence="A print is not 320 x 480 pixels."))
