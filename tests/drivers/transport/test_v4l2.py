"""The video nodes' errors and edges; the driver's tests go through the rest."""

import errno
import os
from pathlib import Path

import pytest

from drivers.contract import BusyFault, DeniedFault, Fault, GoneFault, ProtocolFault, TimedOutFault
from drivers.transport import v4l2_wire as wire
from drivers.transport.v4l2 import LinuxSyscalls, VideoNode
from drivers.transport.v4l2_wire import Shape
from tests.emulators.video import EmulatedVideo, VideoCamera


class Failing(EmulatedVideo):
    """A kernel that answers one request with an error."""

    request = 0
    number = 0

    def ioctl(self, fd: int, request: int, *, data: bytearray) -> None:
        if request == self.request:
            raise OSError(self.number, os.strerror(self.number))
        super().ioctl(fd, request, data=data)


@pytest.fixture
def kernel(tmp_path: Path) -> Failing:
    return Failing(VideoCamera(), tmp_path)


def _node(kernel: EmulatedVideo) -> VideoNode:
    return VideoNode(kernel.path, kernel)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENODEV, GoneFault),
        (errno.EBUSY, BusyFault),
        (errno.EACCES, DeniedFault),
        (errno.ETIMEDOUT, TimedOutFault),
        (errno.ENOSPC, ProtocolFault),
        (errno.EIO, ProtocolFault),
    ],
)
def test_an_error_number_becomes_a_fault(kernel: Failing, number: int, expected: type[Fault]) -> None:
    kernel.request, kernel.number = wire.REQBUFS, number
    node = _node(kernel)
    with pytest.raises(expected) as caught:
        node.prepare()
    assert caught.value.__suppress_context__
    node.close()


@pytest.mark.parametrize("number", [errno.EACCES, errno.EBUSY, errno.ERANGE, errno.EINVAL, errno.EIO])
def test_a_control_that_cannot_be_set_is_refused_and_no_more(kernel: Failing, number: int) -> None:
    kernel.request, kernel.number = wire.S_CTRL, number
    node = _node(kernel)
    with pytest.raises(ProtocolFault):
        node.write(wire.GAIN, 1)
    kernel.number = errno.ENODEV
    with pytest.raises(GoneFault):
        node.write(wire.GAIN, 1)


def test_a_stream_that_was_not_started_has_no_frames(kernel: Failing) -> None:
    node = _node(kernel)
    node.choose(Shape(320, 240, "MJPG"))
    node.prepare()
    with pytest.raises(ProtocolFault):
        node.next(limit_ms=10)


def test_closing_works_twice_and_after_unplugging(kernel: Failing) -> None:
    node = _node(kernel)
    node.prepare()
    kernel.unplug()
    for _ in range(2):
        node.close()
    assert kernel.open_files == set()


def test_what_is_no_usb_device_has_no_texts(tmp_path: Path) -> None:
    kernel = EmulatedVideo(VideoCamera(), tmp_path)
    for file in tmp_path.iterdir():
        file.unlink()
    found = _node(kernel).describe()
    assert (found.card, found.make, found.serial, found.release) == ("Emulated HD camera", "", "", "")


def test_the_kernels_own_calls_say_what_is_no_camera(tmp_path: Path) -> None:
    with pytest.raises(GoneFault):
        VideoNode(str(tmp_path / "video0"), LinuxSyscalls())
    node = VideoNode("/dev/null", LinuxSyscalls())
    with pytest.raises(ProtocolFault):
        node.describe()
    node.close()
