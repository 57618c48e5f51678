"""The auditor's figures."""

import json
from pathlib import Path

import pytest
from sqlalchemy import update

from central.bridge.audit import audit
from central.bridge.frames import Delivered
from central.bridge.tables import LEDGER
from central.errors import SetUpError
from central.paths import Paths
from tests.central.bridge.counter import Counter
from tests.central.bridge.test_delivery import ACCEPTED
from tests.central.headquarters import Station
from tests.central.parcels import sealed
from vault.errors import ChainBroken


def figures(paths: Paths) -> dict[str, object]:
    found = json.loads(audit(paths))
    assert isinstance(found, dict)
    return found


def test_an_empty_ledger_holds(headquarters: Paths) -> None:
    assert figures(headquarters) == {
        "ledger_lines": 0,
        "ledger_digest": "0" * 64,
        "parcels": 0,
        "parcels_accepted": 0,
        "tombstones": 0,
        "events": 0,
        "sealed_copies_left": 0,
    }


def test_what_is_where_is_counted(headquarters: Paths, counter: Counter, station: Station) -> None:
    accepted, silent, unfinished = (sealed(station, b"content" * 20_000) for _ in range(3))
    counter.decide(counter.store(accepted), ACCEPTED)
    counter.decide(counter.store(silent), Delivered(number=2, result="silent"))
    counter.take(unfinished.billed(), unfinished.chunk(0), unfinished.chunk(1))
    found = figures(headquarters)
    assert (found["parcels"], found["parcels_accepted"], found["tombstones"]) == (2, 1, 1)
    assert found["ledger_lines"] == 6, "two were opened, too"
    assert found["sealed_copies_left"] == 3, "one in the outbox, and two chunks"


def test_a_ledger_that_was_changed_does_not_pass(headquarters: Paths, counter: Counter, station: Station) -> None:
    counter.store(sealed(station, b"content"))
    with counter.session() as session:
        session.execute(update(LEDGER).values(digest="00" * 32))
        session.commit()
    with pytest.raises(ChainBroken):
        audit(headquarters)


def test_a_folder_that_is_not_set_up_is_refused_and_left_alone(tmp_path: Path) -> None:
    with pytest.raises(SetUpError):
        audit(Paths(tmp_path / "nothing"))
    assert list(tmp_path.iterdir()) == []
