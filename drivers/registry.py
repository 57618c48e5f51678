"""Which drivers there are: (kind, name) to a class, imported only when it is asked for.

A kind's contract is what its maker gives: `make_device` for what gives pictures, `make_watch` for contacts,
`make_output` for what is switched, `make_cctv` for surveillance. Another contract is another line at the end of this
file.
"""

from collections.abc import Callable, Mapping, Set
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final, Generic, NamedTuple, TypeVar

from pydantic import ValidationError

from drivers.contract import Device, DeviceKind, Options, OptionsFault
from drivers.contract.absent import AbsentCctv, AbsentDevice, AbsentOutput, AbsentWatch
from drivers.contract.cctv import CCTVS, Cctv
from drivers.contract.device import PICTURES
from drivers.contract.output import OUTPUTS, Output
from drivers.contract.watch import WATCHES, Watch
from drivers.world.clock import MonotonicClock, StationClock


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
        "folder": Entry("drivers.camera.folder", "FolderCamera"),
        "v4l2": Entry("drivers.camera.v4l2", "V4l2Camera"),
        "picamera2": Entry("drivers.camera.picamera2_csi", "Picamera2Csi"),
    },
    DeviceKind.FINGERPRINT: {
        "sim": Entry("drivers.fingerprint.sim", "SimFingerprint"),
        "replay": Entry("drivers.fingerprint.replay", "ReplayFingerprint"),
        "futronic": Entry("drivers.fingerprint.futronic_fs80", "FutronicFs80"),
        "uareu": Entry("drivers.fingerprint.uareu_4000", "UareU4000"),
        "helper": Entry("drivers.fingerprint.vendor_helper", "VendorHelper"),
    },
    DeviceKind.SAFE: {
        "sim": Entry("drivers.safe.sim", "SimSafe"),
        "replay": Entry("drivers.safe.replay", "ReplaySafe"),
        "gpio": Entry("drivers.safe.gpio_contacts", "GpioContacts"),
    },
    DeviceKind.CCTV: {
        "sim": Entry("drivers.cctv.sim", "SimCctv"),
        "rtsp": Entry("drivers.cctv.rtsp", "RtspCctv"),
        "onvif": Entry("drivers.cctv.onvif", "OnvifCctv"),
    },
    DeviceKind.RELAY: {
        "sim": Entry("drivers.relay.sim", "SimRelay"),
        "gpio": Entry("drivers.relay.gpio", "GpioRelay"),
        "onvif": Entry("drivers.relay.onvif", "OnvifRelay"),
    },
}
"""Every driver but `absent`, which every kind has."""


_Made = TypeVar("_Made")
_Clock = TypeVar("_Clock")


class Maker(Generic[_Made, _Clock]):
    """Makes the devices of the kinds that keep one contract."""

    def __init__(self, kinds: Set[DeviceKind], *, absent: Callable[[DeviceKind], _Made]) -> None:
        """:param kinds: those whose drivers keep the contract. :param absent: makes the one that is not there."""
        self.kinds: Final = kinds
        self._absent = absent

    def __call__(
        self,
        kind: DeviceKind,
        driver: str,
        *,
        options: Mapping[str, object],
        clock: _Clock,
        seams: Mapping[str, object] = MappingProxyType({}),
    ) -> _Made:
        """The device that the configuration names; nothing is opened yet.

        :param seams: what takes the place of the driver's own transport, by the names of its constructor's arguments.
        :raises: OptionsFault when there is no such driver, or it does not have such options.
        """
        assert kind in self.kinds, "this kind keeps another contract"
        if driver == ABSENT:
            return self._absent(kind)
        maker, read = _chosen(kind, driver, options=options)
        made: _Made = maker(read, clock=clock, **seams)
        return made


def check_options(kind: DeviceKind, driver: str, *, options: Mapping[str, object], clock: StationClock) -> None:
    """Whether the driver can be made with such options; it is made for that, dropped again, and never opened.

    :raises: OptionsFault when not.
    """
    if driver != ABSENT:
        maker, read = _chosen(kind, driver, options=options)
        # some options only the class itself refuses
        maker(read, clock=clock)


def _chosen(kind: DeviceKind, driver: str, *, options: Mapping[str, object]) -> tuple[Callable[..., Any], Options]:
    entry = DRIVERS[kind].get(driver)
    if entry is None:
        known = ", ".join(sorted([ABSENT, *DRIVERS[kind]]))
        raise OptionsFault(f"There is no {kind} driver {driver!r}; there are: {known}.")
    module = import_module(entry.module)
    return getattr(module, entry.name), _read(module.Options, options, driver=f"{kind} driver {driver!r}")


def _read(model: type[Options], options: Mapping[str, object], *, driver: str) -> Options:
    try:
        return model.model_validate(dict(options))
    except ValidationError as error:
        places = ", ".join(".".join(map(str, item["loc"])) or item["msg"] for item in error.errors())
        raise OptionsFault(f"The {driver} cannot use these options: {places}.") from None


make_device: Final = Maker[Device, MonotonicClock](PICTURES, absent=AbsentDevice)
make_watch: Final = Maker[Watch, MonotonicClock](WATCHES, absent=AbsentWatch)
make_output: Final = Maker[Output, MonotonicClock](OUTPUTS, absent=AbsentOutput)
make_cctv: Final = Maker[Cctv, StationClock](CCTVS, absent=AbsentCctv)
