"""`smilius tap record` over emulated devices, and what it refuses."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import JsonValue

from agent.clock import SystemClock
from drivers.transport.tap.recording import load
from drivers.transport.usb import LibUsbBus
from provisioning.errors import InputRefused
from provisioning.tap.play import played
from provisioning.tap.record import GRABS_MAX, UNLOCKED, Wanted, record
from provisioning.tap.taps import TAPS, Below
from tests.drivers.transport.tap.made import CardCamera, UsbTime, camera, futronic, plugged
from tests.emulators.clock import LeapingClock
from tests.emulators.futronic import Fault, Futronic, Script, Wrong
from tests.emulators.ibackend import EmulatedUsb
from tests.emulators.plate import Plate
from tests.emulators.rings import rings
from tests.emulators.video import EmulatedVideo, VideoCamera

RINGS = """
[printed-rings]
kind = "printed-finger"
description = "Rings printed on film, label R-1"
declared_by = "the test bench"
"""
CARD: dict[str, JsonValue] = {"device": "/dev/video0", "width_px": 160, "height_px": 120, "pixel_format": "yuyv"}


class Noon(SystemClock):
    """It is always noon."""

    def now(self) -> datetime:
        return datetime(2026, 1, 15, 12, tzinfo=UTC)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(RINGS)
    return path


def _recorded(wanted: Wanted, below: Below) -> tuple[bool, list[str]]:
    said: list[str] = []
    return record(wanted, below=below, clock=Noon(), say=said.append), said


def _refused(wanted: Wanted, below: Below) -> str:
    """The reason, when nothing was written."""
    before = wanted.out.read_bytes() if wanted.out.exists() else None
    with pytest.raises(InputRefused) as raised:
        _recorded(wanted, below)
    assert (wanted.out.read_bytes() if wanted.out.exists() else None) == before
    return f"{raised.value.reason}: {raised.value.sentence}"


def _bare() -> Below:
    """A sensor that nobody touches."""
    return plugged(Futronic(Plate(rings(), landing=9_999)))


def test_a_printed_finger_is_recorded_and_can_be_played(tmp_path: Path, own: Path) -> None:
    wanted = Wanted("futronic", "printed-rings", tmp_path / "it.tap", frames=2, phantoms=own)
    done, said = _recorded(wanted, futronic())
    assert done
    assert [line for line in said if line != UNLOCKED] == [
        "Recording Futronic FS81 before 'printed-rings'.",
        "Nothing but this may be before it until it has ended: Rings printed on film, label R-1.",
        "A person's face or finger must never be recorded: stop with Ctrl-C, and nothing is kept.",
        "it.tap: 4 looks, 2 frames.",
    ]
    recording = load(tmp_path / "it.tap")
    assert asyncio.run(played(recording)) == (head := recording.head).outcome
    assert (head.recorded, head.phantom.declared_by) == (Noon().now(), "the test bench")
    assert [line.split()[0] for line in head.outcome] == ["retake", "retake", "frame", "frame"]


def test_an_empty_plate_is_looked_at_as_often_as_was_asked_for(tmp_path: Path) -> None:
    wanted = Wanted("futronic", "empty-plate", tmp_path / "it.tap", frames=3)
    done, said = _recorded(wanted, _bare())
    assert done
    assert said[-1] == "it.tap: 3 looks, 0 frames."
    assert load(wanted.out).head.outcome == ("retake no-finger",) * 3


def test_a_finger_on_the_plate_that_is_declared_empty_leaves_nothing(tmp_path: Path) -> None:
    wanted = Wanted("futronic", "empty-plate", tmp_path / "it.tap", frames=9)
    assert _refused(wanted, futronic()).startswith("recording-phantom: Something was on the plate")


def test_a_card_is_recorded_before_a_camera(tmp_path: Path) -> None:
    wanted = Wanted("v4l2", "grey-card", tmp_path / "it.tap", frames=2, options=CARD)
    assert _recorded(wanted, camera(tmp_path))[0]
    assert load(wanted.out).head.devices == ("uvcvideo Emulated HD camera",)


@pytest.mark.parametrize("phantom_id", ["grey-card", "empty-chair"])
def test_a_person_before_the_camera_leaves_nothing(tmp_path: Path, phantom_id: str) -> None:
    video = EmulatedVideo(VideoCamera(), tmp_path)
    options: dict[str, JsonValue] = {"device": "/dev/video0", "width_px": 640, "height_px": 480}
    wanted = Wanted("v4l2", phantom_id, tmp_path / "it.tap", options=options)
    assert _refused(wanted, Below(video, video)).startswith("recording-phantom: A face was seen")
    assert video.open_files == set()


def test_hardware_is_no_emulator(tmp_path: Path) -> None:
    wanted = Wanted("futronic", "emulated-futronic", tmp_path / "it.tap")
    model = Futronic(Plate(rings()))
    assert _refused(wanted, plugged(model)).startswith("recording-phantom: This is hardware")
    assert model.frames == 0


def test_a_device_that_fails_is_recorded_and_said(tmp_path: Path, own: Path) -> None:
    wanted = Wanted("futronic", "printed-rings", tmp_path / "it.tap", frames=2, phantoms=own)
    done, said = _recorded(wanted, futronic({1: Fault(Wrong.UNPLUGGED, 9)}))
    assert not done
    assert said[-2:] == [
        "The device failed, and that is recorded, too: The USB device was unplugged.",
        "it.tap: 2 looks, 0 frames.",
    ]
    assert load(wanted.out).head.outcome[-1] == "fault device-gone"


def test_a_device_that_never_answers_as_it_should_is_recorded(tmp_path: Path) -> None:
    wanted = Wanted("futronic", "empty-plate", tmp_path / "it.tap")
    small = plugged(Futronic(Plate(rings()), Script(sizes=((100, 100),) * 99)))
    assert not _recorded(wanted, small)[0]
    assert load(wanted.out).head.outcome == ("fault device-stuck",)


def test_a_device_that_is_not_there_leaves_nothing(tmp_path: Path) -> None:
    usb = EmulatedUsb(LeapingClock())
    below = Below(LibUsbBus(usb), UsbTime(usb.clock))
    wanted = Wanted("futronic", "empty-plate", tmp_path / "it.tap")
    assert _refused(wanted, below) == "device-gone: The USB device is not plugged in."


def test_a_phantom_that_gives_nothing_ends_it(tmp_path: Path, own: Path) -> None:
    wanted = Wanted("futronic", "printed-rings", tmp_path / "it.tap", phantoms=own)
    done, said = _recorded(wanted, _bare())
    assert not done
    assert said[-2:] == [
        "The phantom gave fewer frames than were asked for.",
        f"it.tap: {GRABS_MAX} looks, 0 frames.",
    ]


def test_what_is_too_much_leaves_nothing(tmp_path: Path) -> None:
    wanted = Wanted("futronic", "empty-plate", tmp_path / "it.tap", frames=9, bytes_max=500_000)
    assert _refused(wanted, _bare()).startswith("recording-full: ")


@pytest.mark.parametrize(
    ("driver", "phantom_id", "options", "reason"),
    [
        ("futronic", "a-volunteer", {}, "recording-phantom"),
        ("futronic", "", {}, "recording-phantom"),
        ("futronic", "grey card", {}, "recording-phantom"),
        ("futronic", "empty-chair", {}, "recording-phantom"),
        ("picamera2", "empty-chair", {}, "device-options"),
        ("toaster", "empty-chair", {}, "device-options"),
        ("futronic", "empty-plate", {"colour": "red"}, "device-options"),
        ("v4l2", "empty-chair", {"device": "../../etc"}, "device-options"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_opened(
    tmp_path: Path, driver: str, phantom_id: str, options: dict[str, str | int], reason: str
) -> None:
    usb = EmulatedUsb(LeapingClock())
    below = Below(LibUsbBus(usb), UsbTime(usb.clock))
    wanted = Wanted(driver, phantom_id, tmp_path / "it.tap", options=dict(options))
    assert _refused(wanted, below).startswith(f"{reason}: ")
    assert usb.clock.now_s() == 0


def test_no_file_is_overwritten_and_none_is_made_where_there_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("something else")
    assert _refused(Wanted("futronic", "empty-plate", tmp_path / "there"), _bare()).startswith("recording-exists: ")
    nowhere = Wanted("futronic", "empty-plate", tmp_path / "no folder" / "it.tap")
    assert _refused(nowhere, _bare()).startswith("recording-unwritable: ")


def test_every_driver_with_a_seam_of_these_can_be_recorded() -> None:
    from importlib import import_module
    from inspect import signature

    from drivers.registry import DRIVERS

    found = {
        (kind, name)
        for kind, entries in DRIVERS.items()
        for name, entry in entries.items()
        if {"bus", "syscalls"} & signature(getattr(import_module(entry.module), entry.name)).parameters.keys()
    }
    assert found == set(TAPS)


def test_the_card_before_the_emulated_camera_has_no_face_and_moves() -> None:
    one = CardCamera(codes=("YUYV",), sizes=((160, 120),), shape=(160, 120, "YUYV"))
    assert one.expose() != one.expose()
