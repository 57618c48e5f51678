"""A machine into which a test plugs by hand, and the one who announces it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from agent.config.layers import load_default, merge, read_section
from agent.config.station import StationSection
from agent.devices.machine import Seen
from agent.devices.wanted import Wanted, wanted_devices
from drivers.contract import Fault
from drivers.plugged import Plugged, Sorted
from drivers.transport.node import NodeState
from drivers.transport.udev import Arrivals, Sight

OPEN = NodeState(there=True, usable=True, mode="0660", group="plugdev", group_may=True)
CLOSED = NodeState(there=True, usable=False, mode="0600", group="root", group_may=False)


def wanted(**station: object) -> tuple[Wanted, ...]:
    """What this configuration names."""
    return wanted_devices(read_section(merge(load_default(), {"station": station}), "station", model=StationSection))


def sensor(socket: str = "1-1", *, permission: NodeState = OPEN, driver: str = "futronic", **more: str) -> Plugged:
    return Plugged(
        sort=Sorted.FINGERPRINT,
        driver=driver,
        name="a sensor",
        socket=socket,
        node=f"/dev/bus/usb/001/{socket[-1]}",
        tried="emulator",
        permission=permission,
        **more,  # type: ignore[arg-type]  # texts, all of them
    )


def camera(number: int = 0, *, links: tuple[str, ...] = (), permission: NodeState = OPEN) -> Plugged:
    return Plugged(
        sort=Sorted.CAMERA,
        driver="v4l2",
        name="a camera",
        socket="1-2",
        node=f"/dev/video{number}",
        links=links,
        tried="emulator",
        permission=permission,
    )


def chip(number: int, *lines: str, label: str = "pins", permission: NodeState = OPEN) -> Plugged:
    return Plugged(
        sort=Sorted.GPIO,
        driver="gpio",
        name=label,
        socket=f"gpiochip{number}",
        node=f"/dev/gpiochip{number}",
        tried="emulator",
        lines=lines,
        permission=permission,
    )


class Bench:
    """Both the machine and its announcer."""

    def __init__(self) -> None:
        self.plugged: tuple[Plugged, ...] = ()
        self.blind: Fault | None = None
        self.looks = 0
        self._looked, self._changed = asyncio.Event(), asyncio.Event()

    def look(self) -> Seen:
        self.looks += 1
        self._looked.set()
        if self.blind is not None:
            raise self.blind
        return Seen(self.plugged, "")

    async def plug(self, *plugged: Plugged) -> None:
        """Have this and nothing else plugged in, and wait until somebody has looked."""
        self.plugged = plugged
        await self.announce()

    async def announce(self) -> None:
        self._looked.clear()
        self._changed.set()
        async with asyncio.timeout(10):
            await self._looked.wait()


class Announcer:
    """Announces what happens on a bench."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def look(self) -> Sight:
        raise AssertionError("the machine is looked at")

    @contextmanager
    def following(self) -> Iterator[Arrivals]:
        yield _Told(self._bench._changed)


class _Told:
    announced = True

    def __init__(self, changed: asyncio.Event) -> None:
        self._changed = changed

    async def changed(self, *, within_s: float) -> bool:
        await self._changed.wait()
        self._changed.clear()
        return True
