import numpy as np
import pytest

from drivers.world.field import Field
from drivers.world.plate import bare_plate, draw_dirt
from drivers.world.skin import SHAPE


def _before() -> Field:
    rows = np.arange(SHAPE[0], dtype=np.float32)[:, None]
    return np.asarray(np.cos(2 * np.pi * rows / 9) * np.ones((1, SHAPE[1]), np.float32), dtype=np.float32)


def test_the_bare_plate_is_nearly_white_and_nearly_even() -> None:
    plate = bare_plate()
    assert 245 < plate.mean() < 252
    assert 0.5 < plate.std() < 3


def test_nobody_can_write_on_the_plate() -> None:
    with pytest.raises(ValueError, match="read-only"):
        bare_plate()[0, 0] = 0


def test_more_dirt_takes_more_light_and_never_gives_any() -> None:
    little, much = (draw_dirt(_before(), ratio=ratio, rng=np.random.default_rng(3)) for ratio in (0.2, 1.0))
    assert 0.3 < little.mean() < 0.5 * much.mean()
    assert min(little.min(), much.min()) > -0.5
    assert much.max() > 60
