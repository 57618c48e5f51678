"""A stage on which every process may be killed at any durable step, and what must be true of each parcel afterwards."""

import asyncio
import os
import shutil
import sqlite3
import time
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from agent.wire import Receipt, Tombstone, read_signed
from provisioning.demo.request import DemoRequest
from provisioning.demo.stage import Stage
from tests.journey.consignment import APPLICATION, PATIENCE_S, Client, Consigned, new_id, pause
from tests.journey.processes import ROOT, System
from tests.journey.verdict import check_central, check_ledger, left_of, submissions
from tests.power.nursery import Nursery
from tests.power.steps import Page

CLOSED_APPLICATION = "MIG-2026-000199"
"""MIGRIS has it and takes nothing for it any more."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What becomes of a parcel that nobody disturbs."""

    name: str
    """On the page."""
    kind: str
    """The parcel's."""
    application: str
    """Whom it is for."""
    end: str
    """The stage at which central decides."""
    submissions: int
    """How often MIGRIS has it then."""


SCENARIOS = (
    Scenario("enrolment", "enrolment", APPLICATION, "accepted", 1),
    Scenario("rejected", "enrolment", CLOSED_APPLICATION, "rejected", 1),
    # sealed as one; what is inside no version carries yet, so central's own check refuses it and MIGRIS is not asked
    Scenario("handover", "handover", APPLICATION, "rejected", 0),
)
"""What parcels are killed in. A visit at the station is killed apart (visits.py)."""


class Scene:
    """The system's processes, each revived when it dies, and parcels that go through them."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.page = Page(stage.root)
        layer = self.page.environment(stage.root, broker_port=stage.ports.broker)
        self.system = System(stage, layer)
        self._nursery = Nursery({**os.environ, **layer}, folder=ROOT)
        for process in (self.system.migris, self.system.bridge, self.system.courier, self.system.station):
            process.born_in(self._nursery)
        self.client = Client(stage.station)

    def start(self, *, courier_revived: bool = True) -> None:
        """Everything but the station, which a parcel does not need."""
        for process in (self.system.broker, self.system.migris, self.system.bridge):
            process.start(revived=True)
        self.system.courier.start(revived=courier_revived)

    def deliver(self, scenario: Scenario) -> dict[str, Any]:
        """One parcel from its seal to its end, checked there; its history. Whoever dies on the way is revived."""
        parcel = new_id()
        consigned = self.client.consign(parcel, application=scenario.application, kind=scenario.kind)
        history = self.ended(consigned)
        self.check(consigned, history, scenario)
        return history

    def ended(self, consigned: Consigned) -> dict[str, Any]:
        """The parcel's history once nothing happens any more: it has its end, and central every event."""
        history = self.client.wait(consigned.parcel, {"wiped", "quarantined"})
        self.settle()
        return history

    def check(self, consigned: Consigned, history: Mapping[str, Any], scenario: Scenario) -> None:
        """Decided once and for all over the sealed digest, wiped with a tombstone, nothing of it left."""
        parcel = consigned.parcel
        assert history["state"] == "wiped", history["state"]
        assert submissions(self.stage, parcel) == scenario.submissions, "MIGRIS saw it exactly once"
        receipt = read_signed(
            b64decode(history["receipts"][scenario.end]["signed"]), Receipt, pinned=self.client.receipt_keys
        )
        stone = read_signed(b64decode(history["tombstone"]["signed"]), Tombstone, pinned=self.client.link_keys)
        assert receipt.digest == stone.digest == consigned.sealed.digest
        assert stone.verified
        self.check_nothing_left(consigned)

    def check_nothing_left(self, consigned: Consigned) -> None:
        """No file of this parcel, and neither its bytes nor its key in any file, the database's pages among them."""
        assert left_of(self.stage, consigned.parcel) == []
        sealed = consigned.sealed.content
        files = [path for path in self.stage.station.courier.rglob("*") if path.is_file()]
        assert self.stage.station.courier_database in files
        for secret in (consigned.wrap_key, sealed[-48:], sealed[len(sealed) // 2 :][:48], APPLICATION.encode()):
            assert [path for path in files if secret in path.read_bytes()] == []

    def settle(self) -> None:
        """Until central has receipted every event of the courier."""
        deadline = time.monotonic() + PATIENCE_S
        while self._open_events():
            assert time.monotonic() < deadline, "central does not receipt the courier's events"
            pause()

    def _open_events(self) -> int:
        """How many; one when nobody can say just now, because the disk is being taken away or a process starts."""
        try:
            with closing(sqlite3.connect(f"file:{self.stage.station.courier_database}?mode=ro", uri=True)) as database:
                (count,) = database.execute("SELECT count(*) FROM event WHERE receipted_at IS NULL").fetchone()
        except sqlite3.Error:
            return 1
        return int(count)

    def check_end(self, scenario: Scenario) -> None:
        """The courier's chain and headquarters' hold; no sealed copy is left but of what was rejected."""
        check_ledger(self.stage)
        self.system.bridge.stop()
        check_central(self.stage, accepted=scenario.end == "accepted")

    def close(self) -> None:
        """End everything."""
        self.client.close()
        self.system.stop()
        self._nursery.close()
        self.page.close()


@contextmanager
def scene(request: DemoRequest | None = None) -> Iterator[Scene]:
    """A scene that is founded and claimed, nothing started; gone afterwards."""
    stage = Stage()
    nothing = DemoRequest(photo=None, fingers={}, missing={}, application=APPLICATION, out=None, keep=False)
    try:
        asyncio.run(stage.found())
        asyncio.run(stage.claim(request or nothing))
        opened = Scene(stage)
        try:
            yield opened
        finally:
            opened.close()
    finally:
        shutil.rmtree(stage.root)
