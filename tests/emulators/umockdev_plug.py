"""Sockets into which anything can be plugged, for a program that asks the system's own libudev.

    umockdev-wrapper /usr/bin/python3 -m tests.emulators.umockdev_plug

Reads one JSON object a line from its standard input: `add` (umockdev's own text for devices, and modes of their nodes),
`remove` (a folder in sysfs), `mode` (of a node), `link` (a name for a node), `run` (a program that sees all this; its
output is this one's). At the end of the input the program is told to end, and this one ends as it did.

It needs Debian's own interpreter, for GObject introspection, and nothing else of ours. Permissions are those of real
files, so that only a user who is not root is refused anything. There is no udevd.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import gi

gi.require_version("UMockdev", "1.0")
from gi.repository import GLib, UMockdev  # noqa: E402


class _Sockets:
    def __init__(self, loop: Any) -> None:
        self._loop = loop
        self._testbed = UMockdev.Testbed.new()
        self._root = Path(self._testbed.get_root_dir())
        # whoever the program runs as must find its way
        self._root.chmod(0o755)
        self._program: subprocess.Popen[bytes] | None = None
        self.code = 0

    def obey(self, said: dict[str, Any]) -> None:
        match said:
            case {"add": text, "modes": modes}:
                self._testbed.add_from_string(text)
                for node, mode in modes.items():
                    self._make(node, mode)
                for line in text.splitlines():
                    if line.startswith("P: "):
                        self._testbed.uevent("/sys" + line[3:], "add")
            case {"remove": path, "nodes": nodes}:
                self._testbed.uevent("/sys" + path, "remove")
                self._testbed.remove_device("/sys" + path)
                for node in nodes:
                    self._inside(node).unlink(missing_ok=True)
            case {"mode": node, "to": mode}:
                self._inside(node).chmod(int(mode, 8))
            case {"link": link, "to": target}:
                inside = self._inside(link)
                inside.parent.mkdir(parents=True, exist_ok=True)
                inside.symlink_to(target)
            case _:
                self._run(said["run"])

    def end(self) -> None:
        if self._program is None:
            self._loop.quit()
        elif self._program.returncode is None:
            self._program.send_signal(signal.SIGTERM)

    def _make(self, node: str, mode: str) -> None:
        inside = self._inside(node)
        inside.parent.mkdir(parents=True, exist_ok=True)
        # what the testbed makes of a character device is a terminal's link
        inside.unlink(missing_ok=True)
        inside.touch()
        inside.chmod(int(mode, 8))

    def _inside(self, path: str) -> Path:
        return Path(f"{self._root}{path}")

    def _run(self, command: list[str]) -> None:
        # the library sets it behind Python's back
        environment = {**os.environ, "UMOCKDEV_DIR": str(self._root)}
        self._program = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)
        GLib.child_watch_add(GLib.PRIORITY_DEFAULT, self._program.pid, self._over)

    def _over(self, _: int, status: int) -> None:
        assert self._program is not None
        self.code = self._program.returncode = os.waitstatus_to_exitcode(status)
        self._loop.quit()


def main() -> int:
    """Obey until the program has ended."""
    loop = GLib.MainLoop()
    sockets = _Sockets(loop)

    def heard(_: Any, __: Any) -> bool:
        line = read.readline()
        if not line:
            sockets.end()
            return False
        sockets.obey(json.loads(line))
        return True

    # unbuffered: what was read ahead would wake nobody
    with open(0, "rb", buffering=0, closefd=False) as read:
        GLib.io_add_watch(0, GLib.PRIORITY_DEFAULT, GLib.IOCondition.IN | GLib.IOCondition.HUP, heard)
        loop.run()
    return sockets.code


if __name__ == "__main__":
    sys.exit(main())
