"""The recordings beside this file, each made of an emulator: what `image-build/tap_recordings.py` writes."""

import asyncio
import random
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from drivers.transport.tap.phantom import PhantomRegister
from drivers.transport.tap.recorder import Recorder
from drivers.transport.tap.recording import Sitting
from drivers.transport.usb import LibUsbBus
from provisioning.tap.sitting import FRAME, Watcher, aim_of, sit
from provisioning.tap.taps import TAPS, Below, kind_of, tapped_device
from tests.emulators.clock import LeapingClock, WaitingClock
from tests.emulators.futronic import Fault, Futronic, Script, Wrong
from tests.emulators.ibackend import EmulatedUsb
from tests.emulators.plate import Plate
from tests.emulators.rings import rings
from tests.emulators.uareu import HEIGHT_PX, WIDTH_PX, Uareu
from tests.emulators.usb import Model
from tests.emulators.video import EmulatedVideo, VideoCamera

FOLDER: Final = Path(__file__).parent / "recordings"


@dataclass(frozen=True)
class Case:
    """One recording: a driver over an emulator."""

    name: str
    driver: str
    phantom_id: str
    below: Callable[[Path], Below]
    """Given a folder of its own."""
    options: dict[str, str | int | bool] = field(default_factory=dict)
    frames: int = 1

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.name}.tap"


class UsbTime:
    """The emulated bus's clock, for a driver."""

    def __init__(self, clock: WaitingClock) -> None:
        self._clock = clock

    def monotonic_ns(self) -> int:
        return round(self._clock.now_s() * 1e9)


def plugged(model: Model) -> Below:
    """A model in a socket, with its time, and with random bits that are always the same."""
    usb = EmulatedUsb(LeapingClock())
    usb.plug(model)
    return Below(LibUsbBus(usb), UsbTime(usb.clock), random.Random(4500).getrandbits)


def futronic(frames: Mapping[int, Fault] | None = None) -> Below:
    """An FS81 before rings; what goes wrong, by the frame's number."""
    return plugged(Futronic(Plate(rings()), Script(frames=frames or {})))


class CardCamera(VideoCamera):
    """Stands before a card of grey squares, one of which moves."""

    def expose(self) -> bytes:
        self.frames += 1
        self._follow()
        width_px, height_px, _ = self.shape
        rows = (self._row(y, width_px) for y in range(height_px))
        return b"".join(rows)

    def _row(self, y: int, width_px: int) -> bytes:
        levels = (40 + 12 * ((x // 20 + y // 20 + (self.frames if y < 20 else 0)) % 16) for x in range(width_px))
        return bytes(value for level in levels for value in (level, 128))


def camera(folder: Path, *troubles: str) -> Below:
    """A camera that streams 160 x 120 pixels uncompressed."""
    video = EmulatedVideo(CardCamera(codes=("YUYV",), sizes=((160, 120),)), folder)
    video.camera.troubles.extend(troubles)
    return Below(video, video)


_CAMERA: dict[str, str | int | bool] = {
    "device": "/dev/video0",
    "width_px": 160,
    "height_px": 120,
    "pixel_format": "yuyv",
}

CASES: Final = (
    Case("futronic-fs81", "futronic", "emulated-futronic", lambda _: futronic(), frames=2),
    Case("futronic-fs81-cut", "futronic", "emulated-futronic", lambda _: futronic({2: Fault(Wrong.CUT, 100)})),
    Case("futronic-fs81-gone", "futronic", "emulated-futronic", lambda _: futronic({1: Fault(Wrong.UNPLUGGED, 9)})),
    Case(
        "uareu-4500",
        "uareu",
        "emulated-uareu",
        lambda _: plugged(Uareu(rings(width_px=WIDTH_PX, height_px=HEIGHT_PX))),
        {"for_calibration": True},
    ),
    Case("camera-yuyv", "v4l2", "emulated-camera", camera, _CAMERA, frames=2),
    Case("camera-yuyv-damaged", "v4l2", "emulated-camera", lambda one: camera(one, "", "flagged"), _CAMERA),
)


def make(case: Case, path: Path) -> None:
    """Record it, into a new file."""
    with tempfile.TemporaryDirectory() as folder:
        below = case.below(Path(folder))
        recorder = Recorder(clock=below.clock)
        kind = kind_of(case.driver)
        aim = "portrait" if kind == "camera" else "right-index"
        device = tapped_device(case.driver, options=case.options, tape=recorder, below=below)
        outcome = asyncio.run(
            sit(
                device,
                aim_of(aim),
                enough=lambda lines: sum(line.startswith(FRAME) for line in lines) == case.frames,
                watcher=Watcher(),
            )
        )
    sitting = Sitting(
        seam=TAPS[kind, case.driver].seam,
        kind=kind,
        driver=case.driver,
        options=dict(case.options),
        aim=aim,
        recorded=datetime(2026, 1, 15, 10, tzinfo=UTC),
        software="smilius emulators",
        outcome=outcome,
    )
    recorder.save(path, sitting=sitting, phantom_id=case.phantom_id, register=PhantomRegister.load())
