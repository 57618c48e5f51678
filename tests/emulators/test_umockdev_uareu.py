"""The real libusb sees the emulated U.are.U, and the driver above it gives the pictures that were on the plate."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.emulators.umockdev import Report, missing, run_with_uareu

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

RESET = "20"


def _run(folder: Path, *host: str, frames: int = 3) -> tuple[Report, dict[str, Any]]:
    """What the host says and what the driver says."""
    driver = ["-m", "tests.drivers.fingerprint.over_libusb", str(frames), "uareu"]
    report = run_with_uareu(driver, folder=folder, host=host)
    assert report.code == 0
    said = json.loads(report.printed)
    assert len(said["digests"]) == frames
    places = [report.digests.index(digest) for digest in said["digests"]]
    assert places == sorted(set(places)), "every frame was on the plate, and in this order"
    return report, said


# scatter-gather as a modern kernel has it, or a transfer cut into pieces of 16 KiB as an older one wants it
@pytest.mark.parametrize("capabilities", ["1d", "07"])
def test_frames_come_through_the_real_libusb(tmp_path: Path, capabilities: str) -> None:
    report, said = _run(tmp_path, "--capabilities", capabilities)
    assert said["digests"] == report.digests
    assert (said["faults"], said["model"]) == ([], "U.are.U(R) 4500 Fingerprint Reader")


@pytest.mark.parametrize("capabilities", ["1d", "07"])
@pytest.mark.parametrize("fault", ["cut:900", "split:20", "wrong-key:0", "endless:0", "stale:0", "stall:900"])
def test_a_spoilt_picture_is_recovered_from(tmp_path: Path, fault: str, capabilities: str) -> None:
    report, said = _run(tmp_path, "--fault", f"1:{fault}", "--capabilities", capabilities)
    assert said["faults"] == []
    assert RESET not in report.ioctls


def test_what_a_dead_host_left_is_drained(tmp_path: Path) -> None:
    _, said = _run(tmp_path, "--stale", "1734")
    assert said["faults"] == []


def test_unplugged_in_the_middle_of_a_picture_and_plugged_in_again_it_is_ready_within_two_seconds(
    tmp_path: Path,
) -> None:
    report, said = _run(tmp_path, "--fault", "1:unplugged:900")
    assert said["faults"] == ["device-gone"]
    assert len(report.plugged_ns) == len(said["ready_ns"]) == 2
    assert 0 < int(said["ready_ns"][1]) - report.plugged_ns[1] < 2_000_000_000
