"""A vendor's helper with an emulated sensor, a program of its own: obeys docs/vendor-helper.md, or fails on purpose.

    vendor_helper.py DESK [--certificate NAME] [--fault VERB=WHAT]

DESK is a folder: a file `unplugged` or `seized` in it is what happens to the sensor, and every process of the helper
leaves an empty file `pid-NUMBER` there. Frames are told apart by their number: `frame` makes the one of that number.
Standard library only, and nothing of the product.
"""

import argparse
import contextlib
import json
import os
import select
import signal
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

WIDTH_PX, HEIGHT_PX, PPI = 320, 480, 500
_GREYS = bytes(range(256)) * 3


def frame(number: int) -> bytes:
    """The picture that the sensor gives at its grab of this number, from 1 in each process."""
    return b"".join(_GREYS[(begin := (3 * y + 41 * number) % 256) : begin + WIDTH_PX] for y in range(HEIGHT_PX))


def hang() -> None:
    """Never come back."""
    while True:
        select.select([], [], [])


class Helper:
    """Says what is asked for, but for one verb."""

    def __init__(self, desk: Path, *, certificate: str, fault: str) -> None:
        self.desk, self.certificate = desk, certificate
        self.verb, _, self.what = fault.partition("=")
        self.grabs = 0
        self.number = 0
        self.leave_mark()

    def leave_mark(self) -> None:
        (self.desk / f"pid-{os.getpid()}").touch()

    def run(self) -> None:
        while line := sys.stdin.buffer.readline():
            request = json.loads(line)
            self.number = request["id"]
            answer, pixels = self.answer(request)
            if request["do"] == self.verb:
                FAULTS[self.what](self, answer, pixels)
            else:
                self.say(answer, pixels)
            if request["do"] == "bye":
                return

    def answer(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        match request["do"]:
            case "hello":
                return self.head("hello", speaks="smilius-helper/1", program="emulated helper 1"), b""
            case "open" if (self.desk / "seized").exists():
                return self.head("fault", code="device-busy"), b""
            case "open" | "arm" | "grab" if (self.desk / "unplugged").exists():
                return self.head("fault", code="device-gone"), b""
            case "open":
                told = {"make": "Emulated", "model": "E1", "serial": "0042", "firmware": "2.1", "simulated": False}
                size = {"ppi": PPI, "width_px": WIDTH_PX, "height_px": HEIGHT_PX}
                name = self.certificate
                return self.head("opened", **told, certified=bool(name), certificate=name, **size), b""
            case "grab":
                self.grabs += 1
                pixels = frame(self.grabs)
                size = {"width_px": WIDTH_PX, "height_px": HEIGHT_PX, "bits": 8, "ppi": PPI}
                return self.head("frame", **size, bytes=len(pixels), crc32=zlib.crc32(pixels)), pixels
            case _:
                return self.head("done"), b""

    def head(self, kind: str, **more: object) -> dict[str, Any]:
        return {"id": self.number, "kind": kind, **more}

    def say(self, answer: dict[str, Any], pixels: bytes = b"") -> None:
        self.write(json.dumps(answer).encode() + b"\n" + pixels)

    def write(self, content: bytes) -> None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()

    def fork(self) -> bool:
        """A child that holds every pipe; whether this is the parent."""
        if os.fork():
            return True
        self.leave_mark()
        hang()
        return False


Fault = Callable[[Helper, dict[str, Any], bytes], None]


def _die(helper: Helper, answer: dict[str, Any], pixels: bytes) -> None:
    os._exit(3)


def _hang(helper: Helper, answer: dict[str, Any], pixels: bytes) -> None:
    hang()


def _die_half_way(helper: Helper, answer: dict[str, Any], pixels: bytes) -> None:
    helper.say(answer, pixels[: len(pixels) // 2])
    os._exit(3)


def _hang_half_way(helper: Helper, answer: dict[str, Any], pixels: bytes) -> None:
    helper.say(answer, pixels[: len(pixels) // 2])
    hang()


def _too_long(helper: Helper, answer: dict[str, Any], pixels: bytes) -> None:
    helper.say(answer, pixels + b"more")


def _too_short(helper: Helper, answer: dict[str, Any], pixels: bytes) -> None:
    helper.say(answer, pixels[4:])


def _says_longer(helper: Helper, answer: dict[str, Any], pixels: bytes) -> None:
    helper.say({**answer, "bytes": len(pixels) + 1}, pixels + b"\0")


def _huge(helper: Helper, answer: dict[str, Any], pixels: bytes) -> None:
    helper.say({**answer, "width_px": 60_000, "height_px": 60_000, "bytes": 3_600_000_000}, pixels)


def _turned(helper: Helper, answer: dict[str, Any], pixels: bytes) -> None:
    helper.say({**answer, "width_px": HEIGHT_PX, "height_px": WIDTH_PX}, pixels)


def _other_resolution(helper: Helper, answer: dict[str, Any], pixels: bytes) -> None:
    helper.say({**answer, "ppi": 508}, pixels)


def _damaged(helper: Helper, answer: dict[str, Any], pixels: bytes) -> None:
    helper.say(answer, pixels[:1000] + b"\x01" + pixels[1001:])


def _shifted(helper: Helper, answer: dict[str, Any], pixels: bytes) -> None:
    helper.say(answer, pixels[1:] + pixels[:1])


def _long_line(helper: Helper, answer: dict[str, Any], pixels: bytes) -> None:
    helper.write(b" " * 3_000_000)


def _garbage(helper: Helper, answer: dict[str, Any], pixels: bytes) -> None:
    helper.write(b"\x00\xff{\x80\n" + pixels)


def _chatter(helper: Helper, answer: dict[str, Any], pixels: bytes) -> None:
    helper.write(b"SDK 4.2 initialised\n")
    helper.say(answer, pixels)


def _other_kind(helper: Helper, answer: dict[str, Any], pixels: bytes) -> None:
    other = "hint" if answer["kind"] == "done" else "done"
    helper.say(helper.head(other, **({"hint": "no-finger"} if other == "hint" else {})))


def _unknown_key(helper: Helper, answer: dict[str, Any], pixels: bytes) -> None:
    helper.say({**answer, "quality": 80}, pixels)


def _twice(helper: Helper, answer: dict[str, Any], pixels: bytes) -> None:
    helper.say(answer, pixels)
    helper.say(answer, pixels)


def _older(helper: Helper, answer: dict[str, Any], pixels: bytes) -> None:
    helper.say({**answer, "id": helper.number - 1}, pixels)


def _newer_version(helper: Helper, answer: dict[str, Any], pixels: bytes) -> None:
    helper.say({**answer, "speaks": "smilius-helper/2", "features": ["slap"]}, pixels)


def _more_said(helper: Helper, answer: dict[str, Any], pixels: bytes) -> None:
    helper.say({**answer, "features": ["slap"]}, pixels)


def _close_output(helper: Helper, answer: dict[str, Any], pixels: bytes) -> None:
    os.close(1)
    hang()


def _close_errors(helper: Helper, answer: dict[str, Any], pixels: bytes) -> None:
    with contextlib.suppress(OSError):
        os.close(2)
    helper.say(answer, pixels)


def _complain(helper: Helper, answer: dict[str, Any], pixels: bytes) -> None:
    for _ in range(50):
        os.write(2, b"x" * 100_000)
    helper.say(answer, pixels)


def _complain_for_ever(helper: Helper, answer: dict[str, Any], pixels: bytes) -> None:
    while True:
        os.write(2, b"x" * 100_000)


def _slow(helper: Helper, answer: dict[str, Any], pixels: bytes) -> None:
    content = json.dumps(answer).encode() + b"\n" + pixels
    for begin in range(0, len(content), 1 + len(content) // 40):
        helper.write(content[begin : begin + 1 + len(content) // 40])
        select.select([], [], [], 0.001)


def _stubborn(helper: Helper, answer: dict[str, Any], pixels: bytes) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    helper.say(answer, pixels)
    hang()


def _leave_child(helper: Helper, answer: dict[str, Any], pixels: bytes) -> None:
    helper.fork()
    helper.say(answer, pixels)


def _leave_child_and_die(helper: Helper, answer: dict[str, Any], pixels: bytes) -> None:
    helper.fork()
    os._exit(3)


def _stop(helper: Helper, answer: dict[str, Any], pixels: bytes) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


FAULTS: dict[str, Fault] = {
    name.removeprefix("_").replace("_", "-"): each
    for name, each in list(globals().items())
    if name.startswith("_") and callable(each) and not name.startswith("__")
}
"""By the name that goes behind VERB=."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("desk", type=Path)
    parser.add_argument("--certificate", default="")
    parser.add_argument("--fault", default="")
    said = parser.parse_args()
    Helper(said.desk, certificate=said.certificate, fault=said.fault).run()


if __name__ == "__main__":
    main()
