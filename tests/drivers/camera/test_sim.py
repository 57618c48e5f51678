import numpy as np
import pytest
from pydantic import ValidationError

from drivers.camera.sim import Options, SimCamera
from drivers.contract import Control, DeviceKind, Frame, PortraitAim
from tests.drivers.ticks import Ticks

SMALL = {"width_px": 96, "height_px": 128, "enlargement": 0.25, "exposure_ms": 0}


def _camera(**options: object) -> SimCamera:
    return SimCamera(Options.model_validate(SMALL | options), clock=Ticks())


async def _frames(count: int = 1, **options: object) -> list[Frame]:
    """Taken after the automatics were locked."""
    camera = _camera(**options)
    async with camera.opened(), camera.armed(PortraitAim()):
        await camera.lock()
        seen = [await camera.grab() for _ in range(count)]
    return [frame for frame in seen if isinstance(frame, Frame)]


def test_it_says_that_it_is_simulated() -> None:
    facts = SimCamera(Options(), clock=Ticks()).facts
    assert (facts.kind, facts.simulated, facts.certified) == (DeviceKind.CAMERA, True, False)


async def test_a_frame_has_the_sensors_size_in_portrait_orientation() -> None:
    (frame,) = await _frames()
    assert (frame.height_px, frame.width_px, frame.ppi, frame.focal_px) == (128, 96, None, 2500.0)


async def test_each_exposure_is_the_same_scene_with_other_noise() -> None:
    first, second = await _frames(2)
    assert not np.array_equal(first.pixels, second.pixels)
    difference = first.pixels.astype(int) - second.pixels
    assert np.abs(difference).max() < 20
    assert first.taken_ns < second.taken_ns


async def test_the_same_options_give_the_same_frames_byte_for_byte() -> None:
    (one,), (other,) = await _frames(), await _frames()
    assert np.array_equal(one.pixels, other.pixels)


async def test_an_exposure_takes_its_time_and_zero_noise_is_none() -> None:
    first, second = await _frames(2, noise_levels=0, exposure_ms=1)
    assert np.array_equal(first.pixels, second.pixels)


@pytest.mark.parametrize(
    "wrong", [{"width_px": 63}, {"height_px": 10_000}, {"enlargement": 0}, {"noise_levels": -1}, {"file": "x.png"}]
)
def test_options_are_checked(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Options.model_validate(wrong)


async def test_the_smallest_and_the_largest_person_can_be_shown() -> None:
    for enlargement in (0.1, 16):
        (frame,) = await _frames(enlargement=enlargement)
        assert frame.pixels.shape == (128, 96, 3)


async def _following(count: int, **options: object) -> list[Frame]:
    """Previews that are taken while the automatics follow the light."""
    camera = _camera(**options)
    async with camera.opened(), camera.armed(PortraitAim()):
        seen = [await camera.preview() for _ in range(count)]
    return [frame for frame in seen if isinstance(frame, Frame)]


async def test_a_preview_is_the_same_view_reduced() -> None:
    camera = _camera(width_px=960, height_px=1280, noise_levels=0)
    async with camera.opened(), camera.armed(PortraitAim()):
        await camera.lock()
        preview, full = await camera.preview(), await camera.grab()
    assert isinstance(preview, Frame)
    assert isinstance(full, Frame)
    assert (preview.pixels.shape, preview.reduced_ratio) == ((640, 480, 3), 0.5)
    blocks = full.pixels.reshape(640, 2, 480, 2, 3).mean(axis=(1, 3))
    assert np.abs(blocks - preview.pixels).max() <= 1


async def test_the_exposure_settles_over_some_frames_and_the_picture_with_it() -> None:
    frames = await _following(8, noise_levels=0)
    exposures = [frame.settings.exposure_us or 0 for frame in frames if frame.settings is not None]
    assert exposures[:2] == [5000, 7579]
    assert exposures == sorted(exposures)
    assert exposures[-2:] == [10_000, 10_000]
    means = [float(frame.pixels.mean()) for frame in frames]
    assert means[0] < means[-1] - 20
    assert means[-2] == means[-1]


@pytest.mark.parametrize(
    ("light_ratio", "exposure_us", "gain_ratio"), [(4.0, 2500, 1.0), (0.2, 33_000, 50 / 33), (0.001, 33_000, 16.0)]
)
async def test_the_room_decides_where_it_settles(light_ratio: float, exposure_us: int, gain_ratio: float) -> None:
    (frame,) = await _frames(light_ratio=light_ratio)
    assert frame.settings is not None
    assert (frame.settings.exposure_us, frame.settings.focus_dioptres) == (exposure_us, None)
    assert frame.settings.gain_ratio == pytest.approx(gain_ratio)
    assert frame.settings.white_balance_ratios == (1.9, 1.6)


async def test_what_the_automatics_cannot_reach_stays_dark() -> None:
    (usual,), (dim,), (dark,) = [await _frames(light_ratio=ratio) for ratio in (1.0, 0.1, 0.001)]
    assert np.abs(usual.pixels.astype(int) - dim.pixels).max() < 20
    assert dark.pixels.mean() < usual.pixels.mean() / 3


async def test_a_lock_is_let_go_when_it_is_disarmed() -> None:
    camera = _camera()
    async with camera.opened():
        async with camera.armed(PortraitAim()):
            assert await camera.lock() == {Control.EXPOSURE, Control.GAIN, Control.WHITE_BALANCE}
            assert camera._automatics._held
        assert not camera._automatics._held
