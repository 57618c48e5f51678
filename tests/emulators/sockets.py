"""What can be plugged into `umockdev_plug`'s sockets, and the one who plugs."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.emulators.umockdev import INTERPRETER
from tests.house.source import ROOT

LIMIT_S = 60.0


@dataclass(frozen=True)
class Plug:
    """One device, as the kernel shows it."""

    path: str
    """Its folder below `/sys`."""
    text: str
    """As umockdev reads it."""
    nodes: dict[str, str] = field(default_factory=dict)
    """Its files, with their modes."""


def usb(port: str, ids: str, *, mode: str = "0664", number: int = 2, **told: str) -> Plug:
    """A USB device. :param ids: as in `lsusb`. :param told: what it says of itself, as its attributes in sysfs."""
    vendor, product = ids.split(":")
    node = f"bus/usb/001/{number:03}"
    path = f"/devices/pci0000:00/usb1/{port}"
    lines = [f"P: {path}", f"N: {node}", "E: SUBSYSTEM=usb", "E: DEVTYPE=usb_device", f"E: DEVNAME=/dev/{node}"]
    attributes = {"idVendor": vendor, "idProduct": product, **told}
    return Plug(path, _text(lines, attributes), {f"/dev/{node}": mode})


def camera(number: int, *, name: str, under: Plug | None = None, mode: str = "0660", **more: str) -> Plug:
    """A video node of a USB device, or of no hardware. :param more: properties that udevd would have found out."""
    parent = f"{under.path}/{under.path.rpartition('/')[2]}:1.0" if under else "/devices/virtual"
    path = f"{parent}/video4linux/video{number}"
    index = more.pop("index", "0")
    lines = [f"P: {path}", f"N: video{number}", "E: SUBSYSTEM=video4linux", f"E: DEVNAME=/dev/video{number}"]
    lines += [f"E: {key}={value}" for key, value in more.items()]
    return Plug(path, _text(lines, {"name": name, "index": index}), {f"/dev/video{number}": mode})


def ribbon(number: int, *, sensor: str, mode: str = "0660") -> Plug:
    """The sensor of a camera on a Raspberry Pi's ribbon."""
    path = f"/devices/platform/soc/fe801000.csi/video4linux/v4l-subdev{number}"
    node = f"v4l-subdev{number}"
    lines = [f"P: {path}", f"N: {node}", "E: SUBSYSTEM=video4linux", f"E: DEVNAME=/dev/{node}"]
    return Plug(path, _text(lines, {"name": f"{sensor} 10-001a"}), {f"/dev/{node}": mode})


def chip(number: int, *, mode: str = "0660") -> Plug:
    """A GPIO chip, whose lines nobody can ask for."""
    path, node = f"/devices/platform/gpio/gpiochip{number}", f"gpiochip{number}"
    lines = [f"P: {path}", f"N: {node}", "E: SUBSYSTEM=gpio", f"E: DEVNAME=/dev/{node}"]
    # udev gives only what has a device number to a group
    lines += ["E: MAJOR=254", f"E: MINOR={number}"]
    return Plug(path, _text(lines, {}), {f"/dev/{node}": mode})


def _text(lines: list[str], attributes: dict[str, str]) -> str:
    return "\n".join([*lines, *(f"A: {key}={value}" for key, value in attributes.items()), "", ""])


class Sockets:
    """The hand that plugs, and the ear for what the program says."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def add(self, *plugs: Plug) -> None:
        for plug in plugs:
            await self._say({"add": plug.text, "modes": plug.nodes})

    async def remove(self, plug: Plug) -> None:
        await self._say({"remove": plug.path, "nodes": list(plug.nodes)})

    async def permit(self, plug: Plug, mode: str) -> None:
        for node in plug.nodes:
            await self._say({"mode": node, "to": mode})

    async def link(self, link: str, *, to: str) -> None:
        await self._say({"link": link, "to": to})

    async def run(self, *command: str) -> None:
        await self._say({"run": list(command)})

    async def line(self) -> str:
        """The next line that the program says."""
        assert self._process.stdout is not None
        async with asyncio.timeout(LIMIT_S):
            line = await self._process.stdout.readline()
        assert line, "the program has ended"
        return line.decode().rstrip("\n")

    async def object(self) -> dict[str, Any]:
        """The same of JSON."""
        said = json.loads(await self.line())
        assert isinstance(said, dict)
        return said

    async def rest(self) -> tuple[int, str]:
        """What it says until it ends by itself, and its code."""
        assert self._process.stdout is not None
        async with asyncio.timeout(LIMIT_S):
            said = await self._process.stdout.read()
            return await self._process.wait(), said.decode()

    async def stop(self) -> tuple[int, str]:
        """Tell the program to end: what it says then, and its code."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        return await self.rest()

    async def _say(self, command: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        await self._process.stdin.drain()


@asynccontextmanager
async def sockets() -> AsyncIterator[Sockets]:
    """Empty ones; the program that runs on them ends with them."""
    process = await asyncio.create_subprocess_exec(
        *("umockdev-wrapper", INTERPRETER, "-m", "tests.emulators.umockdev_plug"),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 20,
    )
    hand = Sockets(process)
    try:
        yield hand
    finally:
        if process.returncode is None:
            await hand.stop()
