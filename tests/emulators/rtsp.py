"""Starts the emulated camera's stream by GStreamer, where that is installed, and does to it what happens to one."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from tests.emulators.umockdev import INTERPRETER
from tests.house.source import ROOT

PACKAGES = (
    "gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-ugly "
    "python3-gi faketime"
)
"""What `.ci/run` installs."""

USER = "watcher"
PASSWORD = "p w@/:é%?#"
"""Every letter that an address could trip over."""


@cache
def missing() -> str:
    """Why it cannot be had here, or nothing."""
    look = (
        "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import Gst, GstRtspServer; "
        "Gst.init(None); assert Gst.ElementFactory.find('x264enc') and Gst.ElementFactory.find('rtph264pay')"
    )
    found = subprocess.run([INTERPRETER, "-c", look], capture_output=True, check=False).returncode == 0
    return "" if found and _faketime() else f"needs the Debian packages {PACKAGES}"


def _faketime() -> Path | None:
    return next(iter(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)


class Server:
    """The camera's process."""

    def __init__(self, process: "subprocess.Popen[str]", port: int) -> None:
        self._process, self.port = process, port

    def kill(self) -> None:
        """Power off: the network's connections break."""
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        """It hangs: connections stand, are even accepted, and nothing is said."""
        self._process.send_signal(signal.SIGSTOP)


@contextmanager
def serving(*options: str, port: int = 0, user: str = "", clock_error_s: float = 0.0) -> Iterator[Server]:
    """A camera that is there for as long as the context lasts.

    :param options: of `rtsp_server`.
    :param port: 0 for any that is free.
    :param clock_error_s: how far its clock is ahead of this machine's.
    """
    said = [*options, "--port", str(port), *(("--user", user) if user else ())]
    faked = {"LD_PRELOAD": str(_faketime()), "FAKETIME": f"{clock_error_s:+f}", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    process = subprocess.Popen(
        [INTERPRETER, "-m", "tests.emulators.rtsp_server", *said],
        cwd=ROOT,
        env={**os.environ, **(faked if clock_error_s else {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        with process.stdin as told:
            told.write(f"{PASSWORD}\n")
        with process.stdout as answer:
            yield Server(process, json.loads(answer.readline())["port"])
    finally:
        process.kill()
        process.wait()
