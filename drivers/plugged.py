"""Which driver would take each thing that is plugged in, and whether the user who asks may open it. Nothing is opened.

GPIO chips are the exception: to read what their lines are called, their file is opened for a moment, which takes no
line from anybody.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from drivers.ids import Closed, CsiDriven, Ids, UsbDriven
from drivers.rules import Sort, remedy_for, rule_for
from drivers.transport.gpio_names import ChipLines
from drivers.transport.node import NodeState
from drivers.transport.udev import Sight, Thing

_INVISIBLE_PARENTS = ("/devices/virtual/", "/devices/platform/vivid")
"""Video nodes without hardware, as tests have them; any other one without USB is a part of a chip."""


class Sorted(StrEnum):
    """What a plugged thing is to the station."""

    FINGERPRINT = "fingerprint"
    CAMERA = "camera"
    GPIO = "gpio"
    """Lines for contacts and relays."""
    CLOSED = "closed"
    """A sensor that only its maker's software drives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugged:
    """One device as the technician is told of it."""

    sort: Sorted
    """What it is to the station."""
    driver: str
    """The driver that would take it; empty where there is none."""
    name: str
    """What it is called, by ids.toml or by itself."""
    ids: str = ""
    """Vendor and product as in `lsusb`; empty where it is not on USB."""
    socket: str
    """Where it is plugged in, as the kernel calls it."""
    serial: str = ""
    """As the device tells it; empty where it tells none."""
    node: str
    """The file that is opened."""
    links: tuple[str, ...] = ()
    """Other names of that file."""
    tried: str
    """On what the driver was tried: `emulator` or `metal`; empty where there is no driver."""
    option: str = ""
    """The option without which the driver leaves it alone."""
    note: str = ""
    """What else is to be known before it can be used, as a sentence."""
    lines: tuple[str, ...] = ()
    """A chip's lines that have a name, each with who holds it, such as `RELAY (smilius)`."""
    permission: NodeState
    """Whether the user who asks may open it."""
    remedy: str = ""
    """How that user gets it, as a sentence; empty where nothing is missing."""
    rule: str = ""
    """The udev rule that mends it; empty where nothing is missing."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and by which means."""

    user: str
    """The user's name, for the sentence that mends."""
    look_at: Callable[[str], NodeState]
    """How a node stands to this user."""
    lines: Callable[[str], ChipLines]
    """What a chip's lines are called."""


def plugged_in(sight: Sight, *, ids: Ids, asker: Asker) -> tuple[Plugged, ...]:
    """Everything that a station could use, or that somebody may think it could; the rest is passed over."""
    by_path = {thing.path: thing for thing in sight.things}
    found: list[Plugged] = []
    for thing in sight.things:
        one = _recognised(thing, ids=ids, usb=by_path.get(thing.usb), asker=asker)
        if one is not None:
            found.append(one)
    return tuple(found)


def _recognised(thing: Thing, *, ids: Ids, usb: Thing | None, asker: Asker) -> Plugged | None:
    match thing.subsystem:
        case "usb":
            return _sensor(thing, ids, asker=asker)
        case "video4linux":
            return _ribbon(thing, ids.csi, asker=asker) or _camera(thing, usb, ids=ids, asker=asker)
        case "gpio":
            return _chip(thing, ids=ids, asker=asker)
        case _:
            return None


def _sensor(thing: Thing, ids: Ids, *, asker: Asker) -> Plugged | None:
    vendor, product = (_hex(thing.attributes.get(name, "")) for name in ("idVendor", "idProduct"))
    known = _by_ids([*ids.usb, *ids.closed], vendor, product=product)
    if known is None:
        return None
    one = Plugged(
        sort=Sorted.CLOSED,
        driver="",
        name=known.name,
        ids=f"{vendor:04x}:{product:04x}",
        socket=thing.name,
        serial=thing.attributes.get("serial", ""),
        node=thing.node,
        tried="",
        note="No driver; its maker's software may drive it, by a vendor helper.",
        permission=asker.look_at(thing.node),
    )
    if isinstance(known, Closed):
        return one
    one = replace(one, sort=Sorted(known.kind), driver=known.driver, tried=known.tried)
    one = replace(one, option=known.option or "", note=known.needs or "")
    rule = rule_for("sensor", vendor=known.vendor, product=known.product)
    return _mended(one, asker, sort="sensor", rule=rule)


def _by_ids(known: Iterable[UsbDriven | Closed], vendor: int, *, product: int) -> UsbDriven | Closed | None:
    return next((one for one in known if (one.vendor, one.product) == (vendor, product)), None)


def _ribbon(thing: Thing, known: Iterable[CsiDriven], *, asker: Asker) -> Plugged | None:
    called = thing.attributes.get("name", "")
    for one in known:
        if thing.name.startswith("v4l-subdev") and called.split(" ")[0].split("_")[0] == one.sensor:
            plugged = Plugged(
                sort=Sorted.CAMERA,
                driver=one.driver,
                name=one.name,
                socket=one.sensor,
                node=thing.node,
                tried=one.tried,
                permission=asker.look_at(thing.node),
            )
            return _mended(plugged, asker, sort="video", rule=rule_for("video"))
    return None


def _camera(thing: Thing, usb: Thing | None, *, ids: Ids, asker: Asker) -> Plugged | None:
    driven = next((one for one in ids.node if one.subsystem == "video4linux"), None)
    if (
        driven is None
        or not _captures(thing)
        or (usb is None and not any(part in thing.path for part in _INVISIBLE_PARENTS))
    ):
        return None
    told = {} if usb is None else usb.attributes
    plugged = Plugged(
        sort=Sorted.CAMERA,
        driver=driven.driver,
        name=thing.attributes.get("name", "") or told.get("product", "") or "video node",
        ids=":".join((told.get("idVendor", ""), told.get("idProduct", ""))) if told else "",
        socket=thing.name if usb is None else usb.name,
        serial=told.get("serial", ""),
        node=thing.node,
        links=thing.links,
        tried=driven.tried,
        permission=asker.look_at(thing.node),
    )
    return _mended(plugged, asker, sort="video", rule=rule_for("video"))


def _captures(thing: Thing) -> bool:
    """Whether it gives pictures: by udevd's word; else a camera's first node does, and the others describe them."""
    if not thing.name.startswith("video"):
        return False
    if thing.capabilities is not None:
        return ":capture:" in thing.capabilities
    return thing.attributes.get("index", "0") == "0"


def _chip(thing: Thing, *, ids: Ids, asker: Asker) -> Plugged | None:
    driven = next((one for one in ids.node if one.subsystem == "gpio"), None)
    if driven is None or not thing.name.startswith("gpiochip"):
        return None
    state = asker.look_at(thing.node)
    chip = asker.lines(thing.node) if state.usable else ChipLines()
    plugged = Plugged(
        sort=Sorted.GPIO,
        driver=driven.driver,
        name=chip.label or Path(thing.node).name,
        socket=Path(thing.node).name,
        node=thing.node,
        tried=driven.tried,
        lines=chip.names,
        permission=state,
    )
    return _mended(plugged, asker, sort="gpio", rule=rule_for("gpio"))


def _mended(one: Plugged, asker: Asker, *, sort: Sort, rule: str) -> Plugged:
    remedy = remedy_for(one.permission, sort=sort, user=asker.user)
    if not remedy:
        return one
    return replace(one, remedy=remedy, rule="" if one.permission.group_may else rule)


def _hex(text: str) -> int:
    try:
        return int(text, 16)
    except ValueError:
        return -1
