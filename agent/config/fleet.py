"""The layer from the fleet: what headquarters has signed for this station, above the station's own files.

It lies in the courier's folder as it was signed, so that whoever reads it need not believe the courier. One that cannot
be believed is passed over: the station's own files are whole without it, and headquarters sees that it is not in force.
"""

import logging

from agent.config.held import read_held
from agent.config.layers import Table, load_layers, merge, read_section
from agent.config.paths import Paths
from agent.config.place import PlaceSection
from agent.config.trust import believed_receipt_keys
from agent.errors import ConfigError, WireError
from agent.wire.configuration import Configuration, read_layer
from agent.wire.document import read_signed
from vault.errors import KeyMissing
from vault.labels import Digest, digest_of

_log = logging.getLogger(__name__)


def in_force(paths: Paths) -> tuple[Configuration, Digest] | None:
    """What the fleet's layer is, and the digest of its signed bytes; None when there is none.

    :raises: ConfigError when it cannot be read, or is not to be believed.
    """
    signed = read_held(paths.fleet_configuration, name="The configuration from the fleet")
    if signed is None:
        return None
    try:
        configuration = read_signed(signed, Configuration, pinned=believed_receipt_keys(paths))
        place = read_section(load_layers(paths.configuration), "place", model=PlaceSection)
        if (configuration.tenant, configuration.station) != (place.tenant, place.station):
            raise WireError("It is for another station.")
        read_layer(configuration.layer)
    except (WireError, KeyMissing) as error:
        raise ConfigError(f"The configuration from the fleet cannot be believed. {error.sentence}") from error
    return configuration, digest_of(signed)


def load_all(paths: Paths) -> Table:
    """Every layer merged, the fleet's on top. :raises: ConfigError as `load_layers`."""
    below = load_layers(paths.configuration)
    try:
        found = in_force(paths)
    except ConfigError as error:
        _log.error("%s The station's own files are in force alone.", error.sentence)
        return below
    return below if found is None else merge(below, read_layer(found[0].layer))


def running(paths: Paths) -> int | None:
    """The number of the fleet's layer that a process which reads its configuration now runs with."""
    try:
        found = in_force(paths)
    except ConfigError:
        return None
    return None if found is None else found[0].number


def with_layer(paths: Paths, text: str) -> Table:
    """What would be in force with another layer. :raises: ConfigError, WireError."""
    return merge(load_layers(paths.configuration), read_layer(text))
