#!/usr/bin/env python3
"""A sample of a vendor's helper, to copy: it speaks `smilius-helper/1` and has no sensor behind it.

    sample_helper.py                   shows simulated prints, another one for each finger
    sample_helper.py --folder DIR      shows DIR/right-index.pgm and so on; a finger without a file is not there

One file, standard library only, and nothing of the station's: an integrator keeps `Conversation`, replaces `Sensor`
with calls of the maker's software, and reads docs/vendor-helper.md once. Its frames are simulated, and it says so.

A recording is a binary PGM (`P5`) with 256 greys, all of one size, upright, ridges dark.
"""

import argparse
import cmath
import ctypes
import inspect
import json
import math
import os
import random
import re
import sys
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

VERSION: Final = "smilius-helper/1"
PPI: Final = 500
SIZE_PX: Final = (320, 480)
"""Width and height of a simulated print."""

REQUEST_BYTES_MAX: Final = 1_024


class SensorFailed(Exception):
    """The sensor failed; its one argument is one of the protocol's codes."""


class Sensor:
    """What an integrator replaces. Every method may raise SensorFailed."""

    def __init__(self, folder: Path | None) -> None:
        """:param folder: where the recordings are; None for simulated prints."""
        self._folder = folder
        self._print = bytearray()
        self._size_px = SIZE_PX

    def open(self) -> dict[str, Any]:
        """Find the sensor and hold it: what *opened* tells of it."""
        if self._folder is not None:
            first = next(iter(sorted(self._folder.glob("*.pgm"))), None)
            if first is None:
                raise SensorFailed("device-gone")
            self._size_px = _pgm(first)[:2]
        return {
            "make": "smilius",
            "model": "sample helper",
            "serial": "",
            "firmware": "1",
            "certified": False,
            "certificate": "",
            "simulated": True,
            "ppi": PPI,
            "width_px": self._size_px[0],
            "height_px": self._size_px[1],
        }

    def arm(self, *, hand: str, digit: str, position: int) -> None:
        """Light the sensor for this finger."""
        if self._folder is None:
            self._print = _simulated(position)
        elif (file := self._folder / f"{hand}-{digit}.pgm").is_file():
            *size_px, self._print = _pgm(file)
            if tuple(size_px) != self._size_px:
                raise SensorFailed("recording-unreadable")

    def grab(self, wait_ms: int) -> bytes | bytearray | str:  # noqa: ARG002 (nothing is waited for here)
        """A frame, or a hint; a real sensor waits for a finger, but not longer than this."""
        return self._print or "no-finger"

    def disarm(self) -> None:
        """Darken the sensor, and forget what it saw."""
        self._print[:] = bytes(len(self._print))
        self._print = bytearray()

    def close(self) -> None:
        """Give the sensor back."""
        self.disarm()


