"""A workshop that is closed at the end."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from central.bridge.examiner import Examiner
from central.bridge.opener import Opener
from central.migris.simulator.store import MigrisStore
from central.paths import Paths
from central.pki.keyring import OwnKeys
from central.pki.set_up import receipt_key
from tests.central.bridge.workshop import Workshop
from tests.central.clock import HandClock
from tests.central.migris.direct import DirectConnector


@pytest.fixture
async def workshop(headquarters: Paths, tmp_path: Path) -> AsyncIterator[Workshop]:
    store, clock = MigrisStore(tmp_path / "migris.db"), HandClock()
    migris, key = DirectConnector(store, clock), receipt_key(headquarters, at=clock.now())
    examiner = Examiner()
    opener = Opener(OwnKeys(headquarters), connector=migris, examiner=examiner, clock=clock)
    yield Workshop(opener, migris, store, clock, key)
    await examiner.close()
    store.close()
