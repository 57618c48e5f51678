"""Any device model behind the system's own libusb: what the kernel's usbfs would answer, answered by umockdev.

    umockdev-wrapper /usr/bin/python3 -m tests.emulators.umockdev_host PICTURES [options] -- COMMAND...

Runs the command so that it sees one sensor, and prints one line of JSON when it has ended: what it printed, how it
ended, which pictures were exposed, and when the device was plugged in again. It needs Debian's own interpreter, for
GObject introspection, and nothing else of ours than the device model. Unplugged by its script, the device is
plugged in again after a while, healthy.

umockdev's device node always polls as ready, so libusb spins while it waits: figures of processor time mean nothing.

Source: facts/fingerprint-sensors.md section 16.A; linux/usbdevice_fs.h.
"""

import argparse
import errno
import hashlib
import json
import os
import struct
import subprocess
import sys
import tempfile
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gi

gi.require_version("UMockdev", "1.0")
from gi.repository import GLib, UMockdev  # noqa: E402

from tests.emulators import futronic, uareu  # noqa: E402
from tests.emulators.futronic import Futronic  # noqa: E402
from tests.emulators.plate import HEIGHT_PX, WIDTH_PX, Pictures, Plate  # noqa: E402
from tests.emulators.uareu import Uareu  # noqa: E402
from tests.emulators.usb import Babble, Refused, Setup, Stall, Unplugged  # noqa: E402

_GET_DRIVER = 8
_SUBMITURB, _DISCARDURB, _REAPURB, _REAPURBNDELAY = 10, 11, 12, 13
_CLAIM, _RELEASE, _RESET, _CLEAR_HALT, _CAPABILITIES, _SPEED = 15, 16, 20, 21, 26, 31
_SILENT = {4, 5, _CLAIM, _RELEASE}
"""And setting the interface or the configuration: nothing but success is said."""
_URB_BYTES = 56
_SHORT_NOT_OK, _CONTINUATION = 0x01, 0x04
_MBIT_S = {2: "12", 3: "480"}
"""By the number that usbfs has for a speed."""
_PORT = "1-1"


@dataclass
class _Urb:
    """One transfer that the host waits for."""

    data: Any
    kind: int
    endpoint: int
    flags: int
    size_bytes: int
    buffer: Any
    got: bytes = b""
    given: bool = False
    status: int | None = None

    @property
    def address(self) -> int:
        return int(self.data.client_addr)


