from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.provisioning.backup.site import Headquarters, Unit


@pytest.fixture
def headquarters(tmp_path: Path) -> Iterator[Headquarters]:
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
