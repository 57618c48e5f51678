"""What the technician is told: what is plugged in, and how each configured device stands, by the station's own word.

The running station is asked, because its user and its sandbox decide what it may open; where none runs, or it does not
follow the devices, the user who asks is the measure. Nothing is opened and nothing captured.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.compose.config import check_devices
from agent.config.layers import load_layers, read_section
from agent.config.paths import Paths
from agent.config.station import StationSection
from agent.devices.machine import Machine, user_name
from agent.devices.roll import MISSING, call_roll
from agent.devices.view import View, plugged_view, standing_view
from agent.devices.wanted import Wanted, wanted_devices
from agent.errors import AgentError, PeerSilent, Refused
from agent.unix_http import UnixClient
from drivers.contract import Fault
from drivers.transport.node import Holder, holders_of
from provisioning.errors import InputRefused, ProvisioningError


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """One look, as it is printed."""

    user: str
    """Who asks."""
    by_station: bool
    """Whether the station has said how its devices stand; else this user's permissions are the measure."""
    in_use: bool
    """Whether a visit holds the devices now; False where nobody says."""
    unseen: str
    """What cannot be seen here, as a sentence; empty where everything can."""
    configured: tuple[View, ...]
    """Each device of the configuration."""
    plugged: tuple[View, ...]
    """Each thing that is plugged in."""

    @property
    def whole(self) -> bool:
        """Whether all that is configured is there and usable."""
        return not any(one["presence"] in MISSING for one in self.configured)

    def view(self) -> View:
        """For `--json`."""
        return {
            "whole": self.whole,
            "user": self.user,
            "by_station": self.by_station,
            "in_use": self.in_use,
            "unseen": self.unseen or None,
            "configured": list(self.configured),
            "plugged": list(self.plugged),
        }


def configured_devices(root: Path) -> tuple[Wanted, ...]:
    """What the configuration names. :raises: InputRefused when it would not load."""
    try:
        section = read_section(load_layers(Paths(root).configuration), "station", model=StationSection)
        check_devices(section)
    except AgentError as error:
        raise InputRefused(error.code, error.sentence) from None
    return wanted_devices(section)


async def survey(root: Path, wanted: Sequence[Wanted], *, machine: Machine) -> Survey:
    """Look once. :raises: ProvisioningError when the system does not tell what is plugged in."""
    try:
        seen = machine.look()
    except Fault as fault:
        raise ProvisioningError(fault.sentence) from None
    roll = call_roll(wanted, seen.plugged)
    said = await _ask_station(Paths(root))
    holders = holders_of(one.node for one in seen.plugged)
    plugged = [
        plugged_view(
            one,
            roles=[standing.wanted.role for standing in roll if one in standing.plugged],
            holder=_named(holders.get(one.node)),
        )
        for one in seen.plugged
    ]
    return Survey(
        user=user_name(),
        by_station=said is not None,
        in_use=said is not None and bool(said["in_use"]),
        unseen=seen.unseen,
        configured=tuple(map(standing_view, roll)) if said is None else tuple(said["devices"]),
        plugged=tuple(plugged),
    )


async def _ask_station(paths: Paths) -> dict[str, Any] | None:
    """What the station knows of its devices; None where it does not run, does not answer this user, or is blind."""
    client = UnixClient(paths.station_socket, name="station")
    try:
        said = await client.ask("GET", "/v1/devices")
    except (PeerSilent, Refused):
        return None
    finally:
        await client.close()
    return said if said.get("followed") is True else None


def _named(holder: Holder | None) -> str:
    return "" if holder is None else f"{holder.name} ({holder.process})"
