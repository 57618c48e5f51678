"""What must be true of a parcel at the end, whatever died on the way."""

import json
import sqlite3
import subprocess
import sys
from base64 import b64decode
from typing import Any

from agent.config.trust import believed_receipt_keys
from agent.courier.store import Store
from agent.visit.state import VisitState
from agent.wire import Receipt, Tombstone, read_signed
from provisioning.demo.stage import TENANT, Stage
from tests.journey.consignment import Client
from vault.database import open_database
from vault.envelope import Pinned, Sealed
from vault.keys import load_signing_key
from vault.labels import ParcelId


def submissions(stage: Stage, parcel: ParcelId) -> int:
    """How often MIGRIS has it."""
    with sqlite3.connect(f"file:{stage.central / 'migris' / 'migris.db'}?mode=ro", uri=True) as database:
        (count,) = database.execute("SELECT count(*) FROM submission WHERE key = ?", (f"{TENANT}/{parcel}",)).fetchone()
    database.close()
    return int(count)


def check_wiped(stage: Stage, parcel: ParcelId, *, sealed: Sealed, history: dict[str, Any]) -> None:
    """Accepted once, receipted over the sealed digest, wiped with a tombstone, nothing left on the disk."""
    assert submissions(stage, parcel) == 1
    paths = stage.station
    receipt = read_signed(
        b64decode(history["receipts"]["accepted"]["signed"]), Receipt, pinned=believed_receipt_keys(paths)
    )
    link = Pinned([load_signing_key(paths.link_key).public])
    tombstone = read_signed(b64decode(history["tombstone"]["signed"]), Tombstone, pinned=link)
    assert sealed.digest == receipt.digest == tombstone.digest
    assert tombstone.verified
    assert left_of(stage, parcel) == []


def check_one_end(stage: Stage, courier: Client, *, visit: dict[str, Any], codes: set[str]) -> VisitState:
    """A visit that was cut off ended one way or the other, and never in between. Returns which.

    :param codes: why it may have ended early.
    """
    parcel, state = ParcelId(visit["parcel"]), VisitState(visit["state"])
    if state is VisitState.DONE:
        courier.wait(parcel, {"wiped"})
    else:
        assert state is VisitState.FAULTED
        assert visit["code"] in codes
        assert courier.ask("GET", f"/v1/parcels/{parcel}")["code"] == "parcel-unknown"
    assert submissions(stage, parcel) == (1 if state is VisitState.DONE else 0)
    assert left_of(stage, parcel) == []
    return state


def left_of(stage: Stage, parcel: ParcelId) -> list[str]:
    """Files of this parcel at the station."""
    return [path.name for path in stage.station.courier.rglob(f"*{parcel}*")]


def check_ledger(stage: Stage) -> None:
    """The courier's chain holds."""
    engine = open_database(stage.station.courier_database)
    try:
        Store(engine).verify_ledger()
    finally:
        engine.dispose()


def check_central(stage: Stage, *, accepted: bool) -> None:
    """Headquarters' own audit: the chain holds, and every parcel was accepted and buried, or else none.

    :param accepted: whether MIGRIS takes what was sent.
    """
    command = [sys.executable, "-m", "central", "ledger", "--root", str(stage.central)]
    audit = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    ended = audit["parcels"] if accepted else 0
    assert audit["parcels_accepted"] == audit["tombstones"] == ended
    assert audit["sealed_copies_left"] == audit["parcels"] - ended
