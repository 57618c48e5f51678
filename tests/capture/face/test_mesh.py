"""The mesh: points where they belong, and a flag that textures do not raise."""

import numpy as np
import pytest

from capture.face.detect import FaceBox
from capture.face.geometry import head_of
from capture.face.mesh import FaceMesh
from capture.face.points import CHIN, EYE_LEFT_OUTER, EYE_RIGHT_OUTER, LIP_LOWER, LIP_UPPER
from capture.face.pyramid import Pyramid
from drivers.contract import RgbPixels
from tests.capture.face.pictures import blobs, enlarged, noise, turned

NOSE_TIP = 1


def _box(x: float, y: float, side: float) -> FaceBox:
    """With level eyes."""
    eyes = np.array([[x - side / 4, y], [x + side / 4, y], [x, y], [x, y], [x, y], [x, y]])
    return FaceBox(centre_px=np.array([x, y]), side_px=side, points_px=eyes, score=1.0)


FACE = _box(226, 128, 97)


def test_the_points_sit_where_a_person_sees_them(mesh: FaceMesh, astronaut: RgbPixels) -> None:
    """Places read off the photograph by eye."""
    pyramid = Pyramid(astronaut)
    points = mesh.refined(pyramid, mesh.placed(pyramid, FACE).points).points
    head = head_of(points)
    assert head.right_eye_px == pytest.approx([204, 103], abs=2.5)
    assert head.left_eye_px == pytest.approx([247, 105], abs=2.5)
    assert points[CHIN, :2] == pytest.approx([223, 176], abs=4)
    assert points[LIP_UPPER, 1] == pytest.approx(144, abs=3)
    assert points[LIP_LOWER, 1] == pytest.approx(151, abs=3)


def test_depth_grows_away_from_the_camera(mesh: FaceMesh, astronaut: RgbPixels) -> None:
    points = mesh.placed(Pyramid(astronaut), FACE).points
    assert points[NOSE_TIP, 2] < min(points[EYE_RIGHT_OUTER, 2], points[EYE_LEFT_OUTER, 2]) - 5


def test_a_refined_mesh_hardly_depends_on_the_box(mesh: FaceMesh, astronaut: RgbPixels) -> None:
    pyramid = Pyramid(astronaut)
    rough = [mesh.placed(pyramid, box) for box in (FACE, _box(230, 124, 110))]
    fine = [mesh.refined(pyramid, one.points) for one in rough]
    assert np.abs(fine[0].points - fine[1].points)[:, :2].mean() < 0.6
    assert np.abs(rough[0].points - rough[1].points)[:, :2].mean() > 0.6


@pytest.mark.parametrize("factor", [0.6, 2.0])
def test_a_larger_picture_has_the_same_points_larger(mesh: FaceMesh, astronaut: RgbPixels, factor: float) -> None:
    small = head_of(mesh.placed(Pyramid(astronaut), FACE).points)
    other = Pyramid(enlarged(astronaut, factor))
    large = head_of(mesh.placed(other, _box(226 * factor, 128 * factor, 97 * factor)).points)
    assert large.inter_eye_px == pytest.approx(factor * small.inter_eye_px, rel=0.03)
    assert large.between_eyes_px == pytest.approx(factor * small.between_eyes_px, abs=1.5 * factor)


def test_a_turned_face_is_read_upright(mesh: FaceMesh, astronaut: RgbPixels) -> None:
    pyramid, tilted = Pyramid(astronaut), Pyramid(turned(astronaut, 12))
    straight = mesh.refined(pyramid, mesh.placed(pyramid, FACE).points)
    crooked = mesh.refined(tilted, mesh.placed(tilted, _box(253, 125, 97)).points)
    assert head_of(crooked.points).roll_deg - head_of(straight.points).roll_deg == pytest.approx(12, abs=1)
    assert crooked.is_face


@pytest.mark.parametrize("picture", [noise(512, 512), blobs(512, 512, sigma_px=4), blobs(512, 512, sigma_px=20)])
def test_a_texture_is_not_a_face(mesh: FaceMesh, picture: RgbPixels) -> None:
    assert not mesh.placed(Pyramid(picture), FACE).is_face


def test_what_is_beside_a_face_is_not_a_face(mesh: FaceMesh, astronaut: RgbPixels) -> None:
    """The shuttle and the flag in the background."""
    pyramid = Pyramid(astronaut)
    assert mesh.placed(pyramid, FACE).is_face
    assert not mesh.placed(pyramid, _box(420, 120, 97)).is_face
    assert not mesh.placed(pyramid, _box(60, 120, 97)).is_face
