"""What the tests of this room share: the judge, the rule, and the two photographs."""

from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest

from capture.face.fallback import FaceFallback
from capture.face.judge import FaceJudge
from capture.face.mesh import FaceMesh
from capture.face.models import FaceModels, load_models
from capture.face.networks import NetworkReader
from capture.face.points import Points
from capture.face.pyramid import Pyramid
from capture.face.readers import load_reader
from capture.face.search import FaceSearch
from capture.profile import FaceRule
from drivers.contract import RgbPixels
from tests.capture.face.pictures import enlarged, points_in
from tests.capture.face.sitting import Sitting, sat


@pytest.fixture(scope="session")
def rule() -> FaceRule:
    return FaceRule()


@pytest.fixture(scope="session")
def models() -> FaceModels:
    return load_models()


@pytest.fixture(scope="session")
def search(models: FaceModels) -> FaceSearch:
    return FaceSearch(models)


@pytest.fixture(scope="session")
def mesh(models: FaceModels) -> FaceMesh:
    return FaceMesh(models.mesh)


@pytest.fixture(scope="session")
def networks(models: FaceModels) -> NetworkReader:
    return NetworkReader(models)


@pytest.fixture(scope="session")
def judge(networks: NetworkReader) -> FaceJudge:
    return FaceJudge(networks)


def _bundled(package: str, *path: str) -> RgbPixels:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        pytest.skip(f"{package}, whose wheel holds the photograph, is not installed")
    picture = cv2.imread(str(Path(spec.origin).parent.joinpath(*path)))
    assert picture is not None
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)


@pytest.fixture(scope="session")
def astronaut() -> RgbPixels:
    """512 x 512; smiles with teeth, 43 pixels between the eyes, plain grey behind the head, a flag beside it."""
    return _bundled("skimage", "data", "astronaut.png")


@pytest.fixture(scope="session")
def hopper() -> RgbPixels:
    """512 x 606; mouth closed, glasses and a cap, 85 pixels between the eyes."""
    return _bundled("matplotlib", "mpl-data", "sample_data", "grace_hopper.jpg")


@pytest.fixture(scope="session")
def close_up(astronaut: RgbPixels) -> RgbPixels:
    """The same with 138 pixels between the eyes, as from a camera with more pixels but a soft lens."""
    return enlarged(astronaut, 3.2)


@pytest.fixture(scope="session")
def close_up_points(search: FaceSearch, close_up: RgbPixels) -> Points:
    return points_in(search, Pyramid(close_up))


@pytest.fixture(scope="session")
def sitting(models: FaceModels) -> Sitting:
    """The good portrait, at a sensor's resolution."""
    return sat(models)


@pytest.fixture(scope="session")
def eyes_judge(tmp_path_factory: pytest.TempPathFactory) -> FaceJudge:
    """A judge where the networks are missing, which knows only where the eyes are."""
    return FaceJudge(load_reader(FaceFallback.HAAR, folder=tmp_path_factory.mktemp("models")))
