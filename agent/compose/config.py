"""What `python -m agent config` shows: every section as its process would read it."""

from pydantic import BaseModel

from agent.clock import SystemClock
from agent.config.courier import CourierSection
from agent.config.fleet import load_all
from agent.config.layers import changed, read_section
from agent.config.paths import Paths
from agent.config.place import PlaceSection
from agent.config.station import StationSection
from agent.devices.wanted import wanted_devices
from agent.errors import ConfigError
from drivers.contract import OptionsFault
from drivers.registry import check_options

_SECTIONS: dict[str, type[BaseModel]] = {
    "place": PlaceSection,
    "station": StationSection,
    "courier": CourierSection,
}


def effective_view(paths: Paths) -> dict[str, object]:
    """Everything in force, defaults included. :raises: ConfigError when a section or a device's options do not load."""
    layers = load_all(paths)
    read = {name: read_section(layers, name, model=model) for name, model in _SECTIONS.items()}
    check_devices(read_section(layers, "station", model=StationSection))
    return {name: section.model_dump(mode="json") for name, section in read.items()}


def check_station(paths: Paths) -> None:
    """The station's own part alone. :raises: ConfigError, as `effective_view`."""
    check_devices(read_section(load_all(paths), "station", model=StationSection))


def check_devices(section: StationSection) -> None:
    """Whether every device's driver is there and takes its options. Each is made for that, and none is opened.

    :raises: ConfigError naming all that would not do, never a value.
    """
    refused, clock = [], SystemClock()
    for wanted in wanted_devices(section):
        try:
            check_options(wanted.kind, wanted.choice.driver, options=wanted.options, clock=clock)
        except OptionsFault as fault:
            refused.append(f"station.{wanted.role}: {fault.sentence.removesuffix('.')}")
    if refused:
        raise ConfigError("The configuration would not load: " + "; ".join(refused) + ".")


def changed_view(paths: Paths) -> dict[str, object]:
    """Only what differs from the shipped default. :raises: ConfigError when a section would not load."""
    effective_view(paths)
    return changed(load_all(paths))
