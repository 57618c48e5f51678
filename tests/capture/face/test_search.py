"""The search: how many faces count."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from capture.face.pyramid import Pyramid
from capture.face.search import FaceSearch
from drivers.contract import RgbPixels
from tests.capture.face.pictures import blobs, checkers, enlarged, noise, placed, plain, reduced, text_page

PRINTS = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "nfiq2"


def _count(search: FaceSearch, picture: RgbPixels) -> int:
    return len(search.faces(Pyramid(picture)))


def test_one_face_counts_as_one(search: FaceSearch, astronaut: RgbPixels) -> None:
    faces = search.faces(Pyramid(astronaut))
    assert len(faces) == 1
    assert faces[0].holds(np.array([226.0, 128.0]))
    assert not faces[0].holds(np.array([300.0, 128.0]))


def test_two_people_side_by_side_count_as_two(search: FaceSearch, astronaut: RgbPixels) -> None:
    assert _count(search, np.hstack([astronaut, astronaut])) == 2


@pytest.mark.parametrize(("share", "counted"), [(0.5, 2), (0.33, 2), (0.18, 1)])
def test_a_person_behind_counts_and_a_printed_portrait_does_not(
    search: FaceSearch, close_up: RgbPixels, astronaut: RgbPixels, share: float, counted: int
) -> None:
    """Beside a face of 300 pixels: a second one of this share of its width."""
    small = reduced(enlarged(astronaut[:320, 100:360], 2.0), 1.6 * share)
    frame = placed(small, close_up, left_px=1150, top_px=60)
    faces = search.faces(Pyramid(frame))
    assert len(faces) == counted
    assert faces[0].side_px == pytest.approx(330, rel=0.1)


@pytest.mark.parametrize("size", [(1080, 1920), (2000, 1600), (4000, 3000), (480, 640)])
def test_a_face_that_fills_15_percent_of_the_width_is_found(
    search: FaceSearch, astronaut: RgbPixels, size: tuple[int, int]
) -> None:
    width_px = size[1]
    person = enlarged(astronaut[:300, 100:360], 0.15 * width_px / 97)
    frame = placed(person, plain(*size), left_px=width_px // 2, top_px=size[0] // 4)
    faces = search.faces(Pyramid(frame))
    assert len(faces) == 1
    assert faces[0].side_px == pytest.approx(0.16 * width_px, rel=0.2)


def test_a_small_frame_can_hold_a_face(search: FaceSearch, astronaut: RgbPixels) -> None:
    assert _count(search, reduced(astronaut[:300, 80:380], 1 / 3)) == 1


@pytest.mark.parametrize(
    "picture",
    [
        plain(600, 800, 0),
        plain(600, 800, 255),
        noise(800, 600),
        blobs(800, 600, sigma_px=4),
        blobs(800, 600, sigma_px=16),
        checkers(600, 800, cell_px=8),
        checkers(600, 800, cell_px=50),
        text_page(800, 600),
        plain(1, 1),
        noise(3, 2),
        noise(1, 900),
    ],
    ids=["black", "white", "noise", "fine", "coarse", "checkers", "squares", "text", "pixel", "tiny", "line"],
)
def test_what_is_not_a_face_does_not_count(search: FaceSearch, picture: RgbPixels) -> None:
    assert _count(search, picture) == 0


def test_a_fingerprint_is_not_a_face(search: FaceSearch) -> None:
    prints = sorted(PRINTS.glob("*.pgm"))
    if not prints:
        pytest.skip("the NFIQ 2 sample prints are not beside the checkout")
    for path in prints:
        picture = cv2.imread(str(path))
        assert picture is not None
        assert _count(search, np.asarray(picture, np.uint8)) == 0