class _Desk:
    """A testbed with one socket. Only the main loop calls it."""

    def __init__(self, models: "list[Futronic] | list[Uareu]", *, capabilities: int, absent_s: float) -> None:
        self._models, self._capabilities, self._absent_s = models, capabilities, absent_s
        self._testbed = UMockdev.Testbed.new()
        self._waiting: list[_Urb] = []
        self._done: deque[_Urb] = deque()
        self._number = 1
        self._gone = False
        self.plugged_ns: list[int] = []
        self.digests: list[str] = []
        self.ioctls: dict[int, int] = {}
        self._handlers: list[Any] = []
        self._plug()

    @property
    def environment(self) -> dict[str, str]:
        """Lets a child see the testbed: the library sets it behind Python's back."""
        return {**os.environ, "UMOCKDEV_DIR": str(self._testbed.get_root_dir())}

    @property
    def _model(self) -> Futronic | Uareu:
        return self._models[0]

    @property
    def _speed(self) -> int:
        return 2 if isinstance(self._model, Uareu) else 3

    def _plug(self) -> bool:
        self._gone = False
        self._number += 1
        shape = self._model.shape
        node = f"/dev/bus/usb/001/{self._number:03}"
        descriptors = shape.device + shape.configuration
        vendor, product, release = struct.unpack_from("<HHH", shape.device, 8)
        attributes = [
            "busnum",
            "1",
            "devnum",
            str(self._number),
            "speed",
            _MBIT_S[self._speed],
            "bConfigurationValue",
            "1",
        ]
        attributes += ["idVendor", f"{vendor:04x}", "idProduct", f"{product:04x}", "bcdDevice", f"{release:04x}"]
        properties = ["DEVNAME", node, "DEVTYPE", "usb_device", "BUSNUM", "001", "DEVNUM", f"{self._number:03}"]
        path = self._testbed.add_device("usb", _PORT, None, attributes, properties)
        self._testbed.set_attribute_binary(path, "descriptors", descriptors)
        inside = Path(self._testbed.get_root_dir() + node)
        inside.parent.mkdir(parents=True, exist_ok=True)
        inside.write_bytes(descriptors)
        handler = UMockdev.IoctlBase.new()
        handler.connect("handle-ioctl", self._ioctl, self._number)
        self._testbed.attach_ioctl(node, handler)
        self._handlers.append(handler)
        self._path = path
        self._testbed.uevent(path, "add")
        self.plugged_ns.append(time.monotonic_ns())
        return False

    def _unplug(self) -> None:
        self._gone = True
        # they can be reaped after a disconnect, as the capabilities say
        for urb in list(self._waiting):
            self._end(urb, -errno.ESHUTDOWN)
        # the testbed waits for the request in which this happened, so it must end first
        GLib.idle_add(self._vanish)

    def _vanish(self) -> bool:
        self._testbed.uevent(self._path, "remove")
        self._testbed.remove_device(self._path)
        del self._models[0]
        GLib.timeout_add(int(1000 * self._absent_s), self._plug)
        return False

    def _ioctl(self, handler: Any, client: Any, number: int) -> bool:
        code = client.get_request() & 0xFF
        self.ioctls[code] = self.ioctls.get(code, 0) + 1
        if number != self._number or (self._gone and code not in {_REAPURB, _REAPURBNDELAY}):
            client.complete(-1, errno.ENODEV)
            return True
        arg = client.get_arg()
        if code == _CAPABILITIES:
            arg.resolve(0, 4).update(0, struct.pack("<I", self._capabilities))
            client.complete(0, 0)
        elif code == _SPEED:
            client.complete(self._speed, 0)
        elif code == _GET_DRIVER:
            client.complete(-1, errno.ENODATA)
        elif code in _SILENT:
            client.complete(0, 0)
        elif code == _CLEAR_HALT:
            self._model.clear_halt(_unsigned(arg.resolve(0, 4)))
            client.complete(0, 0)
        elif code == _RESET:
            self._reset(client)
        else:
            self._transfer(code, client, arg)
        return True

    def _reset(self, client: Any) -> None:
        try:
            self._model.reset()
        except Refused:
            client.complete(-1, errno.EIO)
            return
        client.complete(0, 0)

    def _transfer(self, code: int, client: Any, arg: Any) -> None:
        if code == _SUBMITURB:
            self._waiting.append(_read_urb(arg.resolve(0, _URB_BYTES)))
            self._serve()
            client.complete(0, 0)
        elif code in {_REAPURB, _REAPURBNDELAY}:
            self._reap(client, arg)
        elif code == _DISCARDURB:
            self._discard(client, arg)
        else:
            client.complete(-1, errno.ENOTTY)

    def _discard(self, client: Any, arg: Any) -> None:
        address = int(arg.resolve(0, _URB_BYTES).client_addr)
        for urb in [urb for urb in self._waiting if urb.address == address]:
            self._end(urb, -errno.ENOENT)
            client.complete(0, 0)
            return
        client.complete(-1, errno.EINVAL)

    def _reap(self, client: Any, arg: Any) -> None:
        self._serve()
        if not self._done:
            client.complete(-1, errno.ENODEV if self._gone else errno.EAGAIN)
            return
        urb = self._done.popleft()
        at = 8 if urb.kind == 2 else 0
        if urb.got:
            urb.buffer.update(at, urb.got)
        urb.data.update(4, struct.pack("<i", urb.status))
        urb.data.update(28, struct.pack("<i", len(urb.got) if not urb.given else urb.size_bytes - at))
        arg.resolve(0, 8).set_ptr(0, urb.data)
        client.complete(0, 0)

    def _serve(self) -> None:
        """Give the model what waits, endpoint by endpoint in order, and take what it has by now."""
        held: set[int] = set()
        for urb in list(self._waiting):
            if urb.endpoint in held:
                continue
            held.add(urb.endpoint)
            try:
                status = self._served(urb)
            except Stall:
                status = -errno.EPIPE
            except Babble:
                status = -errno.EOVERFLOW
            except Unplugged:
                self._unplug()
                return
            if status is not None:
                held.discard(urb.endpoint)
                self._end(urb, status)

    def _served(self, urb: _Urb) -> int | None:
        now_s = time.monotonic()
        if urb.kind == 2:
            setup = Setup(*struct.unpack("<BBHHH", _bytes(urb.buffer)[:8]))
            urb.got = self._model.control(setup, _bytes(urb.buffer)[8:], now_s=now_s)
            urb.given = not setup.request_type & 0x80
            self._remember()
            return 0
        if not urb.endpoint & 0x80:
            urb.given = self._model.out(urb.endpoint, _bytes(urb.buffer), now_s=now_s)
            self._remember()
            return 0 if urb.given else None
        data, ended = self._model.take(urb.endpoint, urb.size_bytes - len(urb.got), now_s=now_s)
        urb.got += data
        if ended and urb.flags & _SHORT_NOT_OK and len(urb.got) < urb.size_bytes:
            return -errno.EREMOTEIO
        return 0 if ended or len(urb.got) == urb.size_bytes else None

    def _end(self, urb: _Urb, status: int) -> None:
        urb.status = status
        self._waiting.remove(urb)
        self._done.append(urb)
        if status == -errno.EREMOTEIO:
            # a short packet ends a transfer that was cut into several URBs
            for other in [other for other in self._waiting if _continues(other, urb)]:
                self._end(other, -errno.ECONNRESET)

    def _remember(self) -> None:
        """The digest of each picture, as the driver should give it: upright."""
        exposures = self._model.exposures
        while exposures:
            _, data = exposures.popleft()
            if isinstance(self._model, Futronic):
                # as it went over the wire
                rows = [data[at : at + WIDTH_PX] for at in range(0, WIDTH_PX * HEIGHT_PX, WIDTH_PX)]
                data = b"".join(reversed(rows))
            self.digests.append(hashlib.sha256(data).hexdigest())


