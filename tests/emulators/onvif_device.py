"""Starts the emulated ONVIF device and does to it what happens to one."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.house.source import ROOT

USER, PASSWORD = "watcher", "p w@/:é%?#<&"
"""A password with every letter that XML or an address could trip over."""


class Device:
    """The device's process."""

    def __init__(self, **said: Any) -> None:
        self._said = said
        self.port = int(said.get("port", 0))
        self._process: subprocess.Popen[str] | None = None
        self.plug()

    def plug(self) -> None:
        """Power on, where it was before."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.emulators.onvif_server"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = self._exchange({**self._said, "port": self.port})

    def unplug(self) -> None:
        """Power off, whatever it is doing."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    def freeze(self) -> None:
        """It hangs: connections stand, are even accepted, and nothing is said."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def do(self, name: str, *args: object) -> Any:
        """Something happens to it, or is seen of it: a method or an attribute of `Onvif`."""
        return self._exchange({"do": name, "with": args})

    def _exchange(self, said: object) -> Any:
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(said) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@contextmanager
def device(**said: Any) -> Iterator[Device]:
    """A device that is there for as long as the context lasts; what is said of it are the fields of `Onvif`."""
    made = Device(**said)
    try:
        yield made
    finally:
        made.unplug()
