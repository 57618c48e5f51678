"""Joins the station's part of the twin: what it says of itself, and to whom."""

from collections.abc import Callable
from dataclasses import dataclass

from agent.config.fleet import running, with_layer
from agent.config.layers import read_section
from agent.config.paths import Paths
from agent.config.place import PlaceSection
from agent.config.station import StationSection
from agent.devices.attendance import Attendance
from agent.errors import ConfigError, Refused, WireError
from agent.fleet.release import release
from agent.fleet.word import Speech, fingerprint
from agent.wire import StationWord
from agent.wire.twin import DEVICES_MAX, TwinDevice


@dataclass(frozen=True, slots=True, kw_only=True)
class Self:
    """What the station process knows of itself."""

    place: PlaceSection
    """Where it is."""
    key: str
    """The seal key's id."""
    home: str
    """Where its keys live."""
    configuration: int | None
    """Number of the fleet's configuration that it has read at its start."""
    attendance: Attendance
    """Its devices."""
    warnings: Callable[[], tuple[str, ...]]
    """Codes of what somebody should see to."""


def speech(paths: Paths, known: Self, *, begin_anew: Callable[[], None]) -> Speech:
    """What is said, what is judged, and what follows when another configuration is in force.

    :param begin_anew: called as long as this process runs with something older than what is in force.
    """

    def judge(layer: str) -> str | None:
        try:
            # devices and their options cannot be set from afar: their drivers need not be asked
            read_section(with_layer(paths, layer), "station", model=StationSection)
        except (ConfigError, WireError) as error:
            return error.sentence
        return None

    def settled() -> None:
        if running(paths) != known.configuration:
            begin_anew()

    return Speech(word=lambda: _word(known), judge=judge, settled=settled)


def _word(known: Self) -> StationWord:
    return StationWord(
        version=release(),
        key=known.key,
        home=known.home,
        configuration=known.configuration,
        devices=_devices(known.place, known.attendance)[:DEVICES_MAX],
        warnings=tuple(sorted(set(known.warnings()))),
    )


def _devices(place: PlaceSection, attendance: Attendance) -> tuple[TwinDevice, ...]:
    return tuple(
        TwinDevice(
            role=known.standing.wanted.role,
            driver=known.standing.wanted.choice.driver,
            presence=known.standing.presence.value,
            fingerprint=fingerprint(
                (place.tenant, place.station),
                known.standing.wanted.role,
                identity=[part for one in known.standing.plugged for part in (one.ids, one.serial)],
            ),
        )
        for known in attendance.known
    )


def codes(obstacle: Refused | None, *, trouble: str | None) -> tuple[str, ...]:
    """What somebody should see to. :param trouble: what is wrong with the ledger."""
    return tuple(code for code in (None if obstacle is None else obstacle.reason, trouble) if code is not None)
