"""A socket with an emulated sensor in it, whichever it is, and what every driver over one has to keep."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from typing import Generic, TypeVar

import numpy as np

from drivers.contract import Device, Finger, FingerAim, Frame, GoneFault, GreyPixels, StuckFault
from drivers.transport.usb import LibUsbBus
from drivers.world.clock import MonotonicClock
from tests.emulators.clock import LeapingClock
from tests.emulators.ibackend import EmulatedUsb
from tests.emulators.usb import Model

INDEX = FingerAim(Finger.RIGHT_INDEX)

_Model = TypeVar("_Model", bound=Model)


class Place(ABC, Generic[_Model]):
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

    @abstractmethod
    def sensor(self, **options: object) -> Device:
        """A driver for it."""

    @abstractmethod
    def shown(self) -> GreyPixels:
        """What a frame of the latest exposure must look like."""

    @abstractmethod
    def exposed(self) -> tuple[int, int]:
        """How many pictures were asked for, and the number of the latest."""

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


async def three_frames(place: Place[_Model], **options: object) -> None:
    """Three right ones, and nothing is left open."""
    sensor = place.sensor(**options)
    async with sensor.opened(), sensor.armed(INDEX):
        for _ in range(3):
            frame = await frame_of(sensor)
            assert np.array_equal(frame.pixels, place.shown())
    assert place.usb.open_handles == 0


async def right_grab(place: Place[_Model], sensor: Device) -> bool:
    """Whether a frame came; one that is not of this exposure, whole, in place and upright fails the test."""
    before, _ = place.exposed()
    seen = await sensor.grab()
    if not isinstance(seen, Frame):
        return False
    _, number = place.exposed()
    assert number >= before, "a frame is of this grab, and not of one before it"
    assert seen.pixels.shape == place.shown().shape
    assert np.array_equal(seen.pixels, place.shown()), "a frame is whole, in place and upright"
    return True


async def right_grabs(place: Place[_Model], *, count: int) -> int:
    """How many frames came, all right, until somebody has to do something."""
    sensor = place.sensor()
    async with sensor.opened(), sensor.armed(INDEX):
        return sum([await right_grab(place, sensor) for _ in range(count)])


async def ending(grabs: Coroutine[None, None, int]) -> int | StuckFault | GoneFault:
    """Any other fault is no end that a driver may leave somebody with."""
    try:
        return await grabs
    except (StuckFault, GoneFault) as fault:
        return fault


async def check_ending(place: Place[_Model], grabs: Coroutine[None, None, int]) -> None:
    """Frames come, or a replug is asked for, or the plug was pulled; and after a replug frames come."""
    match await ending(grabs):
        case StuckFault(sentence=sentence):
            assert "plug it in again" in sentence
        case GoneFault():
            assert not place.usb.enumerate_devices()
        case right:
            assert right >= 1, "somebody has a finger on the plate from the second look on"
    assert place.usb.open_handles == 0
    place.replug()
    assert await right_grabs(place, count=4) >= 1
