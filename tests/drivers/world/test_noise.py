import numpy as np
import pytest

from drivers.world.field import Field
from drivers.world.noise import grainy, smooth

SHAPE = (240, 320)


def _reach_px(noise: Field) -> int:
    """How far to the right a pixel still resembles itself by half."""
    likeness = [float((noise[:, :-step] * noise[:, step:]).mean() / noise.var()) for step in range(1, 60)]
    return next(step for step, alike in enumerate(likeness, start=1) if alike < 0.5)


@pytest.mark.parametrize("scale_px", [8, 30])
def test_smooth_hills_are_as_far_apart_as_asked(scale_px: int) -> None:
    noise = smooth(np.random.default_rng(3), SHAPE, scale_px=scale_px)
    assert noise.std() == pytest.approx(1, abs=0.25)
    assert 0.3 * scale_px < _reach_px(noise) < 1.2 * scale_px


def test_grains_are_small() -> None:
    noise = grainy(np.random.default_rng(3), SHAPE, sigma_px=1.0)
    assert noise.std() == pytest.approx(1, abs=0.1)
    assert _reach_px(noise) <= 2


def test_noise_is_drawn_from_the_generator_alone() -> None:
    one, again = (smooth(np.random.default_rng(8), SHAPE, scale_px=9) for _ in range(2))
    assert np.array_equal(one, again)
    assert one.dtype == np.float32
