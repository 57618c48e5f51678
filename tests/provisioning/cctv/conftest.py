"""A station that names no camera yet."""

from pathlib import Path

import pytest

from tests.provisioning.cctv.typed import Station


@pytest.fixture
def station(tmp_path: Path) -> Station:
    return Station(tmp_path)
