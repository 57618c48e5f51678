"""The V4L2 driver on the kernel's own virtual camera, `vivid`: what no model of ours can show.

Needs the module, so it runs in the virtual machine only (facts/image-and-hil.md 3(b)):
`modprobe vivid node_types=0x1 num_inputs=1 input_types=0 vid_cap_nr=10`.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from drivers.camera.v4l2 import Options, V4l2Camera
from drivers.contract import BusyFault, Control, Frame, GoneFault, OptionsFault, PortraitAim
from drivers.contract.conformance import check_device
from drivers.transport import v4l2_wire as wire
from drivers.transport.v4l2 import LinuxSyscalls, VideoNode
from drivers.transport.v4l2_wire import Shape
from tests.drivers.real_clock import RealClock

NODES = [folder.name for folder in Path("/sys/class/video4linux").glob("*") if "vivid" in (folder / "name").read_text()]
CLOCK = RealClock()

# drivers/media/test-drivers/vivid/vivid-ctrls.c of Linux 6.1
DISCONNECT, DAMAGED_BUFFER = 0x00F0F041, 0x00F0F042

pytestmark = pytest.mark.skipif(not NODES, reason="needs the kernel's vivid: runs in the virtual machine")


def _path() -> str:
    return f"/dev/{NODES[0]}"


def _camera(**options: object) -> V4l2Camera:
    options = {"device": _path(), "width_px": 640, "height_px": 480, "pixel_format": "yuyv", **options}
    return V4l2Camera(Options.model_validate(options), clock=CLOCK)


@contextmanager
def _other() -> Iterator[VideoNode]:
    node = VideoNode(_path(), LinuxSyscalls())
    yield node
    node.close()


def _open_handles() -> int:
    files = [Path("/proc/self/fd") / name for name in os.listdir("/proc/self/fd")]
    return sum(str(file.readlink()) == _path() for file in files if file.is_symlink())


async def _grabbed(camera: V4l2Camera) -> Frame:
    seen = await camera.grab()
    assert isinstance(seen, Frame)
    return seen


@pytest.mark.parametrize("options", [{}, {"rotate_deg": 270}])
async def test_it_conforms(options: dict[str, object]) -> None:
    await check_device(lambda: _camera(**options), now_ns=CLOCK.monotonic_ns)
    assert _open_handles() == 0


async def test_the_colour_bars_are_in_order_and_in_colour() -> None:
    camera = _camera()
    async with camera.opened(), camera.armed(PortraitAim()):
        frame = await _grabbed(camera)
    row = frame.pixels[-40].astype(int)
    # white, yellow, cyan, green, magenta, red, blue, black
    middles = [row[40 + 80 * number] > 100 for number in range(8)]
    bits = [tuple(map(int, middle)) for middle in middles]
    assert bits == [(1, 1, 1), (1, 1, 0), (0, 1, 1), (0, 1, 0), (1, 0, 1), (1, 0, 0), (0, 0, 1), (0, 0, 0)]


async def test_frames_are_fresh_after_a_pause() -> None:
    camera = _camera()
    async with camera.opened(), camera.armed(PortraitAim()):
        first = await _grabbed(camera)
        with _other() as node:
            # each of these takes a round trip to the kernel: long enough for all buffers to fill
            while CLOCK.monotonic_ns() < first.taken_ns + 500_000_000:
                node.describe()
        asked_ns = CLOCK.monotonic_ns()
        second = await _grabbed(camera)
    assert asked_ns <= second.taken_ns <= CLOCK.monotonic_ns()
    assert not np.array_equal(first.pixels, second.pixels)


async def test_its_gain_is_held() -> None:
    camera = _camera()
    async with camera.opened(), camera.armed(PortraitAim()):
        assert await camera.lock() >= {Control.GAIN}
        with _other() as node:
            assert node.read(wire.AUTOGAIN) == 0
    with _other() as node:
        assert node.read(wire.AUTOGAIN) == 1


async def test_what_another_program_streams_is_busy() -> None:
    with _other() as node:
        node.prepare()
        with pytest.raises(BusyFault):
            await _camera().opened().__aenter__()
    async with _camera().opened():
        pass


async def test_the_kernels_mark_of_a_damaged_buffer_is_read() -> None:
    with _other() as node:
        node.choose(Shape(640, 480, "YUYV"))
        node.prepare()
        node.start()
        assert node.next(limit_ms=2_000).intact
        node.write(DAMAGED_BUFFER, 1)
        seen = [node.next(limit_ms=2_000).intact for _ in range(8)]
    assert seen.count(False) == 1


async def test_a_camera_that_goes_is_gone_until_it_was_closed() -> None:
    camera = _camera()
    async with camera.opened(), camera.armed(PortraitAim()):
        await _grabbed(camera)
        with _other() as node:
            node.write(DISCONNECT, 1)
        for _ in range(2):
            with pytest.raises(GoneFault):
                await camera.grab()
    # vivid comes back when the last file is closed
    assert _open_handles() == 0
    async with camera.opened(), camera.armed(PortraitAim()):
        await _grabbed(camera)


async def test_a_size_that_it_does_not_have_is_refused() -> None:
    with pytest.raises(OptionsFault, match="640x"):
        await _camera(width_px=700).opened().__aenter__()
    assert _open_handles() == 0
    assert _camera().facts.simulated is False


async def test_its_facts_say_that_nobody_is_before_it() -> None:
    camera = _camera()
    async with camera.opened():
        assert camera.facts.simulated
    assert camera.facts.serial == ""
