"""The detector: boxes where faces are, at any shape of frame."""

import numpy as np
import pytest

from capture.face.detect import FaceBox, FaceDetector
from capture.face.models import FaceModels
from capture.face.pyramid import Pyramid
from drivers.contract import RgbPixels
from tests.capture.face.pictures import placed, plain


def _box(x: float, y: float, side: float) -> FaceBox:
    return FaceBox(centre_px=np.array([x, y]), side_px=side, points_px=np.zeros((6, 2)), score=1.0)


@pytest.fixture(scope="module")
def detector(models: FaceModels) -> FaceDetector:
    return FaceDetector(models.detector)


@pytest.mark.parametrize("long_px", [128, 256, 384])
def test_a_face_is_found_where_it_is(detector: FaceDetector, astronaut: RgbPixels, long_px: int) -> None:
    box = detector.look(Pyramid(astronaut), long_px=long_px)[0]
    assert box.centre_px == pytest.approx([226, 128], abs=8)
    assert box.side_px == pytest.approx(97, abs=12)
    right_eye, left_eye, nose, mouth = box.points_px[:4]
    assert right_eye == pytest.approx([204, 102], abs=7)
    assert left_eye == pytest.approx([247, 104], abs=7)
    assert nose[1] < mouth[1]


@pytest.mark.parametrize(("size", "left_px", "top_px"), [((512, 1100), 560, 0), ((1100, 512), 0, 300)])
def test_a_wide_or_tall_frame_keeps_its_aspect(
    detector: FaceDetector, astronaut: RgbPixels, size: tuple[int, int], left_px: int, top_px: int
) -> None:
    frame = placed(astronaut, plain(*size), left_px=left_px, top_px=top_px)
    box = detector.look(Pyramid(frame), long_px=256)[0]
    assert box.centre_px == pytest.approx([226 + left_px, 128 + top_px], abs=10)
    assert box.side_px == pytest.approx(97, abs=15)


def test_one_face_is_one_box(detector: FaceDetector, astronaut: RgbPixels) -> None:
    boxes = detector.look(Pyramid(astronaut), long_px=256)
    assert sum(_box(226, 128, 97).overlap(box) > 0.1 for box in boxes) == 1


@pytest.mark.parametrize("level", [0, 127, 255])
def test_nothing_is_found_in_nothing(detector: FaceDetector, level: int) -> None:
    assert detector.look(Pyramid(plain(480, 640, level)), long_px=128) == []


def test_overlap_is_a_share_of_both() -> None:
    assert _box(0, 0, 10).overlap(_box(0, 0, 10)) == pytest.approx(1.0)
    assert _box(0, 0, 10).overlap(_box(5, 0, 10)) == pytest.approx(50 / 150)
    assert _box(0, 0, 10).overlap(_box(0, 0, 5)) == pytest.approx(0.25)
    assert _box(0, 0, 10).overlap(_box(11, 0, 10)) == 0
