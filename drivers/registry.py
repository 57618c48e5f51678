"""Which drivers there are: (kind, name) to a class, imported only when it is asked for."""

from collections.abc import Mapping
from importlib import import_module
from typing import NamedTuple

from pydantic import ValidationError

from drivers.contract import Device, DeviceKind, OptionsFault
from drivers.contract.absent import AbsentDevice
from drivers.world.clock import MonotonicClock


class Entry(NamedTuple):
    """Where a driver is."""

    module: str
    """Holds the class, and `Options` beside it."""
    name: str
    """The class."""


ABSENT = "absent"

DRIVERS: Mapping[DeviceKind, Mapping[str, Entry]] = {
    DeviceKind.CAMERA: {
        "sim": Entry("drivers.camera.sim", "SimCamera"),
        "replay": Entry("drivers.camera.replay", "ReplayCamera"),
    },
    DeviceKind.FINGERPRINT: {
        "sim": Entry("drivers.fingerprint.sim", "SimFingerprint"),
        "replay": Entry("drivers.fingerprint.replay", "ReplayFingerprint"),
        "futronic": Entry("drivers.fingerprint.futronic_fs80", "FutronicFs80"),
    },
}
"""Every driver but `absent`, which every kind has."""


def make_device(kind: DeviceKind, driver: str, *, options: Mapping[str, object], clock: MonotonicClock) -> Device:
    """The device that the configuration names; nothing is opened yet.

    :raises: OptionsFault when there is no such driver, or it does not have such options.
    """
    if driver == ABSENT:
        return AbsentDevice(kind)
    entry = DRIVERS[kind].get(driver)
    if entry is None:
        known = ", ".join(sorted([ABSENT, *DRIVERS[kind]]))
        raise OptionsFault(f"There is no {kind} driver {driver!r}; there are: {known}.")
    module = import_module(entry.module)
    try:
        read = module.Options.model_validate(dict(options))
    except ValidationError as error:
        places = ", ".join(".".join(map(str, item["loc"])) for item in error.errors())
        raise OptionsFault(f"The {kind} driver {driver!r} cannot use these options: {places}.") from None
    device: Device = getattr(module, entry.name)(read, clock=clock)
    return device
