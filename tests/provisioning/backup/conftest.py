import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.provisioning.backup.site import Headquarters, Unit, founded


@pytest.fixture(scope="session")
def _founded_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return founded(tmp_path_factory.mktemp("headquarters") / "hq")


@pytest.fixture
def headquarters(tmp_path: Path, _founded_once: Path) -> Iterator[Headquarters]:
    shutil.copytree(_founded_once, tmp_path / "hq")
    with Headquarters(tmp_path / "hq") as headquarters:
        yield headquarters


@pytest.fixture
def unit(tmp_path: Path, headquarters: Headquarters) -> Iterator[Unit]:
    """A station that has worked, and whose central knows it."""
    with Unit(headquarters.enrol(tmp_path / "unit")) as unit:
        unit.visit()
        unit.wiped(headquarters)
        unit.tell(headquarters)
        yield unit
