"""Emulated Futronic sensors in a socket, and the driver over them."""

import numpy as np

from drivers.contract import Finger, FingerAim, Frame, GreyPixels
from drivers.fingerprint.futronic_fs80 import FutronicFs80, Options
from drivers.transport.usb import LibUsbBus
from tests.drivers.ticks import Ticks
from tests.emulators.clock import LeapingClock
from tests.emulators.futronic import NOTHING_WRONG, Futronic, Script
from tests.emulators.ibackend import EmulatedUsb
from tests.emulators.plate import Plate
from tests.emulators.prints import pictures

INDEX = FingerAim(Finger.RIGHT_INDEX)


class Desk:
    """A socket with a sensor in it."""

    def __init__(self, model: Futronic, *, clock: Ticks | None = None) -> None:
        self.usb = EmulatedUsb(LeapingClock())
        self.model = model
        self.socket = self.usb.plug(model)
        self.clock = clock or Ticks()

    def sensor(self, **options: object) -> FutronicFs80:
        """A driver for it."""
        return FutronicFs80(Options.model_validate(options), clock=self.clock, bus=LibUsbBus(self.usb))

    def judge(self) -> None:
        """As much time passes as looking at a frame takes."""
        self.usb.clock.wait_until(self.usb.clock.now_s() + 0.05)

    def replug(self, model: Futronic | None = None) -> None:
        """The plug out, if it is in, and a fresh sensor in."""
        if self.usb.enumerate_devices():
            self.usb.unplug()
        self.model = model or futronic()
        self.socket = self.usb.plug(self.model)


def futronic(script: Script = NOTHING_WRONG, *, landing: int = 1, touches: tuple[bool, ...] = ()) -> Futronic:
    """A sensor with a person before it."""
    return Futronic(Plate(pictures(), landing=landing, touches=touches), script)


def shown(model: Futronic) -> GreyPixels:
    """What the plate showed at the latest exposure, upright and with dark ridges."""
    _, data = model.exposures[-1]
    pixels = np.frombuffer(data, np.uint8).reshape(480, 320)[::-1]
    return 255 - pixels if model.light_ridges else pixels.copy()


async def frame_of(sensor: FutronicFs80) -> Frame:
    """The next frame, within so few grabs that a failure shows."""
    for _ in range(8):
        if isinstance(seen := await sensor.grab(), Frame):
            return seen
    raise AssertionError("no frame came")