class Conversation:
    """Reads requests and answers each one once, in order. Nothing else may ever be written to standard output."""

    def __init__(self, sensor: Sensor, *, requests: BinaryIO, answers: BinaryIO) -> None:
        """:param requests: what the station says; its end ends the helper too."""
        self._sensor, self._requests, self._answers = sensor, requests, answers
        self._number = 0
        self._opened: Mapping[str, Any] | None = None
        self._armed = False
        self._verbs: Mapping[str, Callable[..., None]] = {
            "hello": self._hello,
            "open": self._open,
            "arm": self._arm,
            "grab": self._grab,
            "disarm": self._disarm,
            "close": self._close,
            "bye": lambda: self._say("done"),
        }

    def run(self) -> None:
        """Until *bye*, or the end of the requests."""
        try:
            while line := self._requests.readline(REQUEST_BYTES_MAX):
                request = json.loads(line)
                self._number, verb = request.pop("id"), request.pop("do")
                self._answer(verb, request)
                if verb == "bye":
                    return
        finally:
            self._sensor.close()

    def _answer(self, verb: str, keys: Mapping[str, Any]) -> None:
        answer = self._verbs.get(verb)
        try:
            if answer is None or set(keys) != set(inspect.signature(answer).parameters):
                # a verb, or a key of one, that this version does not have
                raise SensorFailed("device-protocol")
            answer(**keys)
        except SensorFailed as failure:
            self._say("fault", code=failure.args[0])

    def _say(self, kind: str, pixels: bytes | bytearray = b"", **more: Any) -> None:
        line = json.dumps({"id": self._number, "kind": kind, **more}, separators=(",", ":"))
        self._answers.write(line.encode() + b"\n")
        self._answers.write(pixels)
        self._answers.flush()

    def _need(self, in_order: bool) -> None:
        if not in_order:
            raise SensorFailed("device-order")

    def _hello(self, speaks: list[str]) -> None:
        # the version is said even where the station does not know it: so it can tell what is wrong
        del speaks
        self._say("hello", speaks=VERSION, program="smilius sample helper 1")

    def _open(self) -> None:
        self._need(self._opened is None)
        self._opened = self._sensor.open()
        self._say("opened", **self._opened)

    def _arm(self, *, hand: str, digit: str, position: int) -> None:
        self._need(self._opened is not None and not self._armed)
        self._sensor.arm(hand=hand, digit=digit, position=position)
        self._armed = True
        self._say("done")

    def _grab(self, wait_ms: int) -> None:
        self._need(self._armed)
        assert self._opened is not None, "what is armed is open"
        seen = self._sensor.grab(wait_ms)
        if isinstance(seen, str):
            self._say("hint", hint=seen)
            return
        size = {name: self._opened[name] for name in ("width_px", "height_px", "ppi")}
        self._say("frame", seen, **size, bits=8, bytes=len(seen), crc32=zlib.crc32(seen))

    def _disarm(self) -> None:
        self._sensor.disarm()
        self._armed = False
        self._say("done")

    def _close(self) -> None:
        self._sensor.close()
        self._opened, self._armed = None, False
        self._say("done")


def _pgm(file: Path) -> tuple[int, int, bytearray]:
    """Width, height and pixels of a recording."""
    try:
        content = file.read_bytes()
    except OSError:
        raise SensorFailed("recording-unreadable") from None
    head = re.match(rb"P5\s(\d{1,4})\s(\d{1,4})\s255\s", content)
    if head is None or len(content) != head.end() + int(head[1]) * int(head[2]):
        raise SensorFailed("recording-unreadable")
    return int(head[1]), int(head[2]), bytearray(content[head.end() :])


def _simulated(position: int) -> bytearray:
    """A whorl that is this finger's own: rings around a core, torn where a ridge begins or ends."""
    width_px, height_px = SIZE_PX
    rng = random.Random(position)
    core_x, core_y = width_px / 2 + rng.uniform(-12, 12), height_px / 2 + rng.uniform(-20, 20)
    period_px, squeeze = rng.uniform(8.6, 9.6), rng.uniform(1.15, 1.4)
    # each adds one ridge on one side of a point: a minutia
    begins = [complex(rng.uniform(60, 260), rng.uniform(80, 400)) for _ in range(4)]
    ends = [complex(rng.uniform(60, 260), rng.uniform(80, 400)) for _ in range(3)]
    drawn = bytearray(b"\xff" * (width_px * height_px))
    for y in range(24, height_px - 24):
        reach_px = 138 * math.sqrt(1 - ((y - height_px / 2) / (height_px / 2 - 20)) ** 2)
        for x in range(int(width_px / 2 - reach_px), int(width_px / 2 + reach_px)):
            there = complex(x, y)
            # a wave as a number of the plane: its angle turns once around every minutia
            wave = cmath.rect(1, math.tau * math.hypot((x - core_x) * squeeze, y - core_y) / period_px)
            for point in begins:
                wave *= there - point
            for point in ends:
                wave *= (there - point).conjugate()
            drawn[y * width_px + x] = int(150 + 95 * wave.real / (abs(wave) or 1))
    return drawn


def main() -> int:
    """Be a helper until the station has had enough."""
    parser = argparse.ArgumentParser(description="A sample of a vendor's helper; it has no sensor.")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="recordings, such as DIR/right-index.pgm")
    folder = parser.parse_args().folder
    # what only the helper itself can do for the prints that it sees: no debugger, no core dump, no swap where allowed
    libc = ctypes.CDLL(None)
    libc.prctl(4, 0, 0, 0, 0)
    libc.mlockall(7)
    # a library that prints must not write between the answers: it gets the error output instead
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    Conversation(Sensor(folder), requests=sys.stdin.buffer, answers=answers).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
