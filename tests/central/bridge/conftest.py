"""A workshop that is closed at the end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from central.bridge.opener import Opener
from central.migris.simulator.store import MigrisStore
from central.paths import Paths
from central.pki.keyring import OwnKeys
from central.pki.set_up import receipt_key
from tests.central.bridge.workshop import Workshop
from tests.central.clock import HandClock
from tests.central.migris.direct import DirectConnector


@pytest.fixture
def workshop(headquarters: Paths, tmp_path: Path) -> Iterator[Workshop]:
    store, clock = MigrisStore(tmp_path / "migris.db"), HandClock()
    migris, key = DirectConnector(store, clock), receipt_key(headquarters, at=clock.now())
    yield Workshop(Opener(OwnKeys(headquarters), connector=migris, clock=clock), migris, store, clock, key)
    store.close()
