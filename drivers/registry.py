"""Which drivers there are: (kind, name) to a class, imported only when it is asked for.

A kind's contract is what its factory gives: `make_device` for what gives pictures, `make_watch` for contacts,
`make_output` for what is switched.
"""

from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import NamedTuple

from pydantic import ValidationError

from drivers.contract import Device, DeviceKind, Options, OptionsFault
from drivers.contract.absent import AbsentDevice, AbsentOutput, AbsentWatch
from drivers.contract.output import OUTPUTS, Output
from drivers.contract.watch import WATCHES, Watch
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
        "v4l2": Entry("drivers.camera.v4l2", "V4l2Camera"),
        "picamera2": Entry("drivers.camera.picamera2_csi", "Picamera2Csi"),
    },
    DeviceKind.FINGERPRINT: {
        "sim": Entry("drivers.fingerprint.sim", "SimFingerprint"),
        "replay": Entry("drivers.fingerprint.replay", "ReplayFingerprint"),
        "futronic": Entry("drivers.fingerprint.futronic_fs80", "FutronicFs80"),
        "uareu": Entry("drivers.fingerprint.uareu_4000", "UareU4000"),
    },
    DeviceKind.SAFE: {
        "sim": Entry("drivers.safe.sim", "SimSafe"),
        "replay": Entry("drivers.safe.replay", "ReplaySafe"),
        "gpio": Entry("drivers.safe.gpio_contacts", "GpioContacts"),
    },
    # what triggers a recorder is a relay in its alarm input
    DeviceKind.CCTV: {
        "sim": Entry("drivers.relay.sim", "SimRelay"),
        "gpio": Entry("drivers.relay.gpio", "GpioRelay"),
    },
    DeviceKind.RELAY: {
        "sim": Entry("drivers.relay.sim", "SimRelay"),
        "gpio": Entry("drivers.relay.gpio", "GpioRelay"),
    },
}
"""Every driver but `absent`, which every kind has."""


def make_device(kind: DeviceKind, driver: str, *, options: Mapping[str, object], clock: MonotonicClock) -> Device:
    """The device that the configuration names; nothing is opened yet.

    :raises: OptionsFault when there is no such driver, or it does not have such options.
    """
    assert kind not in WATCHES | OUTPUTS, "contacts and outputs have factories of their own"
    if driver == ABSENT:
        return AbsentDevice(kind)
    module, name, read = _chosen(kind, driver, options=options)
    device: Device = getattr(module, name)(read, clock=clock)
    return device


def make_watch(kind: DeviceKind, driver: str, *, options: Mapping[str, object], clock: MonotonicClock) -> Watch:
    """The watch that the configuration names; nothing is opened yet. :raises: OptionsFault, as `make_device`."""
    assert kind in WATCHES, "this kind is not watched"
    if driver == ABSENT:
        return AbsentWatch(kind)
    module, name, read = _chosen(kind, driver, options=options)
    watch: Watch = getattr(module, name)(read, clock=clock)
    return watch


def make_output(kind: DeviceKind, driver: str, *, options: Mapping[str, object], clock: MonotonicClock) -> Output:
    """The output that the configuration names; nothing is opened yet. :raises: OptionsFault, as `make_device`."""
    assert kind in OUTPUTS, "this kind is not switched"
    if driver == ABSENT:
        return AbsentOutput(kind)
    module, name, read = _chosen(kind, driver, options=options)
    # one relay is like the other, whatever it switches
    output: Output = getattr(module, name)(read, clock=clock, kind=kind)
    return output


def _chosen(kind: DeviceKind, driver: str, *, options: Mapping[str, object]) -> tuple[ModuleType, str, Options]:
    entry = DRIVERS[kind].get(driver)
    if entry is None:
        known = ", ".join(sorted([ABSENT, *DRIVERS[kind]]))
        raise OptionsFault(f"There is no {kind} driver {driver!r}; there are: {known}.")
    module = import_module(entry.module)
    try:
        read: Options = module.Options.model_validate(dict(options))
    except ValidationError as error:
        places = ", ".join(".".join(map(str, item["loc"])) or item["msg"] for item in error.errors())
        raise OptionsFault(f"The {kind} driver {driver!r} cannot use these options: {places}.") from None
    return module, entry.name, read
