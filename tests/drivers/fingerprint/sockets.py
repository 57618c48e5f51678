"""A socket with an emulated sensor in it, whichever it is."""

from collections.abc import Callable
from typing import Generic, TypeVar

from drivers.contract import Device, Finger, FingerAim, Frame
from drivers.transport.usb import LibUsbBus
from drivers.world.clock import MonotonicClock
from tests.emulators.clock import LeapingClock
from tests.emulators.ibackend import EmulatedUsb
from tests.emulators.usb import Model

INDEX = FingerAim(Finger.RIGHT_INDEX)

_Model = TypeVar("_Model", bound=Model)


class Place(Generic[_Model]):
    """One socket on a bus of its own. Time passes where somebody waits for the bus, and where it is told to."""

    def __init__(self, model: _Model, *, fresh: Callable[[], _Model], clock: MonotonicClock | None = None) -> None:
        """:param fresh: makes what is plugged in after it.
        :param clock: the driver's; the bus's own unless said.
        """
        self.time = LeapingClock()
        self.usb = EmulatedUsb(self.time)
        self.bus = LibUsbBus(self.usb)
        self.model, self._fresh = model, fresh
        self.socket = self.usb.plug(model)
        self.clock: MonotonicClock = clock or self.time

    def replug(self, model: _Model | None = None) -> None:
        """The plug out, if it is in, and a fresh sensor in."""
        if self.usb.enumerate_devices():
            self.usb.unplug()
        self.model = model or self._fresh()
        self.socket = self.usb.plug(self.model)


async def frame_of(sensor: Device) -> Frame:
    """The next frame, within so few grabs that a failure shows."""
    for _ in range(8):
        if isinstance(seen := await sensor.grab(), Frame):
            return seen
    raise AssertionError("no frame came")
