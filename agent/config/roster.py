"""Who may work here: the roster that the station holds, read anew whenever it is asked.

It lies in the courier's folder as headquarters signed it, so that whoever reads it need not believe the courier. While
there is none, everybody may whom the station's socket lets in; one that cannot be believed lets nobody work.
"""

from agent.config.held import read_held
from agent.config.layers import load_layers, read_section
from agent.config.paths import Paths
from agent.config.place import PlaceSection
from agent.config.trust import believed_receipt_keys
from agent.errors import ConfigError, Refused, WireError
from agent.wire.document import read_signed
from agent.wire.roster import Roster
from vault.errors import KeyMissing


def held_roster(paths: Paths) -> Roster | None:
    """What is held; None before the first. :raises: ConfigError when it cannot be read, or is not to be believed."""
    signed = read_held(paths.roster, name="The list of operators")
    if signed is None:
        return None
    try:
        roster = read_signed(signed, Roster, pinned=believed_receipt_keys(paths))
    except (WireError, KeyMissing) as error:
        raise ConfigError(f"The list of operators cannot be believed. {error.sentence}") from error
    place = read_section(load_layers(paths.configuration), "place", model=PlaceSection)
    if (roster.tenant, roster.station) != (place.tenant, place.station):
        raise ConfigError("The list of operators is another station's.")
    return roster


def refusal(paths: Paths, operator: str) -> Refused | None:
    """Why this operator may not work here now; None when they may."""
    try:
        roster = held_roster(paths)
    except ConfigError as error:
        return Refused("operators-unbelievable", f"Nobody can be let in. {error.sentence}")
    if roster is None:
        return None
    entry = next((one for one in roster.operators if one.operator == operator), None)
    if entry is None:
        return Refused("operator-unknown", "Headquarters knows no such operator at this station.")
    if entry.revoked:
        return Refused("operator-revoked", "Headquarters has ended this operator's access.")
    return None
