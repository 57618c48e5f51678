"""The choice of a reader: networks where they are, cascades only where the configuration says so."""

from pathlib import Path
from shutil import copytree

import pytest

from capture.errors import FaceModelsMissing
from capture.face.fallback import FaceFallback
from capture.face.haar import HaarReader
from capture.face.judge import FaceJudge
from capture.face.models import FOLDER
from capture.face.networks import NetworkReader
from capture.face.readers import load_reader
from capture.profile import FaceRule
from capture.sample import FaceSample
from drivers.contract import Frame, RgbPixels


@pytest.mark.parametrize("fallback", FaceFallback)
def test_networks_are_taken_where_they_are(fallback: FaceFallback) -> None:
    assert isinstance(load_reader(fallback), NetworkReader)


def test_without_them_and_without_permission_there_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(FaceModelsMissing) as caught:
        load_reader(folder=tmp_path)
    assert "install the package again" in caught.value.sentence
    assert "fallback" in caught.value.sentence


@pytest.mark.parametrize("name", [path.name for path in sorted(FOLDER.glob("*.tflite"))])
def test_one_missing_file_is_enough_for_the_fallback(tmp_path: Path, name: str) -> None:
    folder = Path(copytree(FOLDER, tmp_path / "models"))
    (folder / name).unlink()
    assert isinstance(load_reader(FaceFallback.HAAR, folder=folder), HaarReader)


def test_a_portrait_is_still_taken_with_the_fallback(eyes_judge: FaceJudge, close_up: RgbPixels) -> None:
    assert isinstance(eyes_judge.judge(Frame(close_up, taken_ns=7), FaceRule()), FaceSample)
