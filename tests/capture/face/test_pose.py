"""The pose: exact on points that are turned, near on photographs that are turned in space."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from capture.face.pose import pose_of
from capture.face.pyramid import Pyramid
from capture.face.search import FaceSearch
from capture.face.shape import mirrored, shape
from drivers.contract import RgbPixels
from tests.capture.face.phantom import phantom
from tests.capture.face.pictures import enlarged, mouth_shut, points_in
from tests.capture.face.turning import Relief, rotation

TURNS = ((0, 0), (-10, 0), (-5, 0), (5, 0), (10, 0), (0, -10), (0, -5), (0, 5), (0, 10), (-7, 7), (7, -7))
"""Given yaw and pitch in degrees."""


@dataclass(frozen=True)
class Readings:
    """What was read of one photograph, turned."""

    errors: NDArray[np.float64]
    """Read minus given, shape (n, 2)."""

    @property
    def zero(self) -> NDArray[np.float64]:
        return np.asarray(self.errors.mean(axis=0))

    @property
    def worst(self) -> NDArray[np.float64]:
        """How far any reading is from what was given and the zero."""
        return np.asarray(np.abs(self.errors - self.zero).max(axis=0))


def _readings(search: FaceSearch, picture: RgbPixels) -> Readings:
    relief = Relief(picture, points_in(search, Pyramid(picture)))
    errors = []
    for yaw, pitch in TURNS:
        turned = Pyramid(relief.turned(yaw_deg=yaw, pitch_deg=pitch))
        pose = pose_of(points_in(search, turned))
        errors.append((pose.yaw_deg - yaw, pose.pitch_deg - pitch))
    return Readings(np.array(errors))


@pytest.fixture(scope="module")
def smiling(search: FaceSearch, astronaut: RgbPixels) -> Readings:
    return _readings(search, enlarged(astronaut[20:250, 100:350], 2.2))


@pytest.fixture(scope="module")
def glasses(search: FaceSearch, hopper: RgbPixels) -> Readings:
    return _readings(search, hopper[30:400, 90:410])


def test_yaw_follows_the_head(smiling: Readings, glasses: Readings) -> None:
    assert max(smiling.worst[0], glasses.worst[0]) < 1.8
    assert max(smiling.errors[:, 0].std(), glasses.errors[:, 0].std()) < 1.0


def test_pitch_follows_the_head(smiling: Readings, glasses: Readings) -> None:
    assert max(smiling.worst[1], glasses.worst[1]) < 2.0
    assert max(smiling.errors[:, 1].std(), glasses.errors[:, 1].std()) < 0.9


def test_zero_is_a_straight_head(smiling: Readings, glasses: Readings) -> None:
    """As straight as two people sat for their photographs, and the same for both."""
    assert np.abs(smiling.zero).max() < 3
    assert np.abs(glasses.zero).max() < 3
    assert abs(smiling.zero[1] - glasses.zero[1]) < 1


@pytest.mark.parametrize("yaw_deg", [-20.0, -5.0, 0.0, 8.0])
@pytest.mark.parametrize("pitch_deg", [-12.0, 0.0, 5.0])
def test_a_face_of_average_shape_is_read_exactly(yaw_deg: float, pitch_deg: float) -> None:
    points = shape() @ rotation(yaw_deg=yaw_deg, pitch_deg=pitch_deg).T * 130 + (400, 300, 0)
    pose = pose_of(points)
    assert (pose.yaw_deg, pose.pitch_deg, pose.roll_deg) == pytest.approx((yaw_deg, pitch_deg, 0), abs=0.01)


def test_all_three_are_read_together() -> None:
    pose = pose_of(phantom(130.0, yaw_deg=6.0, pitch_deg=-4.0, roll_deg=7.0))
    assert (pose.yaw_deg, pose.pitch_deg, pose.roll_deg) == pytest.approx((6, -4, 7), abs=0.5)


def test_a_mirrored_face_is_turned_to_the_other_side() -> None:
    points = phantom(130.0, yaw_deg=6.0, pitch_deg=3.0, roll_deg=2.0)
    straight, flipped = pose_of(points), pose_of(points[mirrored()] * (-1, 1, 1))
    assert flipped.yaw_deg == pytest.approx(-straight.yaw_deg, abs=0.01)
    assert flipped.pitch_deg == pytest.approx(straight.pitch_deg, abs=0.01)
    assert flipped.roll_deg == pytest.approx(-straight.roll_deg, abs=0.01)


def test_a_mouth_that_closes_hardly_nods(search: FaceSearch, close_up: RgbPixels) -> None:
    before, after = (Pyramid(picture) for picture in (close_up, _with_mouth_shut(search, close_up)))
    pitches = [pose_of(points_in(search, one)).pitch_deg for one in (before, after)]
    assert abs(pitches[1] - pitches[0]) < 3


def _with_mouth_shut(search: FaceSearch, picture: RgbPixels) -> RgbPixels:
    return mouth_shut(picture, points_in(search, Pyramid(picture)))
