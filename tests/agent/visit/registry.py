"""A station's records of visits and the courier's register beside them, with both clocks in the test's hand."""

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from agent.config.retention import VisitPeriods
from agent.retention.keeper import Database, Keeper, Outcome
from agent.visit.attestation import Attestation
from agent.visit.journal import DurableStep
from agent.visit.keeper import VisitKeeper
from agent.visit.state import VisitState
from agent.visit.tables import MARKS
from tests.agent.courier.archive import DAY_S, Archive, SteppedClock
from tests.agent.courier.premises import new_id
from tests.agent.visit.test_attestation import AtTheDesk, Unit
from vault.labels import ParcelId

PERIODS = VisitPeriods(visit_days=1096, timeline_days=90, grace_hours=24)
SUBJECT = "5ubj3c7" * 4
GATE = "a gate that failed for somebody"


class AtTheRegister(AtTheDesk):
    """The courier's desk with its register of holds."""

    def __init__(self, archive: Archive) -> None:
        super().__init__(archive.premises)
        self.archive = archive

    async def bound(self) -> tuple[frozenset[str], frozenset[str]]:
        self._answer()
        bound = self.archive.keeper.bound()
        return frozenset(bound.held), frozenset(bound.open)


class Registry:
    """A station's records and the courier's register beside them."""

    def __init__(self, folder: Path) -> None:
        self.unit = Unit(folder)
        self.archive = Archive(self.unit.premises)
        self.courier = AtTheRegister(self.archive)
        self.unit.courier = self.courier
        self.clock = SteppedClock(self.unit.premises.clock)
        self.attestation: Attestation = self.unit.started()
        journal = self.unit.journal
        database = Database(name="station", engine=self.unit.engine, marks=MARKS, transactions=journal.transaction)
        grace = timedelta(hours=PERIODS.grace_hours)
        keeper = Keeper(database, clock=self.clock, boot="boot", grace=grace)
        self.keeper = VisitKeeper(keeper, courier=self.courier, attestation=self.attestation, periods=PERIODS)

    def visit(self, parcel: ParcelId | None = None, *, ended: bool = True) -> tuple[str, bytes]:
        """A visit that has ended; its parcel, and what was sealed of its application's number."""
        journal, at = self.unit.journal, self.unit.premises.clock.now
        visit, parcel, sealed = new_id(), parcel or new_id(), os.urandom(300)
        journal.open_visit(visit, parcel=parcel, subject=SUBJECT, operator="op-7", at=at())
        journal.keep_subject(visit, sealed=sealed, at=at(), detail={"subject": SUBJECT})
        journal.close(journal.intend(visit, DurableStep.RESERVE, at=at()), at=at())
        if ended:
            timeline: list[dict[str, Any]] = [{"step": "portrait", "time": "t", "ms": 1, "detail": GATE}]
            journal.end_visit(visit, VisitState.DONE, at=at(), outcome=(None, "ab" * 32), timeline=timeline)
        return parcel, sealed

    async def forward(self, days: float) -> None:
        """Time passes with a working link."""
        self.unit.premises.clock.seconds += days * DAY_S
        await self.attestation.tell()
        self.archive.receipt_all()

    async def run(self, *, dry: bool = False) -> Outcome:
        return await self.keeper.run(dry)

    async def swept(self) -> Outcome:
        await self.run()
        await self.forward(1)
        return await self.run()

    def count(self, table: str) -> int:
        with self.unit.engine.connect() as connection:
            return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())

    def lines(self, kind: str) -> list[dict[str, Any]]:
        """The ledger's lines of this kind, after the chain was verified."""
        self.unit.journal.verify_ledger()
        with self.unit.engine.connect() as connection:
            bodies = connection.execute(text("SELECT body FROM ledger_line ORDER BY number")).scalars()
            return [line for body in bodies if (line := json.loads(body))["kind"] == kind]

    def disk(self) -> bytes:
        return b"".join(path.read_bytes() for path in sorted(self.unit.path.parent.glob("station.db*")))

    def close(self) -> None:
        self.unit.engine.dispose()
        self.unit.premises.close()
