"""A USB camera behind the kernel's video calls: a device model that answers their bytes, and no driver's code.

What is modelled, after docs.kernel.org/userspace-api/media/v4l and uvcvideo of Linux 6.1: formats are rounded to what
there is; one program holds the buffers (EBUSY); the camera runs freely, so frames begin at their own times, are
stamped with the beginning (monotonic, start of exposure), fill queued buffers while nobody looks, and are dropped where
none is queued; controls outlive an opening; a manual value is refused (EACCES) while its automatic is on; a camera
that is pulled out fails every call with ENODEV and wakes whoever waits. `VideoCamera` is the camera with its automatics
in front of the world's scene, `EmulatedVideo` the kernel with its socket.
"""

import errno
import mmap
import os
import struct
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from drivers.world.scene import Scene

FRAME_NS: Final = 33_333_000

EXPOSURE_AUTO, EXPOSURE = 0x9A0901, 0x9A0902
AUTOGAIN, GAIN = 0x980912, 0x980913
AUTO_WHITE, KELVIN = 0x98090C, 0x98091A
FOCUS_AUTO, FOCUS = 0x9A090C, 0x9A090A
POWER_LINE = 0x980918

_GOVERNED_BY: Final = {EXPOSURE: EXPOSURE_AUTO, GAIN: AUTOGAIN, KELVIN: AUTO_WHITE, FOCUS: FOCUS_AUTO}
NEEDED: Final = {EXPOSURE: 156, GAIN: 40, KELVIN: 4600, FOCUS: 30}
"""Where the automatics settle in this room."""

_PAGE: Final = mmap.PAGESIZE


@dataclass
class Knob:
    """A control."""

    default: int
    value: int
    refuses: bool = False
    disabled: bool = False


def _knobs() -> dict[int, Knob]:
    return {
        EXPOSURE_AUTO: Knob(3, 3),
        EXPOSURE: Knob(157, 20),
        AUTOGAIN: Knob(1, 1),
        GAIN: Knob(0, 10),
        AUTO_WHITE: Knob(1, 1),
        KELVIN: Knob(4000, 3000),
        FOCUS_AUTO: Knob(1, 1),
        FOCUS: Knob(0, 0),
        POWER_LINE: Knob(1, 2),
    }


@dataclass
class VideoCamera:
    """The camera. `troubles` says what is wrong with each of the next frames, as far as they are listed."""

    card: str = "Emulated HD camera"
    serial: str = "E0042"
    sizes: tuple[tuple[int, int], ...] = ((320, 240), (640, 480))
    codes: tuple[str, ...] = ("MJPG", "YUYV")
    padding_bytes: int = 0
    """At the end of each YUYV row."""
    knobs: dict[int, Knob] = field(default_factory=_knobs)
    tells: bool = True
    """Whether what the automatics set can be read back."""
    settles: bool = True
    troubles: deque[str] = field(default_factory=deque)
    shape: tuple[int, int, str] = (640, 480, "MJPG")
    frames: int = 0
    _true: dict[int, int] = field(default_factory=dict)
    _scenes: dict[tuple[int, int], Scene] = field(default_factory=dict)

    def set(self, number: int, value: int) -> int:
        """The error number, 0 when it was done."""
        knob = self.knobs.get(number)
        if knob is None:
            return errno.EINVAL
        automatic = self.knobs.get(_GOVERNED_BY.get(number, 0))
        if knob.refuses or (automatic is not None and automatic.value == automatic.default):
            return errno.EACCES
        knob.value = value
        if number in _GOVERNED_BY:
            self._true[number] = value
        return 0

    def expose(self) -> bytes:
        """The next frame's bytes in the stream's format."""
        self.frames += 1
        self._follow()
        width_px, height_px, code = self.shape
        scene = self._scenes.setdefault(
            (width_px, height_px),
            Scene(width_px=width_px, height_px=height_px, enlargement=height_px / 640, noise_levels=1.5),
        )
        light = self._of(EXPOSURE) / NEEDED[EXPOSURE]
        warm = self._of(KELVIN) / NEEDED[KELVIN]
        pixels = scene.frame(self.frames, channel_ratios=(light * warm, light, light / warm))
        return jpeg(pixels) if code == "MJPG" else self._packed(pixels)

    def _follow(self) -> None:
        for number, automatic in _GOVERNED_BY.items():
            governed, by = self.knobs.get(number), self.knobs.get(automatic)
            if governed is None or by is None or by.value != by.default:
                continue
            now = self._of(number)
            wanted = NEEDED[number] if self.settles or number != EXPOSURE else 40 + 100 * (self.frames % 5)
            self._true[number] = now + round(0.6 * (wanted - now)) if abs(wanted - now) > 2 else wanted
            if self.tells:
                governed.value = self._true[number]

    def _of(self, number: int) -> int:
        knob = self.knobs.get(number)
        return self._true.get(number, NEEDED[number] if knob is None else knob.value)

    def _packed(self, pixels: np.ndarray) -> bytes:
        """BT.601, limited range, two pixels sharing their colour."""
        red, green, blue = (pixels[..., channel].astype(float) for channel in range(3))
        luma = 16 + 0.2568 * red + 0.5041 * green + 0.0979 * blue
        cb = 128 - 0.1482 * red - 0.2910 * green + 0.4392 * blue
        cr = 128 + 0.4392 * red - 0.3678 * green - 0.0714 * blue
        rows = np.zeros((pixels.shape[0], 2 * pixels.shape[1] + self.padding_bytes), np.uint8)
        used = rows[:, : 2 * pixels.shape[1]]
        used[:, 0::2] = luma.round()
        used[:, 1::4], used[:, 3::4] = cb[:, ::2].round(), cr[:, ::2].round()
        return rows.tobytes()


