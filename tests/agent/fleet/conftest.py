from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.courier.premises import Premises


@pytest.fixture
def premises(tmp_path: Path) -> Iterator[Premises]:
    opened = Premises(tmp_path)
    yield opened
    opened.close()
