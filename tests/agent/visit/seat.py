"""A chair with everything around it: a real database, a real supervisor, and the stand-ins of `desk`."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Engine, text

from agent.clock import SystemClock
from agent.devices.attendance import Attendance
from agent.errors import Refused
from agent.supervise import Supervisor
from agent.visit.asking import Asking
from agent.visit.chair import Chair, ChairTools, Order
from agent.visit.channel import Report
from agent.visit.event import Confirmed, Event
from agent.visit.journal import Journal
from agent.visit.runner import Runner
from agent.visit.worker_process import WorkerProcess
from capture.missing import MissingReason
from capture.profile import FaceRule, FingerRule, Profile
from drivers.contract import Finger
from tests.agent.devices.bench import Bench, wanted
from tests.agent.visit.claimed import Claimed
from tests.agent.visit.desk import Courier, ToldWorker
from tests.agent.visit.headquarters import APPLICATION, STATION, TENANT
from vault.database import open_database
from vault.keys import Pseudonyms, load_signing_key

View = dict[str, Any]
PROFILE = Profile(face=FaceRule(attempts=1), finger=FingerRule(attempts=1))


@dataclass(kw_only=True)
class Seat:
    """One station, as far as its visits go."""

    claimed: Claimed
    engine: Engine
    profile: Profile = PROFILE
    real: bool = False
    """Whether workers are processes."""
    told: dict[type[BaseModel], list[Report]] = field(default_factory=dict)
    workers: list[ToldWorker] = field(default_factory=list)
    access: dict[str, Refused] = field(default_factory=dict)
    """Operators who may not work, and why."""

    def __post_init__(self) -> None:
        self.clock = SystemClock()
        self.courier = Courier(self.claimed.incoming, self.claimed.headquarters)
        self.journal = Journal(self.engine)
        self.supervisor = Supervisor()
        self.bench = Bench()
        self.attendance = Attendance(wanted(fingerprint={"driver": "futronic"}), self.bench, clock=self.clock)
        self.chair = Chair(
            ChairTools(
                journal=self.journal,
                runner=Runner(self.journal, self.courier, clock=self.clock),
                new_worker=self._new_worker,
                profile=self.profile,
                pseudonym=Pseudonyms(self.claimed.paths.pseudonym_key).of,
                clock=self.clock,
                may_work=self.access.get,
                obstacle=self.attendance.obstacle,
            ),
            self.supervisor,
        )

    @property
    def worker(self) -> ToldWorker:
        """The worker of the visit that runs, or the one ahead of the next."""
        return self.workers[-1]

    async def open(
        self, missing: Mapping[Finger, MissingReason] | None = None, *, relaxation: str | None = None
    ) -> str:
        order = Order(
            application=APPLICATION,
            operator="op-7",
            notice_language="lt",
            missing=missing or {},
            relaxation=relaxation,
        )
        return await self.chair.open(order)

    async def until(self, visit: str, holds: Callable[[View], object]) -> View:
        """The view as soon as this holds."""
        async with asyncio.timeout(20):
            while not holds(view := self.chair.view(visit)):
                await self.chair.change(view["sequence"], within_s=20)
        return view

    async def asked(self, visit: str, what: str) -> View:
        """The view as soon as the operator is asked this."""
        return await self.until(visit, lambda view: view["waiting"] is not None and view["waiting"]["what"] == what)

    async def decide(self, visit: str, what: str, event: Event) -> None:
        await self.asked(visit, what)
        self.chair.decide(visit, event)

    async def settled(self, visit: str) -> View:
        return await self.until(visit, lambda view: view["settled"])

    async def confirmed(self) -> str:
        """A visit that the operator has just confirmed."""
        visit = await self.open()
        await self.decide(visit, "confirm", Confirmed())
        return visit

    def ledger(self) -> list[str]:
        """The kinds of all lines, in order, after the chain was verified."""
        self.journal.verify_ledger()
        with self.engine.connect() as connection:
            rows = connection.execute(text("SELECT json_extract(body, '$.kind') FROM ledger_line ORDER BY number"))
            return [row[0] for row in rows]

    def open_lines(self) -> list[str]:
        """The journal's lines that nobody closed."""
        with self.engine.connect() as connection:
            rows = connection.execute(text("SELECT step FROM journal WHERE closed_at IS NULL ORDER BY id"))
            return [row[0] for row in rows]

    def _new_worker(self) -> WorkerProcess:
        if self.real:
            return WorkerProcess(self.claimed.root)
        paths, headquarters = self.claimed.paths, self.claimed.headquarters
        asking = Asking(
            TENANT,
            STATION,
            signer=load_signing_key(paths.seal_key),
            central=headquarters,
        )
        self.workers.append(ToldWorker(asking, self.claimed.incoming, self.told))
        return self.workers[-1]


@asynccontextmanager
async def seated(
    folder: Path, *, profile: Profile = PROFILE, resume: bool = True, real: bool = False
) -> AsyncIterator[Seat]:
    """A chair that is ready; closed at the end, with nothing of it left running."""
    claimed = Claimed(folder / "root")
    claimed.migrate()
    engine = open_database(claimed.paths.station_database)
    seat = Seat(claimed=claimed, engine=engine, profile=profile, real=real)
    try:
        if resume:
            await seat.chair.resume()
        yield seat
    finally:
        for held in seat.courier.held.values():
            held.go_on.set()
        await seat.chair.close(within_s=5)
        seat.supervisor.stop()
        await seat.supervisor.run()
        engine.dispose()
