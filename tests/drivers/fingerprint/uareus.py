"""Emulated U.are.U sensors in a socket, and the driver over them."""

from datetime import date
from pathlib import Path

import numpy as np

from drivers.contract import GreyPixels
from drivers.fingerprint.calibration import Calibration
from drivers.fingerprint.uareu_4000 import Options, UareU4000
from drivers.world.clock import MonotonicClock
from tests.drivers.fingerprint.sockets import Place
from tests.emulators.prints import anisotropic
from tests.emulators.uareu import HEIGHT_PX, NOTHING_WRONG, UAREU_4500, WIDTH_PX, Script, Uareu
from tests.emulators.usb import Shape

PPI_X, PPI_Y = 668.0, 407.0


class Reader(Place[Uareu]):
    """A socket with a U.are.U in it."""

    def __init__(self, model: Uareu, *, clock: MonotonicClock | None = None) -> None:
        super().__init__(model, fresh=uareu, clock=clock)

    def sensor(self, **options: object) -> UareU4000:
        """A driver for it; its pixels as they are, unless the options say otherwise."""
        chosen = {"for_calibration": "calibration" not in options, **options}
        return UareU4000(Options.model_validate(chosen), clock=self.clock, bus=self.bus)

    def shown(self) -> GreyPixels:
        return shown(self.model)

    def exposed(self) -> tuple[int, int]:
        return self.model.frames, self.model.exposures[-1][0] if self.model.exposures else -1


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
