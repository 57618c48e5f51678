from pathlib import Path

import numpy as np
import pytest

from drivers.camera.replay import Options, ReplayCamera
from drivers.contract import Frame, PortraitAim, UnreadableFault
from tests.drivers.pictures import colours, write
from tests.drivers.ticks import Ticks


def _camera(path: Path) -> ReplayCamera:
    return ReplayCamera(Options(file=path), clock=Ticks())


async def _grabbed(camera: ReplayCamera) -> Frame:
    seen = await camera.grab()
    assert isinstance(seen, Frame)
    return seen


async def test_it_shows_the_photograph_at_its_own_size_again_and_again(tmp_path: Path) -> None:
    camera = _camera(write(tmp_path / "photo.png", colours()))
    async with camera.opened(), camera.armed(PortraitAim()):
        first = await _grabbed(camera)
        first.zero()
        second = await _grabbed(camera)
    assert np.array_equal(second.pixels, colours())
    assert second.ppi is None
    assert second.focal_px is None


async def test_the_focal_length_that_is_known_goes_with_every_frame(tmp_path: Path) -> None:
    options = Options(file=write(tmp_path / "photo.png", colours()), focal_px=900.0)
    camera = ReplayCamera(options, clock=Ticks())
    async with camera.opened(), camera.armed(PortraitAim()):
        for seen in (await camera.grab(), await camera.preview()):
            assert isinstance(seen, Frame)
            assert seen.focal_px == 900.0


async def test_the_photograph_is_overwritten_when_it_is_closed(tmp_path: Path) -> None:
    camera = _camera(write(tmp_path / "photo.png", colours()))
    async with camera.opened():
        held, small = camera._pixels, camera._small
        assert held is not None
        assert small is not None
        assert held.any()
        assert small.any()
    assert not held.any()
    assert not small.any()
    assert (camera._pixels, camera._small) == (None, None)


async def test_a_large_photograph_is_previewed_smaller_and_a_small_one_as_it_is(tmp_path: Path) -> None:
    large = np.kron(colours(), np.ones((200, 200, 1), np.uint8))
    for number, (pixels, ratio) in enumerate(((large, 640 / max(large.shape)), (colours(), 1.0))):
        camera = _camera(write(tmp_path / f"{number}.png", pixels))
        async with camera.opened(), camera.armed(PortraitAim()):
            preview = await camera.preview()
        assert isinstance(preview, Frame)
        assert preview.reduced_ratio == pytest.approx(ratio, abs=0.001)
        assert max(preview.pixels.shape) == min(640, max(pixels.shape))
        assert preview.pixels[0, 0].tolist() == colours()[0, 0].tolist()


async def test_what_cannot_be_read_is_a_fault_that_names_no_path(tmp_path: Path) -> None:
    text = tmp_path / "secret-name.png"
    text.write_text("not a picture")
    with pytest.raises(UnreadableFault, match="the photo") as caught:
        await _camera(text).opened().__aenter__()
    assert "secret-name" not in caught.value.sentence


async def test_the_file_is_read_when_it_is_opened_and_not_before(tmp_path: Path) -> None:
    camera = _camera(tmp_path / "photo.png")
    write(tmp_path / "photo.png", colours())
    async with camera.opened(), camera.armed(PortraitAim()):
        assert (await _grabbed(camera)).pixels.any()
