"""The irises: where a person sees them, of the size that irises have, on the client's own sides."""

import numpy as np
import pytest

from capture.face.iris import CONTOUR_COUNT, Iris, Irises, IrisReader
from capture.face.networks import NetworkReader
from capture.face.points import LIDS
from capture.face.pyramid import Pyramid
from capture.face.search import FaceSearch
from drivers.contract import RgbPixels
from tests.capture.face.pictures import points_in, turned

IRIS_TO_EYES = 0.19
"""11.7 mm of 63 mm, as adults have on average."""


@pytest.fixture(scope="module")
def reader(networks: NetworkReader) -> IrisReader:
    return networks.irises


def _irises(search: FaceSearch, reader: IrisReader, picture: RgbPixels) -> Irises:
    pyramid = Pyramid(picture)
    return reader.irises(pyramid, points_in(search, pyramid))


def _apart(irises: Irises) -> float:
    return float(np.linalg.norm(irises.left.centre_px - irises.right.centre_px))


def _circle(iris: Iris) -> list[float]:
    return [*iris.centre_px, iris.radius_px]


def test_the_irises_are_where_a_person_sees_them(
    search: FaceSearch, reader: IrisReader, astronaut: RgbPixels, hopper: RgbPixels
) -> None:
    """Places read off both photographs by eye, enlarged."""
    smiling, glasses = _irises(search, reader, astronaut), _irises(search, reader, hopper)
    assert smiling.right.centre_px == pytest.approx([203.2, 100.9], abs=1.5)
    assert smiling.left.centre_px == pytest.approx([246.3, 102.8], abs=1.5)
    assert glasses.right.centre_px == pytest.approx([221.8, 189.6], abs=3)
    assert glasses.left.centre_px == pytest.approx([304.8, 185.9], abs=3)


@pytest.mark.parametrize(("name", "tolerance"), [("astronaut", 0.02), ("hopper", 0.03)])
def test_an_iris_is_a_fifth_of_the_distance_between_them(
    request: pytest.FixtureRequest, search: FaceSearch, reader: IrisReader, name: str, tolerance: float
) -> None:
    irises = _irises(search, reader, request.getfixturevalue(name))
    for iris in (irises.right, irises.left):
        assert 2 * iris.radius_px / _apart(irises) == pytest.approx(IRIS_TO_EYES, abs=tolerance)


def test_a_mirrored_picture_has_the_sides_exchanged(
    search: FaceSearch, reader: IrisReader, close_up: RgbPixels
) -> None:
    straight = _irises(search, reader, close_up)
    mirrored = _irises(search, reader, np.ascontiguousarray(close_up[:, ::-1]))
    last_px = close_up.shape[1] - 1
    near = 0.02 * _apart(straight)
    for one, other in ((straight.right, mirrored.left), (straight.left, mirrored.right)):
        assert [last_px - other.centre_px[0], other.centre_px[1]] == pytest.approx(one.centre_px, abs=near)
        assert other.radius_px == pytest.approx(one.radius_px, rel=0.05)


def test_a_larger_and_turned_picture_has_the_same_irises(
    search: FaceSearch, reader: IrisReader, astronaut: RgbPixels, close_up: RgbPixels
) -> None:
    small, large = _irises(search, reader, astronaut), _irises(search, reader, close_up)
    tilted = _irises(search, reader, turned(close_up, 8))
    assert _apart(large) == pytest.approx(3.2 * _apart(small), rel=0.02)
    assert _apart(tilted) == pytest.approx(_apart(large), rel=0.02)
    assert large.right.radius_px == pytest.approx(3.2 * small.right.radius_px, rel=0.05)


def test_an_iris_that_is_moved_is_followed(search: FaceSearch, reader: IrisReader, close_up: RgbPixels) -> None:
    """Both irises are painted further to the picture's right, as if the client looked to the left."""
    before = _irises(search, reader, close_up)
    picture = close_up.copy()
    step_px = round(before.right.radius_px * 0.6)
    for iris in (before.right, before.left):
        x, y, radius = (round(number) for number in _circle(iris))
        part = close_up[y - radius : y + radius, x - 2 * radius : x + 2 * radius]
        picture[y - radius : y + radius, x - 2 * radius + step_px : x + 2 * radius + step_px] = part
    after = _irises(search, reader, picture)
    for one, other in ((before.right, after.right), (before.left, after.left)):
        assert other.centre_px[0] - one.centre_px[0] == pytest.approx(step_px, abs=0.4 * step_px)
        assert abs(other.centre_px[1] - one.centre_px[1]) < 0.3 * step_px


def test_the_contour_begins_with_the_lids(search: FaceSearch, reader: IrisReader, close_up: RgbPixels) -> None:
    """Its first 16 points are near the outline that the mesh gives."""
    pyramid = Pyramid(close_up)
    points = points_in(search, pyramid)
    irises = reader.irises(pyramid, points)
    for iris, (outer, upper, inner, lower) in zip((irises.right, irises.left), LIDS, strict=True):
        outline = points[[outer, *upper, inner, *lower], :2]
        gaps = np.linalg.norm(iris.contour_px[:16, None] - outline[None], axis=2).min(axis=1)
        assert iris.contour_px.shape == (CONTOUR_COUNT, 2)
        assert gaps.max() < 0.12 * _apart(irises)
