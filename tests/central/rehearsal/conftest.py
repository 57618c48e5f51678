"""A broker of its own for links of this room."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.broker import Broker


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    running = Broker(tmp_path / "broker of links")
    running.start()
    yield running
    running.kill()
