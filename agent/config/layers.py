"""Reads and merges the layers of TOML, and says where an effective value differs from the default."""

import tomllib
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from agent.errors import ConfigError

Table = dict[str, object]
Model = TypeVar("Model", bound=BaseModel)

SECTIONS = frozenset({"place", "station", "courier"})


def load_default() -> Table:
    """The layer that is shipped with the package."""
    return tomllib.loads(resources.files("agent.config").joinpath("default.toml").read_text(encoding="utf-8"))


def load_layers(folder: Path) -> Table:
    """All layers merged. :raises: ConfigError when a file is not TOML or names a section that does not exist."""
    merged = load_default()
    for path in sorted(folder.glob("*.toml")):
        try:
            layer = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"The configuration file {path.name} cannot be read.") from error
        unknown = sorted(set(layer) - SECTIONS)
        if unknown:
            raise ConfigError(f"The configuration file {path.name} has an unknown section: {', '.join(unknown)}.")
        merged = merge(merged, layer)
    return merged


def merge(below: Table, above: Mapping[str, object]) -> Table:
    """Tables are merged key by key; any other value of the layer above replaces the one below."""
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        both = isinstance(under, dict) and isinstance(value, dict)
        merged[key] = merge(under, value) if both else value  # type: ignore[arg-type]  # both are tables here
    return merged


def read_section(layers: Table, section: str, *, model: type[Model]) -> Model:
    """One section as its model. :raises: ConfigError naming every key that would not load, never its value."""
    try:
        return model.model_validate(layers.get(section, {}))
    except ValidationError as error:
        places = [f"{'.'.join((section, *map(str, item['loc'])))}: {item['msg']}" for item in error.errors()]
        raise ConfigError("The configuration would not load: " + "; ".join(places) + ".") from None


def flatten(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Every value under its dotted name."""
    for key, value in table.items():
        if isinstance(value, dict) and value:
            yield from flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def changed(layers: Table) -> dict[str, object]:
    """The values that differ from the default, under their dotted names."""
    default = dict(flatten(load_default()))
    return {name: value for name, value in flatten(layers) if default.get(name) != value or name not in default}
