"""Emulated U.are.U sensors in a socket, and the driver over them."""

from datetime import date
from pathlib import Path

import numpy as np

from drivers.contract import Finger, FingerAim, Frame, GreyPixels
from drivers.fingerprint.calibration import Calibration
from drivers.fingerprint.uareu_4000 import Options, UareU4000
from drivers.transport.usb import LibUsbBus
from tests.drivers.ticks import Ticks
from tests.emulators.clock import LeapingClock
from tests.emulators.ibackend import EmulatedUsb
from tests.emulators.prints import anisotropic
from tests.emulators.uareu import HEIGHT_PX, NOTHING_WRONG, UAREU_4500, WIDTH_PX, Script, Uareu
from tests.emulators.usb import Shape

INDEX = FingerAim(Finger.RIGHT_INDEX)

PPI_X, PPI_Y = 668.0, 407.0


class Reader:
    """A socket with a sensor in it."""

    def __init__(self, model: Uareu, *, clock: Ticks | None = None) -> None:
        self.usb = EmulatedUsb(LeapingClock())
        self.model = model
        self.socket = self.usb.plug(model)
        self.clock = clock or Ticks()

    def sensor(self, **options: object) -> UareU4000:
        """A driver for it; its pixels as they are, unless the options say otherwise."""
        chosen = {"for_calibration": "calibration" not in options, **options}
        return UareU4000(Options.model_validate(chosen), clock=self.clock, bus=LibUsbBus(self.usb))

    def replug(self, model: Uareu | None = None) -> None:
        """The plug out, if it is in, and a fresh sensor in."""
        if self.usb.enumerate_devices():
            self.usb.unplug()
        self.model = model or uareu()
        self.socket = self.usb.plug(self.model)


def uareu(script: Script = NOTHING_WRONG, *, shape: Shape = UAREU_4500, stays: bool = False) -> Uareu:
    """A sensor with a person before it."""
    return Uareu(anisotropic(), script, shape, stays=stays)


def shown(model: Uareu) -> GreyPixels:
    """What the plate showed at the latest exposure, as far as the sensor sends it; upright and with dark ridges."""
    _, data = model.exposures[-1]
    return np.frombuffer(data, np.uint8).reshape(HEIGHT_PX, WIDTH_PX)


def calibration(**changes: object) -> Calibration:
    """A 4500's, as good as one can be."""
    said = {
        "model": UAREU_4500.strings[1],
        "serial": UAREU_4500.strings[2],
        "taken_on": date(2026, 1, 15),
        "method": "test",
        "period_mm": 1.0,
        "pictures": 10,
        "width_px": WIDTH_PX,
        "height_px": HEIGHT_PX,
        "ppi_x": PPI_X,
        "ppi_y": PPI_Y,
        "uncertainty_ratio": 0.002,
        "unevenness_ratio": 0.004,
    }
    return Calibration.model_validate(said | changes)


def calibration_file(folder: Path, **changes: object) -> str:
    """It, in a file of the folder."""
    path = folder / "calibration.json"
    calibration(**changes).store(path)
    return str(path)


async def frame_of(sensor: UareU4000) -> Frame:
    """The next frame, within so few grabs that a failure shows."""
    for _ in range(8):
        if isinstance(seen := await sensor.grab(), Frame):
            return seen
    raise AssertionError("no frame came")