def _continues(other: _Urb, urb: _Urb) -> bool:
    return other.endpoint == urb.endpoint and bool(other.flags & _CONTINUATION)


def _bytes(data: Any) -> bytes:
    return bytes(data.retrieve())


def _unsigned(data: Any) -> int:
    return int.from_bytes(_bytes(data)[:4], "little")


def _read_urb(data: Any) -> _Urb:
    head = _bytes(data)
    flags, size_bytes = struct.unpack_from("<I", head, 8)[0], struct.unpack_from("<i", head, 24)[0]
    return _Urb(data, head[0], head[1], flags, size_bytes, data.resolve(16, size_bytes))


def _fields(text: str) -> dict[str, Any]:
    """Of a script; JSON has lists for what is tuples there."""
    return {name: _frozen(value) for name, value in json.loads(text).items()}


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("pictures", type=Path, help="half bare, half pressed, one after the other")
    parser.add_argument("--sensor", choices=("futronic", "uareu", "microsoft"), default="futronic", help="which it is")
    parser.add_argument("--capabilities", type=lambda text: int(text, 16), default=0x1D, help="of usbfs, as hex")
    parser.add_argument("--fault", action="append", default=[], help="FRAME:KIND:COUNT")
    parser.add_argument("--script", type=_fields, default={}, help="what else goes wrong: fields of Script, as JSON")
    parser.add_argument("--touches", default="", help="whether a finger is there at the first exposures: 0101")
    parser.add_argument("--absent-s", type=float, default=0.2, help="how long an unplugged device stays away")
    parser.add_argument("--frame-s", type=float, default=0.1, help="how long a frame takes")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    return parser.parse_args()


def _futronics(said: argparse.Namespace, faults: dict[int, tuple[str, int]]) -> list[Futronic]:
    pictures = Pictures.unpacked(said.pictures.read_bytes())
    frames = {frame: futronic.Fault(futronic.Wrong(wrong), count) for frame, (wrong, count) in faults.items()}
    script = futronic.Script(**said.script, frames=frames)
    first, again = Plate(pictures, touches=[touch == "1" for touch in said.touches]), Plate(pictures)
    # so that no picture of the second plugging-in is one of the first
    again.exposures = 10_000
    return [
        Futronic(first, script, frame_s=said.frame_s),
        Futronic(again, futronic.NOTHING_WRONG, frame_s=said.frame_s),
    ]


def _uareus(said: argparse.Namespace, faults: dict[int, tuple[str, int]]) -> list[Uareu]:
    size_bytes = uareu.WIDTH_PX * uareu.HEIGHT_PX
    pictures = Pictures.unpacked(said.pictures.read_bytes(), picture_bytes=size_bytes)
    frames = {frame: uareu.Fault(uareu.Wrong(wrong), count) for frame, (wrong, count) in faults.items()}
    script = uareu.Script(**said.script, frames=frames)
    shape = uareu.MICROSOFT_V2 if said.sensor == "microsoft" else uareu.UAREU_4500
    return [Uareu(pictures, script, shape), Uareu(pictures, shape=shape, first=10_000)]


def _models(said: argparse.Namespace) -> "list[Futronic] | list[Uareu]":
    faults = {}
    for text in said.fault:
        frame, wrong, count = text.split(":")
        faults[int(frame)] = (wrong, int(count))
    return _futronics(said, faults) if said.sensor == "futronic" else _uareus(said, faults)


def main() -> int:
    """Serve the command until it ends."""
    said = _arguments()
    desk = _Desk(_models(said), capabilities=said.capabilities, absent_s=said.absent_s)
    loop = GLib.MainLoop()
    with tempfile.TemporaryFile() as printed:
        client = subprocess.Popen([word for word in said.command if word != "--"], stdout=printed, env=desk.environment)
        ended: list[int] = []

        def over(_: int, status: int) -> None:
            ended.append(os.waitstatus_to_exitcode(status))
            loop.quit()

        GLib.child_watch_add(GLib.PRIORITY_DEFAULT, client.pid, over)
        loop.run()
        client.returncode = ended[0]
        printed.seek(0)
        text = printed.read().decode()
    report = {
        "code": ended[0],
        "printed": text,
        "digests": desk.digests,
        "plugged_ns": desk.plugged_ns,
        "ioctls": desk.ioctls,
    }
    sys.stdout.write(json.dumps(report) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
