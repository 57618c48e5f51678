"""The MIGRIS behind headquarters, asked without a network."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from central.migris.simulator.store import MigrisStore
from tests.central.clock import HandClock
from tests.central.migris.direct import DirectConnector


@pytest.fixture
def migris(tmp_path: Path) -> Iterator[DirectConnector]:
    store = MigrisStore(tmp_path / "migris.db")
    yield DirectConnector(store, HandClock())
    store.close()
