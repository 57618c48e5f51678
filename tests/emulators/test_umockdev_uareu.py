"""The real libusb sees the emulated U.are.U, and the driver above it gives the pictures that were on the plate."""

import json
from pathlib import Path

import pytest

from tests.emulators.umockdev import BOTH_WAYS, driven, missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

RESET = "20"


@pytest.mark.parametrize("capabilities", BOTH_WAYS)
def test_frames_come_through_the_real_libusb(tmp_path: Path, capabilities: str) -> None:
    report, said = driven("uareu", tmp_path, "--capabilities", capabilities)
    assert said["digests"] == report.digests
    assert (said["faults"], said["model"]) == ([], "U.are.U(R) 4500 Fingerprint Reader")


@pytest.mark.parametrize("capabilities", BOTH_WAYS)
@pytest.mark.parametrize(
    "fault",
    [
        "cut:900",
        "split:20",
        "wrong-key:0",
        "endless:0",
        "stale:0",
        "stall:900",
        "lines:0",
        "empty:0",
        "empty:1",
        "bare:0",
        "late:12",
    ],
)
def test_a_spoilt_picture_is_recovered_from(tmp_path: Path, fault: str, capabilities: str) -> None:
    report, said = driven("uareu", tmp_path, "--fault", f"1:{fault}", "--capabilities", capabilities)
    assert said["faults"] == []
    assert RESET not in report.ioctls


MENDED = {
    "stale": ("uareu", {"stale_packets": 1734}),
    "status-85": ("uareu", {"status": 0x85}),
    "no-56aa": ("uareu", {"dumb_power_ups": 1}),
    "56aa-early": ("uareu", {"slow_rounds": 3}),
    "0800": ("uareu", {"failing": [1]}),
    "finger-off-missing": ("uareu", {"deaf_lifts": 1}),
    "three-challenges": ("microsoft", {"status": 0x03, "challenges": 3}),
}
"""The faults of the facts, section 14.2, that are not of one picture."""


@pytest.mark.parametrize("capabilities", BOTH_WAYS)
@pytest.mark.parametrize(("sensor", "script"), MENDED.values(), ids=MENDED.keys())
def test_a_sensor_that_is_not_itself_is_switched_off_and_on(
    tmp_path: Path, sensor: str, script: dict[str, object], capabilities: str
) -> None:
    options = ("--script", json.dumps(script), "--capabilities", capabilities)
    report, said = driven(sensor, tmp_path, *options, frames=2)
    assert said["faults"] == []
    assert RESET not in report.ioctls


@pytest.mark.parametrize("capabilities", BOTH_WAYS)
def test_one_that_never_says_that_it_is_powered_asks_for_a_replug(tmp_path: Path, capabilities: str) -> None:
    script = json.dumps({"dumb_power_ups": 99, "reset_refused": True})
    _, said = driven("uareu", tmp_path, "--script", script, "--capabilities", capabilities)
    assert said["faults"] == ["device-stuck"]


@pytest.mark.parametrize("capabilities", BOTH_WAYS)
def test_unplugged_in_the_middle_of_a_picture_and_plugged_in_again_it_is_ready_within_two_seconds(
    tmp_path: Path, capabilities: str
) -> None:
    report, said = driven("uareu", tmp_path, "--fault", "1:unplugged:900", "--capabilities", capabilities)
    assert said["faults"] == ["device-gone"]
    assert len(report.plugged_ns) == len(said["ready_ns"]) == 2
    assert 0 < int(said["ready_ns"][1]) - report.plugged_ns[1] < 2_000_000_000
