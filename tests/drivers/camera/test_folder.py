"""A folder of pictures as a camera: which one is seen when, and what is in memory."""

import json
from pathlib import Path

import numpy as np
import pytest

from drivers.camera.folder import FolderCamera, Options
from drivers.contract import Frame, PortraitAim, RgbPixels, UnreadableFault
from drivers.contract.conformance import check_opening_fails
from tests.drivers.pictures import colours, write
from tests.drivers.ticks import Ticks


class Hand:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now_ns = 7_000_000_000

    def monotonic_ns(self) -> int:
        return self.now_ns


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pictures, which are ten, twenty and thirty levels bright."""
    for number in (1, 2, 3):
        write(tmp_path / f"{number}.png", np.full((900, 1280, 3), 10 * number, np.uint8))
    return tmp_path


def _camera(folder: Path, *, clock: Ticks | Hand | None = None, **options: object) -> FolderCamera:
    return FolderCamera(Options.model_validate({"folder": folder, **options}), clock=clock or Ticks())


def _timed(folder: Path, *taken_ms: int) -> None:
    for number, one_ms in enumerate(taken_ms, start=1):
        (folder / f"{number}.png.json").write_text(json.dumps({"taken_ms": one_ms}))


async def _grabbed(camera: FolderCamera) -> Frame:
    seen = await camera.grab()
    assert isinstance(seen, Frame)
    return seen


async def _levels(camera: FolderCamera, count: int) -> list[int]:
    return [int((await _grabbed(camera)).pixels[0, 0, 0]) for _ in range(count)]


@pytest.mark.parametrize(("at_end", "seen"), [("stay", [10, 20, 30, 30, 30]), ("again", [10, 20, 30, 10, 20])])
async def test_each_frame_is_the_next_picture_and_then_it_stays_or_begins_again(
    folder: Path, at_end: str, seen: list[int]
) -> None:
    camera = _camera(folder, at_end=at_end)
    async with camera.opened():
        for _ in range(2):
            async with camera.armed(PortraitAim()):
                assert await _levels(camera, 5) == seen


async def test_a_preview_is_a_picture_of_its_own_and_small(folder: Path) -> None:
    camera = _camera(folder, focal_px=900)
    (folder / "2.png.json").write_text(json.dumps({"focal_px": 1000, "exposure_us": 9000}))
    async with camera.opened(), camera.armed(PortraitAim()):
        small, full = await camera.preview(), await camera.grab()
    assert isinstance(small, Frame)
    assert isinstance(full, Frame)
    assert (small.pixels.shape, small.reduced_ratio, small.focal_px) == ((450, 640, 3), 0.5, 900)
    assert (full.pixels.shape, full.reduced_ratio, full.focal_px) == ((900, 1280, 3), 1.0, 1000)
    assert (small.pixels[0, 0, 0], full.pixels[0, 0, 0]) == (10, 20)
    assert small.settings is None
    assert full.settings is not None
    assert full.settings.exposure_us == 9000


@pytest.mark.parametrize(
    ("at_end", "seen"),
    [
        ("stay", {0: 10, 99: 10, 100: 20, 249: 20, 250: 30, 9_000: 30}),
        # the last one is seen for 150 ms, too
        ("again", {0: 10, 100: 20, 250: 30, 399: 30, 400: 10, 499: 10, 500: 20}),
    ],
)
async def test_where_times_are_told_the_clock_decides(folder: Path, at_end: str, seen: dict[int, int]) -> None:
    _timed(folder, 0, 100, 250)
    clock = Hand()
    camera = _camera(folder, clock=clock, at_end=at_end)
    async with camera.opened(), camera.armed(PortraitAim()):
        armed_ns, found = clock.now_ns, {}
        for passed_ms in seen:
            clock.now_ns = armed_ns + passed_ms * 1_000_000
            (found[passed_ms],) = await _levels(camera, 1)
            assert await _levels(camera, 1) == [found[passed_ms]]
    assert found == seen


async def test_one_picture_is_in_memory_and_is_overwritten_when_it_is_left(folder: Path) -> None:
    camera = _camera(folder)
    held: list[RgbPixels] = []
    async with camera.opened(), camera.armed(PortraitAim()):
        for number in range(1, 4):
            await camera.preview()
            assert camera._shown is not None
            held += [camera._shown.pixels, camera._shown.small]
            assert [bool(pixels.any()) for pixels in held] == [False, False] * (number - 1) + [True, True]
    assert not any(pixels.any() for pixels in held)


async def test_a_damaged_picture_is_a_fault_when_its_turn_comes_and_the_next_one_is_seen(folder: Path) -> None:
    damaged = folder / "2.png"
    damaged.write_bytes(damaged.read_bytes()[:60])
    camera = _camera(folder)
    async with camera.opened(), camera.armed(PortraitAim()):
        assert await _levels(camera, 1) == [10]
        with pytest.raises(UnreadableFault, match=r"'2\.png' is damaged"):
            await camera.grab()
        assert await _levels(camera, 1) == [30]


async def test_a_folder_that_cannot_be_read_fails_each_time_and_holds_nothing(tmp_path: Path) -> None:
    await check_opening_fails(lambda: _camera(tmp_path / "gone"), UnreadableFault)
    write(tmp_path / "1.png", colours())
    (tmp_path / "2.png").write_text("not a picture")
    await check_opening_fails(lambda: _camera(tmp_path), UnreadableFault)