def jpeg(pixels: np.ndarray) -> bytes:
    """As a camera compresses it."""
    done, data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])
    assert done
    return bytes(data)


@dataclass
class _Done:
    index: int
    used_bytes: int
    flags: int
    stamp_ns: int


class EmulatedVideo:
    """The kernel: `syscalls` for a driver, and the clock that its stamps are of."""

    def __init__(self, camera: VideoCamera, folder: Path, *, path: str = "/dev/video0") -> None:
        self.camera, self.path, self._folder = camera, path, folder
        self.plugged, self.denied, self.stalled, self.stamps = True, False, False, True
        self.open_files: set[int] = set()
        self.now_ns = 1_000_000_000
        self._next_fd = 100
        self._holder: int | None = None
        self._streaming = False
        self._memory: list[int] = []
        self.maps: list[mmap.mmap] = []
        """The buffers as the kernel sees them."""
        self._queued: deque[int] = deque()
        self._done: deque[_Done] = deque()
        self._began_ns = 0
        texts = {"serial": camera.serial, "manufacturer": "Emulated Optics", "bcdDevice": "0103"}
        for name, text in texts.items():
            (folder / name).write_text(text + "\n")

    def monotonic_ns(self) -> int:
        """Reading it takes a microsecond."""
        self.now_ns += 1000
        return self.now_ns

    def unplug(self) -> None:
        self.plugged = False

    def replug(self) -> None:
        """A fresh camera of the same kind; files of the old one stay dead."""
        self.plugged, self._holder, self._streaming = True, None, False
        self._queued.clear()
        self._done.clear()

    def pass_ms(self, time_ms: int) -> None:
        """Nobody looks for so long."""
        self.now_ns += time_ms * 1_000_000
        self._catch_up()

    def open(self, path: str) -> int:
        if path != self.path or not self.plugged:
            raise _error(errno.ENOENT)
        if self.denied:
            raise _error(errno.EACCES)
        self._next_fd += 1
        self.open_files.add(self._next_fd)
        return self._next_fd

    def close(self, fd: int) -> None:
        self.open_files.remove(fd)
        if self._holder == fd:
            self._holder, self._streaming = None, False
            self._forget()

    def attribute(self, fd: int, name: str) -> str:
        assert fd in self.open_files
        file = self._folder / name
        return file.read_text() if file.exists() else ""

    def map(self, fd: int, size_bytes: int, *, offset: int) -> mmap.mmap:
        self._check(fd)
        return mmap.mmap(self._memory[offset // _PAGE], size_bytes)

    def wait(self, fd: int, limit_ms: int) -> bool:
        if not self.plugged or not self._streaming:
            return True
        self._catch_up()
        if self._done:
            return True
        ends_ns = self._began_ns + FRAME_NS
        if self.stalled or ends_ns > self.now_ns + limit_ms * 1_000_000:
            self.now_ns += limit_ms * 1_000_000
            return False
        self.now_ns = ends_ns
        self._catch_up()
        return bool(self._done)

    def ioctl(self, fd: int, request: int, *, data: bytearray) -> None:
        self._check(fd)
        assert len(data) == request >> 16 & 0x3FFF, "a request's number has its structure's size in it"
        calls = {
            0x00: self._capability,
            0x05: self._format,
            0x08: self._buffers,
            0x09: self._place,
            0x0F: self._queue,
            0x11: self._dequeue,
            0x12: self._on,
            0x13: self._off,
            0x1B: self._get,
            0x1C: self._set,
            0x24: self._query,
        }
        assert request >> 8 & 0xFF == ord("V")
        if request & 0xFF in {0x05, 0x08, 0x12} and self._holder not in {None, fd}:
            raise _error(errno.EBUSY)
        if request & 0xFF == 0x08:
            self._holder = fd
        calls[request & 0xFF](data)

    def _check(self, fd: int) -> None:
        assert fd in self.open_files
        if not self.plugged:
            raise _error(errno.ENODEV)

    def _catch_up(self) -> None:
        while self._streaming and not self.stalled and self._began_ns + FRAME_NS <= self.now_ns:
            began_ns, self._began_ns = self._began_ns, self._began_ns + FRAME_NS
            if self._queued:
                self._fill(began_ns)

    def _fill(self, began_ns: int) -> None:
        index = self._queued.popleft()
        data, flags = self.camera.expose(), 0x2000 | 0x10000 if self.stamps else 0
        trouble = self.camera.troubles.popleft() if self.camera.troubles else ""
        if trouble == "short":
            data = data[: len(data) * 2 // 3]
        elif trouble == "packet lost":
            data = data[: len(data) // 2] + data[len(data) // 2 + 700 :]
        elif trouble == "empty":
            data = b""
        elif trouble == "flagged":
            flags |= 0x40
        elif trouble == "other size":
            data = jpeg(np.zeros((120, 160, 3), np.uint8))
        one = self.maps[index]
        if len(data) <= len(one):
            one[: len(data)] = data
        self._done.append(_Done(index, len(data), flags, began_ns))

    def _capability(self, data: bytearray) -> None:
        whole, node = 0x84A00001, 0x04200001
        names = (b"uvcvideo", self.camera.card.encode(), b"usb-0000:00:14.0-4")
        struct.pack_into("<16s32s32sIII", data, 0, *names, 0x060100, whole, node)

    def _format(self, data: bytearray) -> None:
        width_px, height_px, number = struct.unpack_from("<III", data, 8)
        code = number.to_bytes(4, "little").decode()
        code = code if code in self.camera.codes else self.camera.codes[0]
        size = min(self.camera.sizes, key=lambda one: abs(one[0] - width_px) + abs(one[1] - height_px))
        self.camera.shape = (*size, code)
        row_bytes = 0 if code == "MJPG" else 2 * size[0] + self.camera.padding_bytes
        number = int.from_bytes(code.encode(), "little")
        frame_bytes = row_bytes * size[1] or 2 * size[0] * size[1]
        struct.pack_into("<IIIIII", data, 8, *size, number, 1, row_bytes, frame_bytes)

    def _buffers(self, data: bytearray) -> None:
        (count,) = struct.unpack_from("<I", data)
        width_px, height_px, _ = self.camera.shape
        size_bytes = -(-(2 * width_px + self.camera.padding_bytes) * height_px // _PAGE) * _PAGE
        self._forget()
        self._memory = [os.memfd_create("frame") for _ in range(count)]
        for one in self._memory:
            os.truncate(one, size_bytes)
        self.maps = [mmap.mmap(one, size_bytes) for one in self._memory]
        self._queued.clear()
        self._done.clear()

    def _forget(self) -> None:
        for one in self._memory:
            os.close(one)
        self._memory.clear()

    def _place(self, data: bytearray) -> None:
        (index,) = struct.unpack_from("<I", data)
        struct.pack_into("<I", data, 64, index * _PAGE)
        struct.pack_into("<I", data, 72, len(self.maps[index]))

    def _queue(self, data: bytearray) -> None:
        (index,) = struct.unpack_from("<I", data)
        assert index not in self._queued, "a buffer is queued once"
        self._queued.append(index)

    def _dequeue(self, data: bytearray) -> None:
        if not self._streaming:
            raise _error(errno.EINVAL)
        if not self._done:
            raise _error(errno.EAGAIN)
        done = self._done.popleft()
        struct.pack_into("<I", data, 0, done.index)
        struct.pack_into("<II", data, 8, done.used_bytes, done.flags)
        struct.pack_into("<qq", data, 24, *divmod(done.stamp_ns // 1000, 1_000_000))

    def _on(self, data: bytearray) -> None:
        self._streaming, self._began_ns = True, self.now_ns

    def _off(self, data: bytearray) -> None:
        self._streaming = False
        self._queued.clear()
        self._done.clear()

    def _get(self, data: bytearray) -> None:
        (number,) = struct.unpack_from("<I", data)
        if number not in self.camera.knobs:
            raise _error(errno.EINVAL)
        struct.pack_into("<i", data, 4, self.camera.knobs[number].value)

    def _set(self, data: bytearray) -> None:
        number, value = struct.unpack_from("<Ii", data)
        if (wrong := self.camera.set(number, value)) != 0:
            raise _error(wrong)

    def _query(self, data: bytearray) -> None:
        (number,) = struct.unpack_from("<I", data)
        knob = self.camera.knobs.get(number)
        if knob is None:
            raise _error(errno.EINVAL)
        struct.pack_into("<iiiiI", data, 40, 0, 65_535, 1, knob.default, int(knob.disabled))


def _error(number: int) -> OSError:
    return OSError(number, os.strerror(number))
