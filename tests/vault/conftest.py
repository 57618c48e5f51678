"""Examples take microseconds; how long the machine takes to come round to them is not what is tested."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.small_disk import SmallDisk, mounted

settings.register_profile("untimed", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    folder = tmp_path / "small"
    folder.mkdir()
    with mounted(tmp_path / "image", folder, size_mib=16) as disk:
        yield disk
