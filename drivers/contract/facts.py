"""Which device it is, and what the station uses it for: the same of every contract."""

from dataclasses import dataclass
from enum import StrEnum


class DeviceKind(StrEnum):
    """What the station uses a device for."""

    CAMERA = "camera"
    FINGERPRINT = "fingerprint"
    SAFE = "safe"
    """Contacts of the safe and its room (`watch.Watch`)."""
    CCTV = "cctv"
    """A surveillance camera, or the recorder that keeps its pictures (`cctv.Cctv`)."""
    RELAY = "relay"
    """What is switched, such as a lamp, a lock, or a recorder's alarm input (`output.Output`)."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Which device this is; goes into the manifest and the twin, so nothing personal may be in it."""

    kind: DeviceKind
    """What it is used for."""
    make: str
    """The manufacturer, or `smilius` for what is simulated or replayed."""
    model: str
    """The manufacturer's name for the model."""
    serial: str
    """The serial number, empty where the device has none."""
    firmware: str
    """The firmware's version, empty where the device has none."""
    certified: bool
    """True only where the device's picture quality is certified (EBTS Appendix F or equivalent)."""
    simulated: bool
    """True where no hardware is behind it; such a capture may never pass as a real one."""


def pretended(kind: DeviceKind, model: str) -> Facts:
    """What a simulator or a replay says of itself: nothing that could pass for a device."""
    return Facts(kind=kind, make="smilius", model=model, serial="", firmware="", certified=False, simulated=True)
