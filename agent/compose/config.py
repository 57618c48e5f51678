"""What `python -m agent config` shows: every section as its process would read it."""

from pydantic import BaseModel

from agent.config.courier import CourierSection
from agent.config.layers import changed, load_layers, read_section
from agent.config.paths import Paths
from agent.config.place import PlaceSection
from agent.config.station import StationSection

_SECTIONS: dict[str, type[BaseModel]] = {
    "place": PlaceSection,
    "station": StationSection,
    "courier": CourierSection,
}


def effective_view(paths: Paths) -> dict[str, object]:
    """Everything in force, defaults included. :raises: ConfigError when a section would not load."""
    layers = load_layers(paths.configuration)
    return {name: read_section(layers, name, model=model).model_dump(mode="json") for name, model in _SECTIONS.items()}


def changed_view(paths: Paths) -> dict[str, object]:
    """Only what differs from the shipped default. :raises: ConfigError when a section would not load."""
    effective_view(paths)
    return changed(load_layers(paths.configuration))
