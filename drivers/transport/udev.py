"""What is plugged into this machine, and a word when that changes, by pyudev: the one place where its errors are ours.

`LibUdev` reads sysfs and, where udevd runs, what udevd knows beyond it (links, which video nodes capture). Where it
does not, as in most containers, the kernel's own announcements stand in for udevd's; where even those cannot be had,
whoever waits is woken by the clock and looks again. What a device says of itself is cut to a length and made printable.

Source: libudev(3), sd-device(3); docs.kernel.org/ABI/testing (sysfs-bus-usb, sysfs-class-video4linux); pyudev 0.24.
"""

import asyncio
import contextlib
import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final, Protocol

import pyudev

from drivers.contract import DeniedFault, Fault, ProtocolFault

SUBSYSTEMS: Final = ("usb", "video4linux", "gpio")
THINGS_MAX: Final = 256
"""Of one subsystem; a machine with more is no enrolment station."""
TEXT_MAX: Final = 100
"""Characters of what a device says of itself."""
UDEVD: Final = Path("/run/udev/control")
"""Is there while udevd runs."""
GATHER_S: Final = 0.05
"""One plug announces itself several times, and is looked at once."""
DRAIN_MAX: Final = 1_000

_ATTRIBUTES: Final = ("idVendor", "idProduct", "manufacturer", "product", "serial", "bcdDevice", "name", "index")


@dataclass(frozen=True, slots=True)
class Thing:
    """One entry of sysfs."""

    subsystem: str
    """Such as `usb`."""
    path: str
    """The folder in sysfs."""
    name: str
    """As the kernel calls it: a USB socket such as `1-1.4`, or `video0`."""
    node: str
    """Its file in `/dev`; empty where it has none."""
    links: tuple[str, ...]
    """Other names of the node, which udevd makes."""
    attributes: Mapping[str, str]
    """What it says of itself; only what it does say."""
    usb: str
    """Folder of the USB device that it is part of, or is; empty where there is none."""
    capabilities: str | None
    """Of a video node, such as `:capture:`; None where udevd has not said."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What is there now."""

    things: tuple[Thing, ...]
    """In the order of their folders."""
    unseen: str
    """What cannot be seen on this machine, as a sentence; empty where everything can."""


class Arrivals(Protocol):
    """Tells that something came, went or changed."""

    @property
    def announced(self) -> bool:
        """Whether anybody tells; else only the clock wakes."""
        ...

    async def changed(self, *, within_s: float) -> bool:
        """Wait until something has changed, or until the time is over: then False."""
        ...


class Udev(Protocol):
    """Where devices are plugged in."""

    def look(self) -> Sight:
        """What is there now. :raises: DeniedFault, ProtocolFault."""
        ...

    def following(self) -> AbstractContextManager[Arrivals]:
        """Changes from here on. :raises: DeniedFault."""
        ...


class LibUdev:
    """The machine's own."""

    def __init__(self) -> None:
        self._made: Any = None

    def look(self) -> Sight:
        """Every USB device, video node and GPIO chip."""
        context = self._context
        with _ours():
            things = [
                thing
                for subsystem in SUBSYSTEMS
                for device in islice(context.list_devices(subsystem=subsystem), THINGS_MAX)
                if (thing := _thing(device)) is not None
            ]
        things.sort(key=lambda thing: thing.path)
        return Sight(tuple(things), "" if UDEVD.exists() else _without_udevd())

    @contextlib.contextmanager
    def following(self) -> Iterator[Arrivals]:
        """What udevd announces, which it does when a node's permissions are set; without udevd what the kernel does."""
        arrivals = _Announced(_monitor(self._context))
        try:
            yield arrivals
        finally:
            arrivals.close()

    @property
    def _context(self) -> Any:
        """Made once: to find the library, the linker's cache is read by another program."""
        if self._made is None:
            try:
                self._made = pyudev.Context()
            except ImportError:
                raise DeniedFault("The system's device library is missing: install libudev1.") from None
        return self._made


class _Announced:
    """A monitor's socket in the running loop."""

    def __init__(self, monitor: Any) -> None:
        self._monitor = monitor
        self._came = asyncio.Event()
        if monitor is not None:
            asyncio.get_running_loop().add_reader(monitor.fileno(), self._came.set)

    @property
    def announced(self) -> bool:
        return self._monitor is not None

    async def changed(self, *, within_s: float) -> bool:
        try:
            async with asyncio.timeout(within_s):
                await self._came.wait()
        except TimeoutError:
            return False
        await asyncio.sleep(GATHER_S)
        self._drain()
        self._came.clear()
        return True

    def close(self) -> None:
        if self._monitor is not None:
            asyncio.get_running_loop().remove_reader(self._monitor.fileno())
            self._monitor = None

    def _drain(self) -> None:
        # too many at once are lost (ENOBUFS), which is a change like any other: what is there is looked at anyway
        with contextlib.suppress(OSError):
            for _ in range(DRAIN_MAX):
                if self._monitor.poll(0) is None:
                    return


def printable(raw: bytes) -> str:
    """A device's text as it may be shown: one line, no control characters, not longer than `TEXT_MAX`."""
    text = raw[: 4 * TEXT_MAX].decode("utf-8", errors="replace")
    return "".join(letter for letter in text if letter.isprintable()).strip()[:TEXT_MAX]


def _monitor(context: Any) -> Any:
    source = "udev" if UDEVD.exists() else "kernel"
    # a sandbox may forbid the socket; then there is nothing to wait for but the clock
    with contextlib.suppress(OSError):
        monitor = pyudev.Monitor.from_netlink(context, source=source)
        for subsystem in SUBSYSTEMS:
            monitor.filter_by(subsystem)
        monitor.start()
        return monitor
    return None


def _thing(device: Any) -> Thing | None:
    """None of what has no file, or went away while it was looked at."""
    node = device.device_node or ""
    if not node:
        return None
    usb = device if device.device_type == "usb_device" else device.find_parent("usb", "usb_device")
    return Thing(
        subsystem=device.subsystem or "",
        path=device.sys_path,
        name=device.sys_name,
        node=node,
        links=tuple(sorted(islice(device.device_links, THINGS_MAX))) or _links(node),
        attributes=_attributes(device),
        usb="" if usb is None else usb.sys_path,
        capabilities=device.properties.get("ID_V4L_CAPABILITIES"),
    )


def _attributes(device: Any) -> dict[str, str]:
    told: dict[str, str] = {}
    for name in _ATTRIBUTES:
        raw = device.attributes.get(name)
        if raw is not None and (text := printable(raw)):
            told[name] = text
    return told


def _links(node: str) -> tuple[str, ...]:
    """Links that somebody has made although udevd does not know of them."""
    if not node.startswith("/dev/video"):
        return ()
    links = islice(Path("/dev/v4l").glob("by-*/*"), THINGS_MAX)
    return tuple(sorted(str(link) for link in links if _target(link) == node))


def _target(link: Path) -> str:
    try:
        return os.path.normpath(link.parent / link.readlink())
    except OSError:
        return ""


def _without_udevd() -> str:
    return (
        "udevd does not run here: permissions are not set when something is plugged in, links under /dev/v4l are not "
        "made, and which nodes of a camera give pictures is read from their order alone."
    )


@contextlib.contextmanager
def _ours() -> Iterator[None]:
    """Foreign errors become faults; what vanishes while it is read is no error of pyudev's own."""
    try:
        yield
    except Fault:
        raise
    except (OSError, LookupError, ValueError):
        raise ProtocolFault("The system does not tell what is plugged in.") from None
