import numpy as np
import pytest
from pydantic import ValidationError

from drivers.camera.sim import Options, SimCamera
from drivers.contract import DeviceKind, Frame, PortraitAim
from tests.drivers.ticks import Ticks

SMALL = {"width_px": 96, "height_px": 128, "enlargement": 0.25, "exposure_ms": 0}


async def _frames(count: int = 1, **options: object) -> list[Frame]:
    camera = SimCamera(Options.model_validate(SMALL | options), clock=Ticks())
    async with camera.opened(), camera.armed(PortraitAim()):
        seen = [await camera.grab() for _ in range(count)]
    return [frame for frame in seen if isinstance(frame, Frame)]


def test_it_says_that_it_is_simulated() -> None:
    facts = SimCamera(Options(), clock=Ticks()).facts
    assert (facts.kind, facts.simulated, facts.certified) == (DeviceKind.CAMERA, True, False)


async def test_a_frame_has_the_sensors_size_in_portrait_orientation() -> None:
    (frame,) = await _frames()
    assert (frame.height_px, frame.width_px, frame.ppi) == (128, 96, None)


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
