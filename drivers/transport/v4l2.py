"""Video nodes of this machine: format, controls and frames, and the one place where the kernel's errors become ours.

A `VideoNode` speaks to the kernel through `Syscalls`, six calls that a test can answer for. All of it blocks; a
driver calls it in `in_thread`, from one thread at a time.

OpenCV's own capture is not used: it gives no error numbers, waits ten seconds where it waits at all, and passes on a
frame that the driver marked as damaged or that is shorter than its picture (modules/videoio/src/cap_v4l.cpp). The
well-kept library, linuxpy, is under the GPL, which this product is not.

Source: docs.kernel.org/userspace-api/media/v4l; uvcvideo of Linux 6.1.
"""

import contextlib
import errno
import fcntl
import mmap
import os
import select
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from drivers.contract import BusyFault, DeniedFault, Fault, GoneFault, ProtocolFault, TimedOutFault
from drivers.transport import v4l2_wire as wire
from drivers.transport.v4l2_wire import Shape

BUFFERS = 4
"""One being filled, one waiting, and two for the time in which a frame is decoded."""


class Syscalls(Protocol):
    """What is asked of the kernel. Every call may raise OSError."""

    def open(self, path: str) -> int:
        """A file descriptor that never waits."""
        ...

    def ioctl(self, fd: int, request: int, *, data: bytearray) -> None:
        """One request; the answer is written over the question."""
        ...

    def wait(self, fd: int, limit_ms: int) -> bool:
        """Whether there is a frame, or an error, before the limit."""
        ...

    def map(self, fd: int, size_bytes: int, *, offset: int) -> mmap.mmap:
        """A buffer's memory."""
        ...

    def close(self, fd: int) -> None:
        """Give the descriptor back."""
        ...

    def attribute(self, fd: int, name: str) -> str:
        """What sysfs says of the hardware, such as its `serial` where it is on USB; empty where it says nothing."""
        ...


class LinuxSyscalls:
    """The kernel's own."""

    def open(self, path: str) -> int:
        """As `os.open`."""
        return os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def ioctl(self, fd: int, request: int, *, data: bytearray) -> None:
        """As `fcntl.ioctl`."""
        fcntl.ioctl(fd, request, data, True)

    def wait(self, fd: int, limit_ms: int) -> bool:
        """As `poll`."""
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        return bool(poll.poll(limit_ms))

    def map(self, fd: int, size_bytes: int, *, offset: int) -> mmap.mmap:
        """As `mmap`."""
        return mmap.mmap(fd, size_bytes, offset=offset)

    def close(self, fd: int) -> None:
        """As `os.close`."""
        os.close(fd)

    def attribute(self, fd: int, name: str) -> str:
        """Of the parent of the node's device, which for USB is an interface."""
        number = os.fstat(fd).st_rdev
        folder = (Path("/sys/dev/char") / f"{os.major(number)}:{os.minor(number)}" / "device").resolve().parent
        try:
            return (folder / name).read_text("utf-8", "replace")
        except OSError:
            return ""


@dataclass(frozen=True, slots=True)
class VideoFound:
    """What a node says of itself; texts are printable, and empty where it says nothing."""

    driver: str
    """The kernel's driver, such as `uvcvideo`."""
    card: str
    """The model."""
    make: str
    """The manufacturer, by USB."""
    serial: str
    """The serial number, by USB."""
    release: str
    """The device's own release number (bcdDevice), such as `1.03`, by USB."""


class VideoFrame(NamedTuple):
    """One frame as it came."""

    data: bytearray
    """The caller's own, to be overwritten after use."""
    intact: bool
    """False where the kernel says that it may be damaged."""
    stamp_ns: int | None
    """The monotonic clock's reading at the frame, where the driver gives one."""


