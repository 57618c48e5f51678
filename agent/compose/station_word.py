"""Joins the station's part of the twin: what it says of itself, and to whom."""

from collections.abc import Callable

from agent.config.place import PlaceSection
from agent.devices.attendance import Attendance
from agent.errors import Refused
from agent.fleet.release import release
from agent.fleet.word import fingerprint
from agent.wire import StationWord
from agent.wire.twin import DEVICES_MAX, TwinDevice


def station_word(
    place: PlaceSection,
    *,
    key: str,
    home: str,
    attendance: Attendance,
    warnings: Callable[[], tuple[str, ...]],
) -> StationWord:
    """What the station process says of itself now. :param key: the seal key's id."""
    return StationWord(
        version=release(),
        key=key,
        home=home,
        devices=_devices(place, attendance)[:DEVICES_MAX],
        warnings=tuple(sorted(set(warnings()))),
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
