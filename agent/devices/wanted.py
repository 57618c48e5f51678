"""The devices that the configuration names, each under the name by which people speak of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from agent.config.station import DeviceChoice, StationSection
from drivers.contract import DeviceKind

NEEDED = frozenset({"camera", "fingerprint"})
"""Without these no visit can be opened."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One device of the configuration."""

    role: str
    """Its key below `station`, such as `camera` or `relay.lamp`."""
    kind: DeviceKind
    """What it is used for."""
    choice: DeviceChoice
    """Driver and options."""

    @property
    def options(self) -> Mapping[str, object]:
        """The driver's options, as the configuration has them."""
        return self.choice.options

    def text(self, option: str) -> str:
        """An option that is a text; empty where it is not given."""
        value = self.options.get(option)
        return value if isinstance(value, str) else ""


def wanted_devices(section: StationSection) -> tuple[Wanted, ...]:
    """All of them, those that are `absent` included."""
    return tuple(_wanted(section))


def _wanted(section: StationSection) -> Iterator[Wanted]:
    yield Wanted("camera", DeviceKind.CAMERA, section.camera)
    yield Wanted("fingerprint", DeviceKind.FINGERPRINT, section.fingerprint)
    yield Wanted("safe", DeviceKind.SAFE, section.safe)
    for camera in section.cctv:
        yield Wanted(f"cctv.{camera.name}", DeviceKind.CCTV, camera)
    for name, relay in section.relay.items():
        yield Wanted(f"relay.{name}", DeviceKind.RELAY, relay)