class VideoNode:
    """One open video node. Every method may raise GoneFault, BusyFault, ProtocolFault or TimedOutFault."""

    def __init__(self, path: str, syscalls: Syscalls) -> None:
        """:raises: GoneFault, DeniedFault, BusyFault."""
        self._sys = syscalls
        self._maps: list[mmap.mmap] = []
        with _ours():
            self._fd: int | None = syscalls.open(path)

    def describe(self) -> VideoFound:
        """Which device it is. :raises: ProtocolFault where it is no camera."""
        told = wire.capability_of(self._ask(wire.QUERYCAP, wire.capability()))
        needed = wire.CAP_VIDEO_CAPTURE | wire.CAP_STREAMING
        if told.capabilities & needed != needed:
            raise ProtocolFault("The video device is no camera, or does not stream.")
        release = self._attribute("bcdDevice")
        return VideoFound(
            driver=told.driver,
            card=told.card,
            make=self._attribute("manufacturer"),
            serial=self._attribute("serial"),
            release=f"{int(release[:2])}.{release[2:]}" if release.isdigit() else release,
        )

    def choose(self, wanted: Shape) -> Shape:
        """Ask for a format; what the camera will give instead, where it has no such one."""
        return wire.shape_of(self._ask(wire.S_FMT, wire.shape(wanted)))

    def prepare(self) -> None:
        """Take the stream for this program alone, with memory for its frames. :raises: BusyFault."""
        count = wire.granted(self._ask(wire.REQBUFS, wire.request(BUFFERS)))
        for index in range(count):
            offset, length_bytes = wire.place_of(self._ask(wire.QUERYBUF, wire.buffer(index)))
            with _ours():
                self._maps.append(self._sys.map(self._open_fd(), length_bytes, offset=offset))

    def start(self) -> None:
        """Begin to stream."""
        for index in range(len(self._maps)):
            self._ask(wire.QBUF, wire.buffer(index))
        self._ask(wire.STREAMON, bytearray(wire.INT.pack(wire.CAPTURE)))

    def stop(self) -> None:
        """End the stream; frames that nobody took are dropped."""
        self._ask(wire.STREAMOFF, bytearray(wire.INT.pack(wire.CAPTURE)))

    def drain(self) -> None:
        """Drop every frame that is there already."""
        # a camera that is faster than this loop must not keep it
        for _ in range(BUFFERS):
            with _ours():
                if not self._sys.wait(self._open_fd(), 0):
                    return
            self._give_back(self._take())

    def next(self, *, limit_ms: int) -> VideoFrame:
        """The next frame, in memory of its own. :raises: TimedOutFault."""
        with _ours():
            if not self._sys.wait(self._open_fd(), limit_ms):
                raise TimedOutFault("The camera gave no picture in time.")
        filled = self._take()
        try:
            data = bytearray(memoryview(self._maps[filled.number])[: filled.used_bytes])
        finally:
            self._give_back(filled)
        return VideoFrame(data, filled.intact, filled.stamp_ns)

    def default(self, control: int) -> int | None:
        """What a control is set to by the camera itself; None where the camera does not have it."""
        try:
            return wire.default_of(self._ask(wire.QUERYCTRL, wire.query(control)))
        except ProtocolFault:
            return None

    def read(self, control: int) -> int:
        """What a control is set to."""
        return wire.value_of(self._ask(wire.G_CTRL, wire.control(control)))

    def write(self, control: int, value: int) -> None:
        """Set a control. :raises: ProtocolFault when the camera refuses."""
        self._ask(wire.S_CTRL, wire.control(control, value))

    def close(self) -> None:
        """Overwrite the frames' memory and give the node back; works on an unplugged one, and a second time."""
        for one in self._maps:
            one[:] = bytes(len(one))
            one.close()
        self._maps.clear()
        fd, self._fd = self._fd, None
        if fd is not None:
            # what is unplugged is gone for the kernel as well
            with contextlib.suppress(OSError):
                self._sys.close(fd)

    def _open_fd(self) -> int:
        assert self._fd is not None, "a node is not used after it was closed"
        return self._fd

    def _ask(self, request: int, data: bytearray) -> bytearray:
        control = request in {wire.QUERYCTRL, wire.G_CTRL, wire.S_CTRL}
        with _ours(_CONTROL_FAULTS if control else _FAULTS):
            self._sys.ioctl(self._open_fd(), request, data=data)
        return data

    def _attribute(self, name: str) -> str:
        with _ours():
            text = self._sys.attribute(self._open_fd(), name)
        return "".join(letter for letter in text if letter.isprintable()).strip()

    def _take(self) -> wire.Filled:
        filled = wire.filled_of(self._ask(wire.DQBUF, wire.buffer()))
        if filled.number >= len(self._maps) or filled.used_bytes > len(self._maps[filled.number]):
            raise ProtocolFault("The camera's driver gave a frame that does not fit its memory.")
        return filled

    def _give_back(self, filled: wire.Filled) -> None:
        self._ask(wire.QBUF, wire.buffer(filled.number))


_Faults = dict[int | None, tuple[type[Fault], str]]

_GONE: _Faults = dict.fromkeys(
    (errno.ENODEV, errno.ENOENT, errno.ENXIO, errno.ESHUTDOWN),
    (GoneFault, "The camera was unplugged, or is not plugged in."),
)

_FAULTS: _Faults = _GONE | {
    errno.EBUSY: (BusyFault, "Another program holds the camera."),
    errno.EACCES: (DeniedFault, "The station's user may not open the camera: it must be in the group `video`."),
    errno.EPERM: (DeniedFault, "The station's user may not open the camera: it must be in the group `video`."),
    errno.ETIMEDOUT: (TimedOutFault, "The camera did not answer in time."),
    errno.ENOSPC: (ProtocolFault, "The USB bus has no room for the camera's stream: plug it in elsewhere."),
    errno.EINVAL: (ProtocolFault, "The camera's driver does not know what it was asked for."),
}
"""What each of the system's error numbers means here; any other one is a request that failed."""

_CONTROL_FAULTS: _Faults = _GONE | {errno.ETIMEDOUT: _FAULTS[errno.ETIMEDOUT]}
"""Of a control: one that is read-only or taken (EACCES, EBUSY) is refused, and no more than that."""


@contextlib.contextmanager
def _ours(faults: _Faults = _FAULTS) -> Iterator[None]:
    """Foreign errors become faults."""
    try:
        yield
    except OSError as error:
        kind, sentence = faults.get(error.errno, (ProtocolFault, "The camera refused a request."))
        raise kind(sentence) from None
