import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.broker import Broker


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder that every user may enter, with a path that leaves room for a socket's: 107 bytes are all there is."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    running = Broker(tmp_path / "headquarters")
    running.start()
    yield running
    running.kill()
