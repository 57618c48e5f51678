"""The models: all there, or one clear error."""

from pathlib import Path
from shutil import copyfile

import pytest

from capture.errors import CaptureError, FaceModelsMissing
from capture.face.models import FOLDER, load_models

FILES = (
    "face_detection_short_range.tflite",
    "face_landmark.tflite",
    "iris_landmark.tflite",
    "selfie_segmentation.tflite",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in FILES:
        copyfile(FOLDER / name, tmp_path / name)
    return tmp_path


def test_a_complete_folder_loads(folder: Path) -> None:
    models = load_models(folder)
    assert not models.detector.empty()
    assert not models.mesh.empty()
    assert not models.iris.empty()
    assert not models.person.empty()


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("content", [None, b"", b"not a model", b"\0" * 4096], ids=["absent", "empty", "text", "zeros"])
def test_a_missing_or_damaged_file_gives_one_clear_error(folder: Path, name: str, content: bytes | None) -> None:
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)
    with pytest.raises(FaceModelsMissing) as caught:
        load_models(folder)
    assert isinstance(caught.value, CaptureError)
    assert caught.value.code == "face-models-missing"
    assert caught.value.sentence.count(".") == 1
    assert str(folder) not in str(caught.value)


def test_a_file_that_was_cut_short_gives_the_same_error(folder: Path) -> None:
    whole = (folder / FILES[1]).read_bytes()
    (folder / FILES[1]).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FaceModelsMissing):
        load_models(folder)
