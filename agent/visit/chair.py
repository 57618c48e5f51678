"""The station's one chair: one visit at a time, opened, decided on and looked at by the operator.

Nobody but an operator at the station can open a visit: nothing of this is reachable from the network.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field

from ulid import ULID

from agent.clock import Clock
from agent.errors import ForbiddenMove, ReasonNeeded, Refused
from agent.private_memory import forget_now
from agent.supervise import Supervisor
from agent.visit.effect import Do, Effect
from agent.visit.event import (
    BESIDE,
    OPERATORS,
    Accepted,
    Cancelled,
    Event,
    Failed,
    FingerMissing,
    RefusedByOperator,
    Relaxed,
)
from agent.visit.journal import Journal
from agent.visit.machine import Move, advance, begin
from agent.visit.runner import Runner, Running
from agent.visit.state import ENDED, VisitState
from agent.visit.timeline import Timeline
from agent.visit.view import View, show
from agent.visit.worker_process import STUCK, WorkerProcess
from capture.missing import MissingReason
from capture.profile import Profile
from drivers.contract import Finger
from vault.access import Access, Purpose, access
from vault.labels import ParcelId
from vault.ledger import Detail

_log = logging.getLogger(__name__)

RELAXED = "relaxed"
"""That less is demanded of a portrait. By which relaxation would say something about somebody's health: it travels
sealed, and no ledger here keeps it."""
STOP_LIMIT_S = 5.0
"""How long a visit may take to end when the process is told to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the operator says when a client sits down."""

    application: str = field(repr=False)
    """The application's number."""
    operator: str
    """Who drives the visit."""
    notice_language: str
    """In which language the privacy notice was shown (R-INFO-1); without it nothing is captured."""
    missing: Mapping[Finger, MissingReason]
    """Fingers that the operator can see to be missing."""
    relaxation: str | None = None
    """What is not demanded of the portrait, by its name in the profile."""


def nothing_follows() -> None:
    """Nobody waits for the end of a visit."""


def anybody_may(_operator: str) -> None:
    """Whoever the socket lets in."""


def nothing_known() -> None:
    """Nobody follows the devices: then a visit finds out by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChairTools:
    """What the chair works with."""

    journal: Journal
    """Durable memory."""
    runner: Runner
    """Carries effects out."""
    new_worker: Callable[[], WorkerProcess]
    """Makes a worker process, not started yet."""
    profile: Profile
    """What a visit asks for."""
    pseudonym: Callable[[str], str]
    """Keyed pseudonym of an application's number."""
    clock: Clock
    """Both clocks."""
    ended: Callable[[], None] = nothing_follows
    """Told when a visit has ended and everything of it is written."""
    may_work: Callable[[str], Refused | None] = anybody_may
    """Why an operator may not work here now; asked again before everything that they do."""
    obstacle: Callable[[], Refused | None] = nothing_known
    """Why no visit can be opened now, if that is known beforehand: a device that every visit needs is not there,
    or a key of central's has ended."""


