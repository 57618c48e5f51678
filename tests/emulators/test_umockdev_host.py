"""The real libusb sees the emulated sensor, and the driver above it gives the pictures that were on the plate."""

import json
from pathlib import Path

import pytest

from tests.emulators.umockdev import BOTH_WAYS, driven, missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

CLAIM, RELEASE, SUBMIT, RESET = "15", "16", "10", "20"

QUICKLY = ("--frame-s", "0.02")


@pytest.mark.parametrize(("capabilities", "transfers"), [("1d", range(30, 60)), ("07", range(70, 120))])
def test_frames_come_through_the_real_libusb(tmp_path: Path, capabilities: str, transfers: range) -> None:
    report, said = driven("futronic", tmp_path, *QUICKLY, "--capabilities", capabilities)
    assert said["digests"] == report.digests[-3:]
    assert (said["faults"], said["model"]) == ([], "FS81")
    assert (report.ioctls[CLAIM], report.ioctls[RELEASE]) == (1, 1)
    assert report.ioctls[SUBMIT] in transfers


@pytest.mark.parametrize("capabilities", BOTH_WAYS)
@pytest.mark.parametrize("fault", ["cut:150", "split:150", "split:20", "long:7", "stale:150", "stall:150"])
def test_a_spoilt_frame_is_recovered_from(tmp_path: Path, fault: str, capabilities: str) -> None:
    report, said = driven("futronic", tmp_path, *QUICKLY, "--fault", f"2:{fault}", "--capabilities", capabilities)
    assert said["faults"] == []
    assert RESET not in report.ioctls
    assert report.digests[2] not in said["digests"]


MENDED = {
    "1-stale": {"stale_packets": 299},
    "2-out-waits": {"stale_packets": 299, "out_waits": True},
    "6-no-size": {"sizes": [[0, 0]]},
    "6-wrong-size": {"sizes": [[9_999, 480]]},
    "9-handshake-not-heard": {"deaf_opens": 1},
}
"""By the number of the fault in the facts, section 14.1."""


@pytest.mark.parametrize("capabilities", BOTH_WAYS)
@pytest.mark.parametrize("script", MENDED.values(), ids=MENDED.keys())
def test_a_sensor_that_begins_badly_is_brought_into_step(
    tmp_path: Path, script: dict[str, object], capabilities: str
) -> None:
    options = ("--script", json.dumps(script), "--capabilities", capabilities)
    _, said = driven("futronic", tmp_path, *QUICKLY, *options)
    assert said["faults"] == []


STUCK = {
    "4-hang-and-reset-refused": ({"reset_refused": True}, "2:hang:0"),
    "7-dead-lamp": ({"dead_lamp": True}, "99:cut:0"),
    "9-handshake-never-heard": ({"deaf_opens": 99}, "99:cut:0"),
}
"""What a script has, and what goes wrong with a frame."""


@pytest.mark.parametrize("capabilities", BOTH_WAYS)
@pytest.mark.parametrize(("script", "fault"), STUCK.values(), ids=STUCK.keys())
def test_what_cannot_be_mended_asks_for_a_replug(
    tmp_path: Path, script: dict[str, object], fault: str, capabilities: str
) -> None:
    options = ("--script", json.dumps(script), "--fault", fault, "--capabilities", capabilities)
    _, said = driven("futronic", tmp_path, *QUICKLY, *options)
    assert said["faults"] == ["device-stuck"]


@pytest.mark.parametrize("capabilities", BOTH_WAYS)
def test_a_hang_is_mended_by_a_reset_of_the_port(tmp_path: Path, capabilities: str) -> None:
    report, said = driven("futronic", tmp_path, *QUICKLY, "--fault", "2:hang:0", "--capabilities", capabilities)
    assert said["faults"] == []
    assert report.ioctls[RESET] == 1


@pytest.mark.parametrize("capabilities", BOTH_WAYS)
def test_a_frame_that_comes_after_its_time_is_not_given(tmp_path: Path, capabilities: str) -> None:
    report, said = driven("futronic", tmp_path, *QUICKLY, "--fault", "2:late:22", "--capabilities", capabilities)
    assert said["faults"] == []
    assert report.digests[2] not in said["digests"]


@pytest.mark.parametrize("capabilities", BOTH_WAYS)
def test_a_finger_that_is_lifted_between_two_looks_is_not_taken(tmp_path: Path, capabilities: str) -> None:
    options = ("--touches", "0101011", "--capabilities", capabilities)
    report, said = driven("futronic", tmp_path, *QUICKLY, *options, frames=1)
    assert report.digests.index(said["digests"][0]) == 6


@pytest.mark.parametrize("capabilities", BOTH_WAYS)
def test_a_finger_that_is_never_lifted_is_not_taken_twice(tmp_path: Path, capabilities: str) -> None:
    options = ("--touches", "111111110011", "--capabilities", capabilities)
    report, said = driven("futronic", tmp_path, *QUICKLY, *options, frames=2, rearm=True)
    assert [report.digests.index(digest) for digest in said["digests"]] == [1, 11]
    assert said["hints"] == ["no-finger", "lift-finger", "no-finger"]


@pytest.mark.parametrize("capabilities", BOTH_WAYS)
def test_unplugged_in_the_middle_of_a_frame_and_plugged_in_again_it_is_ready_within_two_seconds(
    tmp_path: Path, capabilities: str
) -> None:
    options = ("--fault", "3:unplugged:100", "--capabilities", capabilities)
    report, said = driven("futronic", tmp_path, *QUICKLY, *options)
    assert said["faults"] == ["device-gone"]
    assert len(report.plugged_ns) == len(said["ready_ns"]) == 2
    assert 0 < int(said["ready_ns"][1]) - report.plugged_ns[1] < 2_000_000_000
