"""Joins the courier's side of the twin, which draws it and has it hang at the broker."""

from datetime import timedelta

from agent.clock import Clock
from agent.compose.room import Room
from agent.courier.courier import Courier
from agent.courier.dwell import DwellWatch
from agent.fleet.release import release
from agent.fleet.twin import Gallery, Painter, Sitter
from agent.wire import StationTopics
from agent.wire.twin import TwinKeys


def gallery_of(room: Room, courier: Courier, *, dwell: DwellWatch, clock: Clock) -> Gallery:
    """The courier's side; nothing runs yet."""
    place = room.place
    sitter = Sitter(
        tenant=place.tenant,
        station=place.station,
        version=release(),
        key=room.key,
        keys=lambda: _keys(room),
        warnings=lambda: _warnings(room),
        dwell=dwell,
    )
    painter = Painter(sitter, store=room.store, shelf=room.shelf, boot=courier.boot, clock=clock)
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


def _warnings(room: Room) -> tuple[str, ...]:
    ends = room.trust.ends(within=timedelta(days=room.section.keys.warn_days))
    said = [f"{one.use}-key-{'over' if one.over else 'ends-soon'}" for one in ends]
    if not room.shelf.has_room():
        said.append("disk-full")
    return tuple(said)