class Chair:
    """Holds the running visit, or the last one."""

    def __init__(self, tools: ChairTools, supervisor: Supervisor) -> None:
        self._tools = tools
        self._supervisor = supervisor
        self._running: Running | None = None
        self._ahead: WorkerProcess | None = None
        self._resumed = False
        self._busy = False
        self._stopping = False
        self._conducting: asyncio.Task[None] | None = None
        self._sequence = 0
        self._changed = asyncio.Event()

    @property
    def ready(self) -> bool:
        """Whether a visit can be opened now."""
        return self._resumed and not self._busy and not self._stopping and self._tools.obstacle() is None

    def obstacle(self) -> Refused | None:
        """Why no visit can be opened now, if that is known beforehand."""
        return self._tools.obstacle()

    @property
    def taken(self) -> bool:
        """Whether a visit holds the chair, and with it the devices."""
        return self._busy

    async def resume(self) -> None:
        """Clear up what a cut has left: a parcel that reached the disk is delivered, every other place given back."""
        await self._start_ahead()
        runner, journal, clock = self._tools.runner, self._tools.journal, self._tools.clock
        for left in await runner.write(journal.open_visits):
            there = await runner.settle(left.parcel) if left.sealing else None
            if there is None:
                await runner.release(left.id, left.parcel)
            state = VisitState.FAULTED if there is None else VisitState.DONE
            outcome = ("cut-off", None) if there is None else (None, there[0])
            await runner.write(
                lambda left=left, state=state, outcome=outcome: journal.end_visit(  # type: ignore[misc]  # bound now
                    left.id, state, at=clock.now(), outcome=outcome
                )
            )
            _log.warning("a visit that was cut off ended as %s", state)
        self._resumed = True

    async def close(self, *, within_s: float = STOP_LIMIT_S) -> None:
        """End the visit (one that is being sealed is let finish) and every worker; what is left, `resume` clears up."""
        self._stopping = True
        if self._running is not None and self._conducting is not None and not self._conducting.done():
            self._running.events.put_nowait(Cancelled("stopped"))
            await asyncio.wait({self._conducting}, timeout=within_s)
        for worker in (self._ahead, None if self._running is None else self._running.worker):
            if worker is not None:
                await worker.close()

    def retire(self) -> bool:
        """Take no more visits, because the process is about to begin anew; False while one is running."""
        if self._busy:
            return False
        self._stopping = True
        return True

    async def open(self, order: Order) -> str:
        """Begin a visit and return its id. :raises: Refused when the chair is taken or not ready, or lacks a device."""
        if not self._resumed or self._stopping:
            raise Refused("not-ready", "The station is still clearing up after a cut, or is about to stop.")
        if self._busy:
            raise Refused("visit-running", "Another visit is running: end it first.")
        if (obstacle := self._tools.obstacle()) is not None:
            raise obstacle
        self._check_operator(order.operator)
        self._check_relaxation(order.relaxation)
        self._busy, seated = True, False
        try:
            running, first = await self._seat(order)
            seated = True
        finally:
            self._busy = seated
        self._running = running
        self._conducting = self._supervisor.essential("visit", self._conduct(running, first))
        return running.id

    async def _seat(self, order: Order) -> tuple[Running, Move]:
        """A visit that is written down, with a worker of its own."""
        worker = await self._worker_ahead()
        now = self._tools.clock.now()
        visit_id, parcel = (str(ULID.from_datetime(now)).lower() for _ in range(2))
        first = begin(self._tools.profile, order.missing, relaxation=order.relaxation)
        running = Running(
            id=visit_id,
            parcel=ParcelId(parcel),
            application=order.application,
            subject=self._tools.pseudonym(order.application),
            operator=order.operator,
            notice_language=order.notice_language,
            visit=first.visit,
            worker=worker,
            timeline=Timeline(self._tools.clock),
        )
        await self._write_opening(running)
        self._ahead = None
        return running, first

    def decide(self, visit: str, event: Event) -> None:
        """The operator's decision. :raises: Refused when the visit does not wait for it."""
        running = self._get(visit)
        self._check_operator(running.operator)
        if isinstance(event, Relaxed):
            self._check_relaxation(event.relaxation)
        try:
            # tried on the side, so that a decision that does not fit changes nothing
            advance(running.visit, event)
        except ReasonNeeded as error:
            raise Refused(error.code, error.sentence) from None
        except (ForbiddenMove, ValueError):
            raise Refused("not-now", "The visit does not wait for this decision.") from None
        running.events.put_nowait(event)

    def _check_operator(self, operator: str) -> None:
        if (refused := self._tools.may_work(operator)) is not None:
            raise refused

    def _check_relaxation(self, name: str | None) -> None:
        if name is not None and name not in self._tools.profile.face.relaxations:
            raise Refused("relaxation-unknown", "The profile has no such relaxation.")

    def view(self, visit: str) -> View:
        """The visit as the operator's page shows it. :raises: Refused when it is not in the chair."""
        return show(self._get(visit), sequence=self._sequence, settled=not self._busy)

    async def look(self, visit: str, *, uid: int) -> View:
        """The visit as `view` shows it; the ledger has who looks, and at what, before it is shown.

        :param uid: the kernel's word on who asks.
        :raises: Refused when it is not in the chair.
        """
        shown, running = self.view(visit), self._get(visit)
        self._check_operator(running.operator)
        kinds = {Access.VISIT_VIEWED: Purpose.CONDUCT_VISIT}
        if shown["applicant"] is not None:
            kinds[Access.APPLICANT_SHOWN] = Purpose.COMPARE_CLIENT
        for kind, why in kinds.items():
            if (uid, kind) not in running.seen_by:
                await self._write_access(running, kind, detail=access(f"uid:{uid}", why, subject=running.subject))
                running.seen_by.add((uid, kind))
        return shown

    async def _write_access(self, running: Running, kind: Access, *, detail: Detail) -> None:
        journal, at = self._tools.journal, self._tools.clock.now()
        said = {**detail, "operator": running.operator}
        await self._tools.runner.write(lambda: journal.note(running.id, kind, at=at, detail=said))

    async def change(self, after: float, *, within_s: float) -> None:
        """Return when something has changed since this sequence number, or when the time is over."""
        if self._sequence != after:
            return
        try:
            async with asyncio.timeout(within_s):
                await self._changed.wait()
        except TimeoutError:
            return

    async def _write_opening(self, running: Running) -> None:
        journal, at = self._tools.journal, running.timeline.began
        language, relaxed = running.notice_language, running.visit.relaxation is not None

        def write() -> None:
            journal.open_visit(
                running.id, parcel=running.parcel, subject=running.subject, operator=running.operator, at=at
            )
            journal.note(running.id, "notice-shown", at=at, detail={"language": language})
            if relaxed:
                journal.note(running.id, RELAXED, at=at, detail={})

        await self._tools.runner.write(write)
        running.timeline.note("opened", f"privacy notice shown in {language}")
        if relaxed:
            running.timeline.note(RELAXED)

    async def _conduct(self, running: Running, move: Move) -> None:
        under_way: set[asyncio.Task[None]] = set()
        while True:
            running.visit = move.visit
            self._announce()
            # Invariant: nothing of one move is under way when the next one's effects begin
            if under_way:
                await asyncio.wait(under_way)
            if move.visit.state in ENDED:
                return await self._finish(running, move.effects)
            work = self._supervisor.essential("effects", self._tools.runner.perform(running, move.effects))
            under_way, before = {work}, move
            move = await self._next_move(running)
            # a request for a place is waited for: cut off, it could reach the courier after the place was given back
            if Do.RESERVE not in before.effects:
                work.cancel()

    async def _next_move(self, running: Running) -> Move:
        while True:
            event = await self._next_event(running)
            try:
                move = advance(running.visit, event)
            except ForbiddenMove:
                if not isinstance(event, OPERATORS):
                    raise
                # it fitted when it was given, and something else happened first
                _log.info("a decision came too late")
                continue
            await self._note_decision(running, event)
            if not isinstance(event, BESIDE):
                return move
            running.visit = move.visit
            self._announce()
            await self._tools.runner.perform(running, move.effects)

    async def _next_event(self, running: Running) -> Event:
        profile, waiting = running.visit.profile, running.visit.waiting is not None
        # beside the person's time a step may take the machine as long as a person may idle, and no longer
        step_ms = 0 if waiting else max(profile.face.time_limit_ms, profile.finger.time_limit_ms)
        try:
            async with asyncio.timeout((profile.idle_limit_ms + step_ms) / 1000):
                return await running.events.get()
        except TimeoutError:
            return Cancelled("idle") if waiting else Failed(STUCK.code, STUCK.sentence)

    async def _note_decision(self, running: Running, event: Event) -> None:
        match event:
            case Accepted():
                what = running.visit.waiting
                kind, detail = "accepted", {"what": None if what is None else what.what.value}
            case FingerMissing():
                # which one and why is about somebody's health: it travels sealed, and no ledger here keeps it
                kind, detail = "finger-missing", {}
            case Relaxed(name):
                kind, detail = RELAXED if name is not None else "relaxation-withdrawn", {}
            case RefusedByOperator(reason):
                kind, detail = "refused", {"what": reason.value}
            case _:
                return
        running.timeline.note(kind, ", ".join(str(value) for value in detail.values()))
        journal, at = self._tools.journal, self._tools.clock.now()
        await self._tools.runner.write(lambda: journal.note(running.id, kind, at=at, detail=detail))

    async def _finish(self, running: Running, effects: tuple[Effect, ...]) -> None:
        running.application, running.applicant, running.wrap_key = "", None, b""
        await self._tools.runner.perform(running, effects)
        visit = running.visit
        running.timeline.note(visit.state.value, "" if visit.end is None else visit.end.code)
        outcome = (None if visit.end is None else visit.end.code, None if visit.sealed is None else visit.sealed[0])
        timeline = [asdict(entry) for entry in running.timeline.entries()]
        journal, at = self._tools.journal, self._tools.clock.now()
        await self._tools.runner.write(
            lambda: journal.end_visit(running.id, visit.state, at=at, outcome=outcome, timeline=timeline)
        )
        self._tools.ended()
        # the number, the names and the parcel's key came through this process
        forget_now()
        if not self._stopping:
            await self._start_ahead()
        self._busy = False
        self._announce()

    async def _worker_ahead(self) -> WorkerProcess:
        """The worker that was started ahead, or a new one when that has died since."""
        if self._ahead is None or self._ahead.ended:
            _log.warning("the worker that was started ahead has ended; another one is started")
            await self._start_ahead()
        assert self._ahead is not None, "just started"
        return self._ahead

    async def _start_ahead(self) -> None:
        if self._ahead is not None:
            await self._ahead.close()
        self._ahead = self._tools.new_worker()
        await self._ahead.start()

    def _get(self, visit: str) -> Running:
        if self._running is None or self._running.id != visit:
            raise Refused("visit-unknown", "No such visit is in the chair.")
        return self._running

    def _announce(self) -> None:
        self._sequence += 1
        self._changed.set()
        self._changed = asyncio.Event()
