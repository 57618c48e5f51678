"""Joins the courier's side of the twin, which draws it and has it hang at the broker."""

from dataclasses import dataclass
from datetime import timedelta

from agent.clock import SystemClock
from agent.compose.room import Room
from agent.config.fleet import in_force
from agent.config.paths import Paths
from agent.courier.courier import Courier
from agent.courier.dwell import DwellWatch
from agent.errors import ConfigError
from agent.fleet.configuration import ConfigurationDesk
from agent.fleet.release import release
from agent.fleet.roster import RosterDesk
from agent.fleet.twin import Gallery, Painter, Sitter
from agent.wire import StationTopics
from agent.wire.twin import TwinKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardOf:
    """What the station has heard of headquarters about itself."""

    configuration: ConfigurationDesk
    """How it is to be configured."""
    roster: RosterDesk
    """Who may work there."""


def gallery_of(paths: Paths, room: Room, *, courier: Courier, heard: HeardOf, dwell: DwellWatch) -> Gallery:
    """The courier's side; nothing runs yet."""
    place = room.place
    sitter = Sitter(
        tenant=place.tenant,
        station=place.station,
        version=release(),
        key=room.key,
        configuration=heard.configuration.told,
        operators=heard.roster.number,
        keys=lambda: _keys(room),
        warnings=lambda: _warnings(paths, room),
        dwell=dwell,
    )
    painter = Painter(sitter, store=room.store, shelf=room.shelf, boot=courier.boot, clock=SystemClock())
    return Gallery(courier, painter, topic=StationTopics(place.tenant, place.station).twin)


def _keys(room: Room) -> TwinKeys:
    held = room.trust.keyring()
    return TwinKeys(
        link=room.key.kid,
        home=room.home.kind.told,
        recipient=room.trust.sealing_kid(),
        receipts=room.trust.receipt_kids(),
        keyring=None if held is None else held[0].number,
    )


def _warnings(paths: Paths, room: Room) -> tuple[str, ...]:
    ends = room.trust.ends(within=timedelta(days=room.section.keys.warn_days))
    said = [f"{one.use}-key-{'over' if one.over else 'ends-soon'}" for one in ends]
    try:
        in_force(paths)
    except ConfigError:
        said.append("configuration-unbelievable")
    if not room.shelf.has_room():
        said.append("disk-full")
    return tuple(said)
