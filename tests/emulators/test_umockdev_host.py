"""The real libusb sees the emulated sensor, and the driver above it gives the pictures that were on the plate."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.emulators.umockdev import Report, missing, run_with_futronic

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

CLAIM, RELEASE, SUBMIT, RESET = "15", "16", "10", "20"


def _run(folder: Path, *host: str, frames: int = 3) -> tuple[Report, dict[str, Any]]:
    """What the host says and what the driver says."""
    driver = ["-m", "tests.drivers.fingerprint.over_libusb", str(frames)]
    report = run_with_futronic(driver, folder=folder, host=("--frame-s", "0.02", *host))
    assert report.code == 0
    said = json.loads(report.printed)
    assert len(said["digests"]) == frames
    places = [report.digests.index(digest) for digest in said["digests"]]
    assert places == sorted(set(places)), "every frame was on the plate, and in this order"
    return report, said


# scatter-gather as a modern kernel has it, or a transfer cut into pieces of 16 KiB as an older one wants it
@pytest.mark.parametrize(("capabilities", "transfers"), [("1d", range(30, 60)), ("07", range(70, 120))])
def test_frames_come_through_the_real_libusb(tmp_path: Path, capabilities: str, transfers: range) -> None:
    report, said = _run(tmp_path, "--capabilities", capabilities)
    assert said["digests"] == report.digests[-3:]
    assert (said["faults"], said["model"]) == ([], "FS81")
    assert (report.ioctls[CLAIM], report.ioctls[RELEASE]) == (1, 1)
    assert report.ioctls[SUBMIT] in transfers


@pytest.mark.parametrize("capabilities", ["1d", "07"])
@pytest.mark.parametrize("fault", ["cut:150", "split:150", "split:20", "long:7", "stale:150", "stall:150"])
def test_a_spoilt_frame_is_recovered_from(tmp_path: Path, fault: str, capabilities: str) -> None:
    options = ("--fault", f"2:{fault}", "--capabilities", capabilities)
    report, said = _run(tmp_path, *options)
    assert said["faults"] == []
    assert RESET not in report.ioctls
    assert report.digests[2] not in said["digests"]


def test_what_a_dead_host_left_is_drained(tmp_path: Path) -> None:
    _, said = _run(tmp_path, "--stale", "299")
    assert said["faults"] == []


def test_unplugged_in_the_middle_of_a_frame_and_plugged_in_again_it_is_ready_within_two_seconds(tmp_path: Path) -> None:
    report, said = _run(tmp_path, "--fault", "3:unplugged:100")
    assert said["faults"] == ["device-gone"]
    assert len(report.plugged_ns) == len(said["ready_ns"]) == 2
    assert 0 < int(said["ready_ns"][1]) - report.plugged_ns[1] < 2_000_000_000
