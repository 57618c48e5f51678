"""Calls the roll: how each device that the configuration names stands, by what is plugged in. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from agent.config.line import Line, lines_of
from agent.devices.wanted import Wanted
from drivers.ids import known_ids
from drivers.plugged import Plugged, Sorted

ABSENT = "absent"

_HEADER_PIN = re.compile(r"^(GPIO|BCM|BOARD|WPI|J\d+:)\d+$")
"""A Raspberry Pi's pin as its own factory knows it, whatever the kernel calls the line."""


class Presence(StrEnum):
    """How a configured device stands."""

    PRESENT = "present"
    """It is there, and this user may open it."""
    GONE = "gone"
    """It is not plugged in."""
    DENIED = "denied"
    """It is there, and this user may not open it."""
    SEVERAL = "several"
    """More than one would do, and the configuration does not say which."""
    NOT_FOLLOWED = "not-followed"
    """It is not plugged into this machine: simulated, replayed, or in the network."""
    NONE = "none"
    """The configuration says that there is none."""


MISSING = frozenset({Presence.GONE, Presence.DENIED, Presence.SEVERAL})
"""What somebody must see to."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How one device stands."""

    wanted: Wanted
    """Which one."""
    presence: Presence
    """How it stands."""
    sentence: str
    """What is wrong, and how it is mended where that is known; empty where all is well."""
    plugged: tuple[Plugged, ...] = ()
    """What it is, on this machine."""


def call_roll(wanted: Iterable[Wanted], plugged: Sequence[Plugged]) -> tuple[Standing, ...]:
    """How each of them stands."""
    return tuple(_standing(one, plugged) for one in wanted)


def _standing(wanted: Wanted, plugged: Sequence[Plugged]) -> Standing:
    driver = wanted.choice.driver
    if driver == ABSENT:
        return Standing(wanted, Presence.NONE, f"The station has no {wanted.role} configured.")
    if driver == "gpio":
        return _on_lines(wanted, [one for one in plugged if one.sort is Sorted.GPIO])
    if driver not in _FOLLOWED:
        return Standing(wanted, Presence.NOT_FOLLOWED, "")
    return _single(wanted, [one for one in plugged if _is(one, wanted)])


_FOLLOWED = frozenset(one.driver for entries in (known_ids().usb, known_ids().csi, known_ids().node) for one in entries)


def _is(one: Plugged, wanted: Wanted) -> bool:
    """Whether the driver would open this one, by the options that it has for the purpose."""
    if (one.sort.value, one.driver) != (wanted.kind.value, wanted.choice.driver):
        return False
    if one.option and not wanted.options.get(one.option):
        return False
    node, sensor = wanted.text("device"), wanted.text("sensor")
    path, serial = wanted.text("path"), wanted.text("serial")
    return (
        (not node or node in {one.node, *one.links})
        and (not sensor or sensor == one.socket)
        and (not path or path == one.socket)
        # what a device tells only when it is opened cannot speak against it
        and (not serial or one.serial in {"", serial})
    )


def _single(wanted: Wanted, found: Sequence[Plugged]) -> Standing:
    if not found:
        return Standing(wanted, Presence.GONE, f"The {wanted.role} ({wanted.choice.driver}) is not plugged in.")
    if len(found) > 1:
        sentence = f"Several devices could be the {wanted.role}: name one in station.{wanted.role}.options."
        return Standing(wanted, Presence.SEVERAL, sentence, tuple(found))
    return _permitted(wanted, found)


def _permitted(wanted: Wanted, found: Sequence[Plugged]) -> Standing:
    for one in found:
        if not one.permission.usable:
            sentence = f"The {wanted.role} may not be opened ({one.node}). {one.remedy}".rstrip()
            return Standing(wanted, Presence.DENIED, sentence, tuple(found))
    return Standing(wanted, Presence.PRESENT, "", tuple(found))


def _on_lines(wanted: Wanted, chips: Sequence[Plugged]) -> Standing:
    used: dict[str, Plugged] = {}
    for line in lines_of(wanted.choice):
        fitting = list(_with_line(line, chips))
        if not fitting:
            return Standing(wanted, Presence.GONE, f"No GPIO chip has the line {str(line)!r} of the {wanted.role}.")
        used.update((one.node, one) for one in fitting)
    return _permitted(wanted, list(used.values()))


def _with_line(line: Line, chips: Sequence[Plugged]) -> Iterator[Plugged]:
    for one in chips:
        if line.chip not in {"", one.node, one.socket, one.name, one.socket.removeprefix("gpiochip")}:
            continue
        names = {name.partition(" (")[0] for name in one.lines}
        by_number = line.name.isdecimal() or _HEADER_PIN.match(line.name)
        # what may not be opened has not told what its lines are called
        if by_number or line.name in names or not one.permission.usable:
            yield one
