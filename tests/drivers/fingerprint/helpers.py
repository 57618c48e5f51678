"""Emulated helpers on a desk, and the driver over them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drivers.contract import Finger, FingerAim, GreyPixels
from drivers.contract.hardware_conformance import Hardware
from drivers.fingerprint import sample_helper
from drivers.fingerprint.vendor_helper import Options, VendorHelper
from drivers.world.clock import MonotonicClock
from tests.drivers.processes import DEATH_LIMIT_MS, has_ended
from tests.drivers.ticks import Ticks
from tests.emulators import vendor_helper as emulated

INDEX = FingerAim(Finger.RIGHT_INDEX)
SAMPLE = (sys.executable, "-I", str(Path(sample_helper.__file__)))


class HelperDesk:
    """A folder that the helper and its test both see."""

    def __init__(self, folder: Path, *, clock: MonotonicClock | None = None) -> None:
        self.folder = folder
        self.clock = clock or Ticks()
        folder.mkdir(exist_ok=True)

    def command(self, *arguments: str) -> tuple[str, ...]:
        return (sys.executable, "-I", "-S", str(Path(emulated.__file__)), str(self.folder), *arguments)

    def sensor(self, *arguments: str, **options: object) -> VendorHelper:
        """A driver for it; as a helper may, it writes files: its marks."""
        read = Options.model_validate({"command": self.command(*arguments), "may_write_files": True, **options})
        return VendorHelper(read, clock=self.clock)

    def pids(self) -> list[int]:
        """Of every process that the helpers on this desk ever were."""
        return [int(mark.name.removeprefix("pid-")) for mark in self.folder.glob("pid-*")]

    def running(self) -> int:
        """How many of them are alive now."""
        return sum(not has_ended(pid, within_ms=0) for pid in self.pids())

    def all_ended(self) -> bool:
        """Whether all of them end, those too whose end nobody waits for."""
        return all(has_ended(pid, within_ms=DEATH_LIMIT_MS) for pid in self.pids())

    def script(self) -> Hardware:
        unplugged = self.folder / "unplugged"
        return Hardware(unplugged.touch, unplugged.unlink, self._seized, self.running)

    @contextmanager
    def _seized(self) -> Iterator[None]:
        (self.folder / "seized").touch()
        yield
        (self.folder / "seized").unlink()


def recorded(folder: Path, **prints: GreyPixels) -> Path:
    """The folder, with a recording of each finger as the sample helper reads it."""
    for name, pixels in prints.items():
        head = f"P5\n{pixels.shape[1]} {pixels.shape[0]}\n255\n".encode()
        (folder / f"{name.replace('_', '-')}.pgm").write_bytes(head + pixels.tobytes())
    return folder
