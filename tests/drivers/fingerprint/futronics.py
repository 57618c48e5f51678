"""Emulated Futronic sensors in a socket, and the driver over them."""

import numpy as np

from drivers.contract import GreyPixels
from drivers.fingerprint.futronic_fs80 import FutronicFs80, Options
from drivers.world.clock import MonotonicClock
from tests.drivers.fingerprint.sockets import Place
from tests.emulators.futronic import NOTHING_WRONG, Futronic, Script
from tests.emulators.plate import Plate
from tests.emulators.prints import pictures


class Desk(Place[Futronic]):
    """A socket with a Futronic in it."""

    def __init__(self, model: Futronic, *, clock: MonotonicClock | None = None) -> None:
        super().__init__(model, fresh=futronic, clock=clock)

    def sensor(self, **options: object) -> FutronicFs80:
        """A driver for it."""
        return FutronicFs80(Options.model_validate(options), clock=self.clock, bus=self.bus)

    def shown(self) -> GreyPixels:
        return shown(self.model)

    def exposed(self) -> tuple[int, int]:
        return self.model.frames, self.model.exposures[-1][0] if self.model.exposures else -1

    def judge(self) -> None:
        """As much time passes as looking at a frame takes."""
        self.time.pass_s(0.05)


def futronic(script: Script = NOTHING_WRONG, *, landing: int = 1, touches: tuple[bool, ...] = ()) -> Futronic:
    """A sensor with a person before it."""
    return Futronic(Plate(pictures(), landing=landing, touches=touches), script)


def shown(model: Futronic) -> GreyPixels:
    """What the plate showed at the latest exposure, upright and with dark ridges."""
    _, data = model.exposures[-1]
    pixels = np.frombuffer(data, np.uint8).reshape(480, 320)[::-1]
    return 255 - pixels if model.light_ridges else pixels.copy()
