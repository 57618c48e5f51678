"""One station for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.guard.unit import Unit


@pytest.fixture
def unit(tmp_path: Path) -> Iterator[Unit]:
    unit = Unit(tmp_path)
    yield unit
    unit.engine.dispose()
