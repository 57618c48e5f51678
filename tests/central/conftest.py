"""What the tests of this room share: headquarters' folder, set up once a worker and copied for who changes it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from central.paths import Paths
from tests.central.bridge.counter import Counter, opened
from tests.central.headquarters import Station, enrolled, founded


@pytest.fixture(scope="session")
def _founded_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return founded(tmp_path_factory.mktemp("headquarters") / "central").root


@pytest.fixture
def headquarters(_founded_once: Path, tmp_path: Path) -> Paths:
    """A folder of the test's own; the paths in its broker configuration are those of the first."""
    shutil.copytree(_founded_once, tmp_path / "central")
    return Paths(tmp_path / "central")


@pytest.fixture
def station(headquarters: Paths) -> Station:
    return enrolled(headquarters)


@pytest.fixture
def counter(headquarters: Paths) -> Iterator[Counter]:
    """What takes parcels in, closed at the end."""
    counter = opened(headquarters)
    yield counter
    counter.engine.dispose()
