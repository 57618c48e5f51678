"""Which drivers can be put on a tape, and by which of their constructor's arguments."""

import secrets
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple

from agent.clock import SystemClock
from drivers.contract import Device, DeviceKind, OptionsFault
from drivers.registry import DRIVERS, make_device
from drivers.transport.tap.tape import Clock, Tape, TappedChance, TappedClock
from drivers.transport.tap.usb import TappedBus
from drivers.transport.tap.v4l2 import TappedSyscalls
from drivers.transport.usb import LibUsbBus
from drivers.transport.v4l2 import LinuxSyscalls


class Below(NamedTuple):
    """What a recorder asks: this machine's, or an emulator's."""

    seam: Any
    """The transport itself."""
    clock: Clock
    """The one that its times are of."""
    chance: Callable[[int], int] = secrets.randbits
    """Gives random bits."""


class Tap(NamedTuple):
    """How one driver is put on a tape."""

    seam: Literal["usb", "v4l2"]
    """Where."""
    arguments: Callable[[Tape, Below | None], Mapping[str, object]]
    """What its constructor is given."""
    system: Callable[[], object]
    """This machine's own transport."""


def _bus(tape: Tape, below: Below | None) -> Mapping[str, object]:
    return {"bus": TappedBus(tape, below and below.seam)}


def _bus_and_chance(tape: Tape, below: Below | None) -> Mapping[str, object]:
    return {**_bus(tape, below), "chance": TappedChance(tape, below and below.chance)}


def _syscalls(tape: Tape, below: Below | None) -> Mapping[str, object]:
    return {"syscalls": TappedSyscalls(tape, below and below.seam)}


TAPS: Final[Mapping[tuple[DeviceKind, str], Tap]] = MappingProxyType(
    {
        (DeviceKind.FINGERPRINT, "futronic"): Tap("usb", _bus, LibUsbBus),
        (DeviceKind.FINGERPRINT, "uareu"): Tap("usb", _bus_and_chance, LibUsbBus),
        (DeviceKind.CAMERA, "v4l2"): Tap("v4l2", _syscalls, LinuxSyscalls),
    }
)


def kind_of(driver: str) -> DeviceKind:
    """The kind of the one driver of that name that can be recorded. :raises: OptionsFault."""
    for kind, name in TAPS:
        if name == driver:
            return kind
    known = ", ".join(sorted(name for _, name in TAPS))
    there = any(driver in drivers for drivers in DRIVERS.values())
    what = "has no seam that can be recorded" if there else "is not there"
    raise OptionsFault(f"The driver {driver!r} {what}; recorded are: {known}.")


def system(kind: DeviceKind, driver: str) -> Below:
    """What a driver has below it on this machine."""
    return Below(TAPS[kind, driver].system(), SystemClock())


def tapped_device(driver: str, *, options: Mapping[str, object], tape: Tape, below: Below | None) -> Device:
    """A driver, all of whose world is on the tape; nothing is opened yet.

    :param below: None for a replay.
    :raises: OptionsFault when there is no such driver, or it does not have such options.
    """
    kind = kind_of(driver)
    arguments = TAPS[kind, driver].arguments(tape, below)
    clock = TappedClock(tape, below and below.clock)
    return make_device(kind, driver, options=options, clock=clock, seams=arguments)
