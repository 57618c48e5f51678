"""Starts a program that sees emulated hardware through the system's own libusb, where umockdev is installed."""

import ctypes.util
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.emulators.prints import anisotropic, pictures
from tests.house.source import ROOT

INTERPRETER = "/usr/bin/python3"
"""Debian's own: GObject introspection is a package of its."""

PACKAGES = "umockdev gir1.2-umockdev-1.0 python3-gi libusb-1.0-0"
"""What `.ci/run` installs."""

LIMIT_S = 60


@cache
def missing() -> str:
    """Why it cannot be had here, or nothing."""
    look = "import gi; gi.require_version('UMockdev', '1.0'); from gi.repository import UMockdev"
    if shutil.which("umockdev-wrapper") is None or ctypes.util.find_library("usb-1.0") is None:
        return f"needs the Debian packages {PACKAGES}"
    if subprocess.run([INTERPRETER, "-c", look], capture_output=True, check=False).returncode:
        return f"needs the Debian packages {PACKAGES} for {INTERPRETER}"
    return ""


BOTH_WAYS = ("1d", "07")
"""Capabilities of usbfs: scatter-gather as a modern kernel has it, or transfers cut into pieces of 16 KiB."""


@dataclass(frozen=True)
class Report:
    """What the host and its child say."""

    code: int
    """How the child ended."""
    printed: str
    """What it printed."""
    digests: list[str]
    """SHA-256 of each exposed picture, upright."""
    plugged_ns: list[int]
    """When the device was plugged in, by the monotonic clock."""
    ioctls: dict[str, int]
    """How often the kernel was asked for what, by the number of usbfs."""


def run_with(sensor: str, command: list[str], *, folder: Path, host: tuple[str, ...] = ()) -> Report:
    """Run a Python command that sees one sensor.

    :param sensor: as `umockdev_host` names it.
    :param command: what follows the interpreter.
    :param folder: for a file of pictures.
    :param host: more options of `umockdev_host`.
    """
    shown = folder / "pictures"
    shown.write_bytes((pictures() if sensor == "futronic" else anisotropic()).packed())
    whole = ["umockdev-wrapper", INTERPRETER, "-m", "tests.emulators.umockdev_host", "--sensor", sensor, *host]
    whole += [str(shown), "--", sys.executable, *command]
    ran = subprocess.run(whole, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert ran.returncode == 0, ran.stderr
    return Report(**json.loads(ran.stdout))


def driven(
    sensor: str, folder: Path, *host: str, frames: int = 3, rearm: bool = False
) -> tuple[Report, dict[str, Any]]:
    """What the host says and what the driver says, after so many frames or a fault; all frames were on the plate.

    :param sensor: as `umockdev_host` names it.
    :param host: more options of it.
    """
    driver = ["-m", "tests.drivers.fingerprint.over_libusb", str(frames)]
    driver += ["futronic" if sensor == "futronic" else "uareu", *(["--rearm"] if rearm else [])]
    report = run_with(sensor, driver, folder=folder, host=host)
    assert report.code == 0
    said = json.loads(report.printed)
    assert len(said["digests"]) == frames or said["faults"]
    places = [report.digests.index(digest) for digest in said["digests"]]
    assert places == sorted(set(places)), "every frame was on the plate, and in this order"
    return report, said
