"""A mounted disk whose power can be cut: the test's end of `disk.py`."""

import ctypes.util
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.journey.consignment import PATIENCE_S, pause
from tests.journey.processes import ROOT
from tests.power.disk import Order


def obstacle() -> str | None:
    """Why no disk can be mounted here; None when one can."""
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return "there is no /dev/fuse that may be used"
    if os.geteuid() != 0:
        return "mounting takes root"
    if ctypes.util.find_library("fuse3") is None:
        return "libfuse3-3 is not installed"
    return None


class Plug:
    """One disk over a folder, as long as it is open."""

    def __init__(self, folder: Path, *, beside: Path) -> None:
        """:param folder: its content goes onto the disk. :param beside: where content and control are meanwhile."""
        self._folder, self._control = folder, beside / "disk-control"
        source = beside / "disk-source"
        self._control.mkdir()
        folder.rename(source)
        folder.mkdir()
        command = [sys.executable, "-m", "tests.power.disk", str(source), str(folder), str(self._control)]
        self._disk = subprocess.Popen(command, cwd=ROOT)
        self._until_mounted()

    def order(self, order: Order) -> None:
        """The power will go then; a later order takes the place of an earlier one."""
        (self._control / "steps").unlink(missing_ok=True)
        order.write(self._control)

    @property
    def steps(self) -> list[str]:
        """Durable operations since the order was given."""
        file = self._control / "steps"
        return file.read_text().splitlines() if file.exists() else []

    @property
    def cut(self) -> str | None:
        """The operation at which the power went, None while it has not."""
        file = self._control / "cut"
        return file.read_text() if file.exists() else None

    def power_on(self) -> None:
        """What survived is there; nothing else has a file of it open any more."""
        self._unmount()
        (self._control / "cut").unlink()
        self._until_mounted()

    def close(self) -> None:
        """Everything on it is gone."""
        (self._control / "end").touch()
        self._unmount()
        self._disk.wait(PATIENCE_S)

    def _unmount(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while subprocess.run(["umount", str(self._folder)], capture_output=True, check=False).returncode:
            assert time.monotonic() < deadline, "the disk cannot be unmounted"
            pause()

    def _until_mounted(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not os.path.ismount(self._folder):
            assert self._disk.poll() is None, "the disk has ended"
            assert time.monotonic() < deadline, "the disk is not mounted"
            pause()
