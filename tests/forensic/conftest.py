"""The scene, with everything running on it; skipped where no file system can be mounted."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.forensic.image import missing
from tests.forensic.scene import raised
from tests.forensic.visits import Visits


@pytest.fixture
def visits(tmp_path: Path) -> Iterator[Visits]:
    """A client who was never seen before, at a station that is ready."""
    why = missing()
    if why:
        pytest.skip(why)
    # another client every time: what an earlier run left somewhere is not found for this one's
    with raised(tmp_path, seed=int.from_bytes(os.urandom(4), "little")) as scene:
        running = Visits(scene)
        try:
            yield running
        finally:
            running.close()
            # pytest shows this with a failure, and with nothing else
            for log in sorted(scene.stage.logs.glob("*.log")):
                sys.stdout.write(f"== {log.name}\n{log.read_text()[-4000:]}\n")
