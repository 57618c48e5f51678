import numpy as np
import pytest

from drivers.world.person import AT_REST, Pose
from drivers.world.photograph import astronaut
from drivers.world.scene import Scene


def _scene(*, enlargement: float = 0.25, noise_levels: float = 0.0) -> Scene:
    return Scene(width_px=200, height_px=300, enlargement=enlargement, noise_levels=noise_levels)


def test_the_person_stands_in_the_middle_before_a_plain_wall() -> None:
    frame = _scene().frame(1).astype(int)
    assert frame.shape == (300, 200, 3)
    wall = np.concatenate([frame[:80].reshape(-1, 3), frame[220:].reshape(-1, 3)])
    assert wall.min() >= 171
    assert wall.max() <= 181
    assert frame[100:200, 60:140].std() > 40


def test_who_is_larger_than_the_sensor_is_cut_off_at_its_edges() -> None:
    frame = _scene(enlargement=1.0).frame(1)
    middle = astronaut()[106:406, 156:356]
    assert np.abs(frame.astype(int) - middle).max() <= 1


def test_the_light_falls_off_downwards() -> None:
    left = _scene().frame(1)[:, 0, 0].astype(int)
    assert left[0] - left[-1] == 8


@pytest.mark.parametrize("noise_levels", [1.5, 6.0])
def test_the_noise_is_as_strong_as_asked_and_each_frames_own(noise_levels: float) -> None:
    scene = _scene(noise_levels=noise_levels)
    first, second, again = (scene.frame(number).astype(float) for number in (1, 2, 1))
    assert np.array_equal(first, again)
    assert (first - second).std() == pytest.approx(noise_levels * 2**0.5, rel=0.1)


def test_the_person_is_the_photographs() -> None:
    picture = astronaut()
    assert picture.shape == (512, 512, 3)
    assert picture.flags.c_contiguous
    assert picture.flags.writeable


def test_who_comes_nearer_is_larger_and_who_goes_back_is_as_before() -> None:
    scene = _scene()
    before, preview = scene.frame(1), scene.preview(1)
    scene.show(AT_REST, nearness_ratio=1.5)
    nearer = scene.frame(1)
    assert np.array_equal(nearer, _scene(enlargement=0.375).frame(1))
    assert not np.array_equal(scene.preview(1), preview)
    scene.show(Pose(yaw_deg=10))
    assert not np.array_equal(scene.frame(1), before)
    scene.show(AT_REST)
    assert np.array_equal(scene.frame(1), before)
    assert np.array_equal(scene.preview(1), preview)
