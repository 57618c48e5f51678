"""The aligned face: the same place and size, whatever the picture."""

import cv2
import numpy as np
import pytest

from capture.face.aligned import SIDE_PX, TARGETS_PX, AlignedFace
from capture.face.landmarks import MOUTH_CORNERS, NOSE_TIP, Landmarks, eye_centres, landmarks_of
from capture.face.points import Points
from capture.face.pyramid import moved
from drivers.contract import RgbPixels
from tests.capture.face.pictures import plain


def _aligned(picture: RgbPixels, points: Points) -> AlignedFace:
    face = AlignedFace.of(picture, landmarks_of(points))
    assert face is not None
    return face


def _targets(landmarks: Landmarks) -> Points:
    return np.array([*eye_centres(landmarks), landmarks[NOSE_TIP], *(landmarks[corner] for corner in MOUTH_CORNERS)])


def test_eyes_are_taken_to_their_place(close_up: RgbPixels, close_up_points: Points) -> None:
    """The mouth that smiles is wider and higher than the standard's: the median leaves it out."""
    face = _aligned(close_up, close_up_points)
    assert face.pixels.shape == (SIDE_PX, SIDE_PX, 3)
    assert np.abs(_targets(face.landmarks) - TARGETS_PX)[:3].max() <= 1.5


@pytest.mark.parametrize(("degrees", "scale"), [(20.0, 0.7), (-35.0, 1.0)])
def test_size_and_tilt_of_the_picture_do_not_matter(
    close_up: RgbPixels, close_up_points: Points, degrees: float, scale: float
) -> None:
    affine = np.asarray(cv2.getRotationMatrix2D((725.0, 330.0), degrees, scale), np.float64)
    other = np.asarray(cv2.warpAffine(close_up, affine, (1638, 1638)), np.uint8)
    there, here = _aligned(close_up, close_up_points), _aligned(other, moved(close_up_points, affine))
    part = there.region & here.region
    assert np.abs(there.pixels[part].astype(int) - here.pixels[part]).mean() < 5
    assert (there.region ^ here.region).mean() < 0.01


def test_beyond_the_picture_nothing_is_shown(close_up: RgbPixels, close_up_points: Points) -> None:
    cut = close_up[:, : int(close_up_points[:, 0].mean())]
    face = _aligned(cut, close_up_points)
    assert face.inside[150:, :250].all()
    assert not face.inside[:, 345:].any()
    assert not face.pixels[:, 345:].any()


def test_points_at_one_place_are_no_face() -> None:
    assert AlignedFace.of(plain(100, 100), landmarks_of(np.full((468, 3), 40.0))) is None


def test_the_region_is_the_face_without_its_forehead(close_up: RgbPixels, close_up_points: Points) -> None:
    face = _aligned(close_up, close_up_points)
    rows, _ = np.nonzero(face.region)
    chin, brow = face.landmarks[16], min(place[1] for place in face.landmarks.values())
    assert (rows.min(), rows.max()) == (pytest.approx(brow, abs=3), pytest.approx(chin[1], abs=3))
    assert face.histogram.sum() == face.region.sum()


def test_cheeks_begin_at_the_eye_centres_and_reach_outward(close_up: RgbPixels, close_up_points: Points) -> None:
    face = _aligned(close_up, close_up_points)
    (rows, left), (_, right) = face.cheeks
    left_eye, right_eye = eye_centres(face.landmarks)
    assert (left.stop, right.start) == (int(left_eye[0]), int(right_eye[0]))
    assert rows.stop - rows.start == left.stop - left.start == right.stop - right.start == pytest.approx(34, abs=1)
    assert face.region[rows, left].mean() > 0.95
