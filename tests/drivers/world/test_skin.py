import numpy as np
import pytest

from drivers.contract import Finger
from drivers.world.field import blurred, places
from drivers.world.finger import WorldFinger
from drivers.world.skin import SHAPE, Skin, grow_skin
from tests.drivers.world.fingers import some_fingers, world_finger
from tests.drivers.world.minutiae import count_minutiae


def _pad(skin: Skin, *, without_rim_px: float) -> np.ndarray:
    x, y = places(SHAPE)
    half_width, half_height = skin.pad_px
    return np.asarray((x / (half_width - without_rim_px)) ** 2 + (y / (half_height - without_rim_px)) ** 2 < 1)


def _minutiae(finger: WorldFinger) -> int:
    skin = finger.skin
    return count_minutiae(blurred(skin.relief, sigma_px=1.3) > 0, _pad(skin, without_rim_px=8))


def test_a_pad_has_as_many_minutiae_as_people_have() -> None:
    counts = [_minutiae(finger) for finger in some_fingers()]
    assert min(counts) >= 25
    assert max(counts) <= 75
    assert 32 <= np.mean(counts) <= 60


def test_ridges_are_about_nine_pixels_apart() -> None:
    relief = world_finger(1, Finger.RIGHT_INDEX).skin.relief[200:328, 112:240]
    spectrum = np.abs(np.fft.fft2(relief - relief.mean())) ** 2
    waves = np.hypot(np.fft.fftfreq(128)[:, None], np.fft.fftfreq(128)[None, :])
    near = (waves > 1 / 20) & (waves < 1 / 5)
    assert 1 / ((spectrum * waves)[near].sum() / spectrum[near].sum()) == pytest.approx(9.2, abs=1.2)


def test_the_same_finger_is_the_same_skin() -> None:
    skin, again = world_finger(1, Finger.RIGHT_INDEX).skin, grow_skin(1, Finger.RIGHT_INDEX)
    assert np.array_equal(skin.relief, again.relief)
    assert np.array_equal(skin.pores, again.pores)
    assert (skin.points, skin.cut, skin.pad_px) == (again.points, again.cut, again.pad_px)


def test_thumbs_are_wide_and_little_fingers_are_narrow() -> None:
    thumb, index, little = (
        world_finger(2, finger).skin.pad_px[0]
        for finger in (Finger.LEFT_THUMB, Finger.RIGHT_INDEX, Finger.RIGHT_LITTLE)
    )
    assert little < index < thumb


def test_nothing_personal_is_in_the_repr() -> None:
    assert "array" not in repr(world_finger(1, Finger.RIGHT_INDEX).skin)
