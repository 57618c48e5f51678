"""A counter that takes parcels in, and the MIGRIS behind it, over one headquarters."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from central.migris.simulator.store import MigrisStore
from central.paths import Paths
from tests.central.bridge.counter import Counter, opened
from tests.central.clock import HandClock
from tests.central.migris.direct import DirectConnector


@pytest.fixture
def counter(headquarters: Paths) -> Iterator[Counter]:
    counter = opened(headquarters)
    yield counter
    counter.engine.dispose()


@pytest.fixture
def migris(tmp_path: Path) -> Iterator[DirectConnector]:
    store = MigrisStore(tmp_path / "migris.db")
    yield DirectConnector(store, HandClock())
    store.close()
