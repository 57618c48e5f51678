"""The landmarks: where the anatomy says, in a real face."""

import numpy as np
import pytest

from capture.face import landmarks as marks
from capture.face.geometry import head_of
from capture.face.landmarks import Landmarks, landmarks_of
from capture.face.points import COUNT, Points


@pytest.fixture(scope="module")
def found(close_up_points: Points) -> Landmarks:
    return landmarks_of(close_up_points)


def test_numbers_are_those_of_the_98_and_each_point_serves_once() -> None:
    assert set(marks.MESH_POINTS) <= set(range(98))
    assert len(set(marks.MESH_POINTS.values())) == len(marks.MESH_POINTS)
    assert max(marks.MESH_POINTS.values()) < COUNT


def test_places_are_whole_pixels(found: Landmarks) -> None:
    assert all((place == np.rint(place)).all() for place in found.values())


def test_the_outline_runs_from_the_pictures_left_over_the_chin_to_its_right(found: Landmarks) -> None:
    outline = np.array([found[number] for number in sorted(found) if number <= 32])
    chin = [number for number in sorted(found) if number <= 32].index(16)
    assert outline[:, 1].argmax() == chin
    assert outline[:chin, 0].max() < outline[chin, 0] < outline[chin + 1 :, 0].min()
    steps = np.linalg.norm(np.diff(outline, axis=0), axis=1)
    numbers = np.diff([number for number in sorted(found) if number <= 32])
    assert (steps / numbers).max() < 3 * (steps / numbers).min()


def test_eyes_and_chin_are_those_of_the_head(found: Landmarks, close_up_points: Points) -> None:
    head = head_of(close_up_points)
    assert marks.inter_eye_px(found) == pytest.approx(head.inter_eye_px, abs=1)
    assert marks.eye_chin_px(found) == pytest.approx(head.eye_chin_px, abs=1)
    assert marks.between_eyes(found) == pytest.approx(head.between_eyes_px, abs=1)


def test_pairs_stand_one_above_the_other(found: Landmarks) -> None:
    for upper, lower in (*marks.LID_PAIRS[0], *marks.LID_PAIRS[1], *marks.LIP_PAIRS):
        across, down = found[lower] - found[upper]
        assert abs(across) < 10
        assert down > 6


def test_the_widest_pair_counts(found: Landmarks) -> None:
    single = [marks.widest_px(found, (pair,)) for pair in marks.LIP_PAIRS]
    assert marks.widest_px(found, marks.LIP_PAIRS) == max(single)


def test_brows_lie_above_the_eyes_and_the_nose_between_eyes_and_mouth(found: Landmarks) -> None:
    lids = min(found[number][1] for number in (61, 62, 63, 69, 70, 71))
    assert all(found[number][1] < lids for number in range(33, 47) if number in found)
    assert found[64][1] < found[marks.NOSE_TIP][1] < found[90][1]
    assert found[76][0] < found[marks.NOSE_TIP][0] < found[82][0]
