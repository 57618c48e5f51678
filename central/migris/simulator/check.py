"""What MIGRIS looks at before it takes a package: the records as standards have them, and that pictures decode."""

from agent.wire import Cause
from capture.records.errors import RecordError, WsqDecoderFailed
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
    """The package, when nothing is wrong with it. :raises: CheckFailed."""
    try:
        package = unpack(content)
        _check_portrait(package)
        _check_prints(package)
    except WsqDecoderFailed:
        raise
    except RecordError as error:
        raise CheckFailed(_cause(None if error.part is None else str(error.part), error)) from error
    return package


def _check_portrait(package: Package) -> None:
    if package.portrait_jpeg is None:
        return
    header = read_jpeg_header(package.portrait_jpeg)
    if (header.width_px, header.height_px) != PORTRAIT_PX or header.components != 3:
        raise CheckFailed(
            Cause(part="face", code="portrait-size", sentence="The portrait is not 480 x 640 pixels in colour.")
        )


def _check_prints(package: Package) -> None:
    for finger, wsq in package.prints.items():
        picture = decode_in_child(wsq, time_limit_s=DECODE_LIMIT_S)
        if (picture.width_px, picture.height_px) != PRINT_PX:
            raise CheckFailed(Cause(part=finger.value, code="print-size", sentence="A print is not 320 x 480 pixels."))


def _cause(part: str | None, error: RecordError) -> Cause:
    return Cause(part=part, code=error.code, sentence=error.sentence[:300])
