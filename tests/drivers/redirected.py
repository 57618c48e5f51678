"""The guest's side of the virtual machine: sensors that the host plugs in and out, as this kernel sees them.

`tests.emulators.redirecting` is the other side. Events are the kernel's own and those that udev sends on, over netlink.
"""

import json
import os
import select
import socket
import struct
import time
from pathlib import Path
from typing import Any, NamedTuple

import usb.core

PORT = Path("/dev/virtio-ports/smilius.desk")
MISSING = "needs sensors that a host plugs in over usbredir: runs in the virtual machine, `make vm-test`"

IDS = {"futronic": (0x1491, 0x0020), "uareu": (0x05BA, 0x000A)}

_NETLINK_KOBJECT_UEVENT = 15
_FROM_KERNEL, _FROM_UDEV = 1, 2
_LIMIT_S = 60.0
_LOOK_AGAIN_S = 0.02


class UsbEvent(NamedTuple):
    """A USB device came or went."""

    action: str
    from_udev: bool
    product: str
    read_ns: int
    """When it was read here, by the monotonic clock."""


class UsbEvents:
    """The machine's events of whole USB devices, from now on."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_KOBJECT_UEVENT)
        self._socket.bind((0, _FROM_KERNEL | _FROM_UDEV))

    def close(self) -> None:
        self._socket.close()

    def pause(self) -> None:
        """Until something happens, or a moment has passed."""
        select.select([self._socket], [], [], _LOOK_AGAIN_S)

    def wait(self, action: str, *, ids: tuple[int, int], from_udev: bool) -> UsbEvent:
        """The next such event. :raises: TimeoutError."""
        product, until_s = "{:x}/{:x}/".format(*ids), time.monotonic() + _LIMIT_S
        while select.select([self._socket], [], [], max(0.0, until_s - time.monotonic()))[0]:
            event = _read(self._socket.recv(1 << 16))
            if event and event[:2] == (action, from_udev) and event.product.startswith(product):
                return event
        raise TimeoutError(f"no {action} of {product} within {_LIMIT_S:.0f} s")


def _read(data: bytes) -> UsbEvent | None:
    from_udev = data.startswith(b"libudev\0")
    if from_udev:
        # magic and the head's own size come before; Source: systemd, src/libsystemd/sd-device/device-monitor.c
        start, size_bytes = struct.unpack_from("=II", data, 16)
        data = data[start : start + size_bytes]
    said = dict(line.split("=", 1) for line in data.decode(errors="replace").split("\0") if "=" in line)
    if said.get("DEVTYPE") != "usb_device":
        return None
    return UsbEvent(said["ACTION"], from_udev, said.get("PRODUCT", ""), time.monotonic_ns())


class Sockets:
    """Where the host plugs its sensors in."""

    def __init__(self) -> None:
        self._port = os.open(PORT, os.O_RDWR)
        self._events = UsbEvents()
        self._plugged: set[str] = set()

    def close(self) -> None:
        """Everything is unplugged."""
        for sensor in list(self._plugged):
            self.unplug(sensor)
        self._events.close()
        os.close(self._port)

    def plug(self, sensor: str, **script: object) -> int:
        """Plug it in, and wait until libusb sees it. The result is when the kernel had it, by the monotonic clock.

        :param script: `faults` by the frame's number, and how many frames pass before a finger has landed.
        """
        self._write({"do": "plug", "sensor": sensor, **script})
        added = self._events.wait("add", ids=IDS[sensor], from_udev=False)
        self._read()
        self._plugged.add(sensor)
        self._events.wait("add", ids=IDS[sensor], from_udev=True)
        # libusb is told by udev too, in a thread of its own
        while not _listed(sensor):
            self._events.pause()
        return added.read_ns

    def unplug(self, sensor: str) -> None:
        """Pull the plug, and wait until it is out."""
        self._order({"do": "unplug", "sensor": sensor})
        self.gone(sensor)

    def gone(self, sensor: str) -> None:
        """Wait until the kernel and libusb have seen that it was pulled."""
        self._plugged.remove(sensor)
        self._events.wait("remove", ids=IDS[sensor], from_udev=True)
        while _listed(sensor):
            self._events.pause()

    def digests(self, sensor: str) -> list[str]:
        """SHA-256 of each picture that was exposed since this was last asked, upright."""
        return list(self._order({"do": "digests", "sensor": sensor})["digests"])

    def _order(self, order: dict[str, object]) -> dict[str, Any]:
        self._write(order)
        return self._read()

    def _write(self, order: dict[str, object]) -> None:
        os.write(self._port, json.dumps(order).encode() + b"\n")

    def _read(self) -> dict[str, Any]:
        line = b""
        while not line.endswith(b"\n"):
            line += os.read(self._port, 1 << 16)
        answer: dict[str, Any] = json.loads(line)
        assert "refused" not in answer, answer
        return answer


def _listed(sensor: str) -> bool:
    vendor, product = IDS[sensor]
    return usb.core.find(idVendor=vendor, idProduct=product) is not None


def open_handles() -> int:
    """How many files of USB devices are open in the whole system; root sees them all."""
    count = 0
    for folder in Path("/proc").glob("[0-9]*/fd"):
        try:
            files = [os.readlink(folder / name) for name in os.listdir(folder)]
        except OSError:
            # it has ended meanwhile
            continue
        count += sum(file.startswith("/dev/bus/usb/") for file in files)
    return count
