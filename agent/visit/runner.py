"""Carries out what the machine wants: asks the worker and the courier, and turns their answers into events.

Every durable step is written into the journal before it is done and closed when it is known to be done.
"""

import asyncio
import logging
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from ulid import ULID

from agent.clock import Clock
from agent.errors import AgentError, PeerSilent, Refused
from agent.logs import Outage
from agent.visit.channel import (
    ApplicationRead,
    AskApplication,
    DevicesReady,
    FailedReport,
    KeptFinger,
    LiveReport,
    MissedFinger,
    NothingReport,
    OpenDevices,
    Pack,
    PackedReport,
    PortraitReport,
    PressShutter,
    PrintReport,
    QuestionSealed,
    ReadAnswer,
    Report,
    Seal,
    SealedReport,
    TakeStep,
)
from agent.visit.courier_client import AGAIN_S, CourierClient
from agent.visit.effect import Do, Effect, Take
from agent.visit.event import (
    FACE_STEP,
    ApplicationFound,
    Declined,
    DevicesOpened,
    Event,
    Failed,
    NothingTaken,
    NotSealed,
    Packed,
    PortraitTaken,
    PoseSeen,
    PrintTaken,
    Reserved,
    Sealed,
)
from agent.visit.journal import DurableStep, Journal
from agent.visit.timeline import Timeline
from agent.visit.visit import Visit
from agent.visit.worker_process import LOST, WorkerProcess
from agent.wire import Applicant
from capture.sample import Verdict
from drivers.contract import in_thread
from vault.access import Access, Purpose, access
from vault.labels import ParcelId

_log = logging.getLogger(__name__)

_Result = TypeVar("_Result")

QUESTION_LIFE = timedelta(seconds=30)

UNREADABLE = "parcel-unreadable"
THERE = frozenset({"parcel-spooled", UNREADABLE})
"""The courier's codes that say that there is a parcel."""


@dataclass(slots=True, kw_only=True)
class Running:
    """The visit that is in the chair."""

    id: str
    """The visit's id."""
    parcel: ParcelId
    """Its parcel's id."""
    application: str = field(repr=False)
    """The application's number; cleared at the end."""
    subject: str
    """Its keyed pseudonym."""
    operator: str
    """Who drives it."""
    notice_language: str
    """In which language the privacy notice was shown."""
    visit: Visit
    """Where it is."""
    worker: WorkerProcess
    """Its process."""
    timeline: Timeline
    """What happened."""
    wrap_key: bytes = field(default=b"", repr=False)
    """The parcel's key on this unit's disk; cleared at the end."""
    handed_over: bool = False
    """Whether the courier was told of the parcel, or did not want to hear of it."""
    seen_by: set[tuple[int, Access]] = field(default_factory=set)
    """Who has looked at what, as far as the ledger has it."""
    applicant: Applicant | None = field(default=None, repr=False)
    """Whom the operator should see; cleared at the end."""
    events: asyncio.Queue[Event] = field(default_factory=asyncio.Queue)
    """What has happened and was not looked at yet."""


class Runner:
    """One effect at a time; what it leads to is an event."""

    def __init__(self, journal: Journal, courier: CourierClient, *, clock: Clock) -> None:
        self._journal = journal
        self._courier = courier
        self._clock = clock

    async def perform(self, running: Running, effects: tuple[Effect, ...]) -> None:
        """Carry out effects in their order; events go to the visit's queue."""
        for effect in effects:
            try:
                event = await self._perform(running, effect)
            except Refused as error:
                event = Declined(error.reason, error.sentence)
            except AgentError as error:
                event = Failed(error.code, error.sentence)
            if event is not None:
                running.events.put_nowait(event)

    async def write(self, work: Callable[[], _Result]) -> _Result:
        """Have the journal do something; it blocks on the disk, so it is done in a thread."""
        return await in_thread(work)

    async def settle(self, parcel: ParcelId) -> tuple[str, int] | None:
        """Digest and size of the parcel if it reached the disk, however long the courier does not say so.

        None as well for what reached the disk and can never be read: it is kept, and goes nowhere without a person.
        """
        outage = Outage(_log, name="the courier")
        while True:
            try:
                there = await self._courier.taken_in(parcel)
            except (PeerSilent, Refused) as error:
                if isinstance(error, Refused) and error.reason == UNREADABLE:
                    return None
                outage.begin("it does not say whether a parcel that was being sealed is there")
            else:
                outage.end()
                return there
            await asyncio.sleep(AGAIN_S)

    async def release(self, visit: str, parcel: ParcelId) -> None:
        """Give the parcel's place and key back, however long the courier is silent: a key must not be left behind."""
        line = await self.write(lambda: self._journal.intend(visit, DurableStep.RELEASE, at=self._clock.now()))
        outage = Outage(_log, name="the courier")
        while not await self._released(parcel):
            outage.begin("it does not do it, and a parcel's key is to be destroyed")
            await asyncio.sleep(AGAIN_S)
        outage.end()
        await self.write(lambda: self._journal.close(line, at=self._clock.now()))

    async def _released(self, parcel: ParcelId) -> bool:
        try:
            await self._courier.release(parcel)
        except PeerSilent:
            return False
        except Refused as error:
            if error.reason not in THERE:
                return False
            # it was delivered after all: then only a receipt ends it
            _log.error("a parcel of a visit that did not end well is kept: %s", error.reason)
        return True

    async def _perform(self, running: Running, effect: Effect) -> Event | None:
        match effect:
            case Take():
                return await self._take(running, effect)
            case Do.RESERVE:
                return await self._reserve(running)
            case Do.CHECK_APPLICATION:
                return await self._check_application(running)
            case Do.OPEN_DEVICES:
                return _event_of(await running.worker.ask(OpenDevices()))
            case Do.SHUTTER:
                running.timeline.note("shutter", "pressed by the operator")
                await running.worker.tell(PressShutter())
            case Do.PACK:
                return await self._pack(running)
            case Do.SEAL:
                return await self._seal(running)
            case Do.SETTLE:
                there = await self.settle(running.parcel)
                return NotSealed() if there is None else Sealed(*there)
            case Do.CLOSE:
                await running.worker.close()
            case Do.HAND_OVER:
                await self._hand_over(running)
            case Do.RELEASE:
                await self.release(running.id, running.parcel)
        return None

    async def _reserve(self, running: Running) -> Event:
        line = await self.write(lambda: self._journal.intend(running.id, DurableStep.RESERVE, at=self._clock.now()))
        running.wrap_key = await self._courier.reserve(running.parcel, "enrolment")
        await self.write(lambda: self._journal.close(line, at=self._clock.now()))
        running.timeline.note("reserved", "the courier has a place for the parcel")
        return Reserved()

    async def _check_application(self, running: Running) -> Event:
        unready = await running.worker.ready()
        if unready is not None:
            return Failed(unready.code, unready.sentence)
        running.timeline.note("worker-ready")
        now = self._clock.now()
        question = str(ULID.from_datetime(now)).lower()
        asked = await running.worker.ask(
            AskApplication(application=running.application, question=question, expires=now + QUESTION_LIFE)
        )
        if not isinstance(asked, QuestionSealed):
            return _event_of(asked)
        detail = access(
            f"operator:{running.operator}", Purpose.CHECK_APPLICATION, subject=running.subject, question=question
        )
        sealed = bytes(asked.number_sealed)
        # before the question leaves
        await self.write(lambda: self._journal.keep_subject(running.id, sealed=sealed, at=now, detail=detail))
        answer = await self._courier.question(question, bytes(asked.sealed))
        read = await running.worker.ask(ReadAnswer(sealed=b64encode(answer)))
        if not isinstance(read, ApplicationRead):
            return _event_of(read)
        return await self._application_read(running, read)

    async def _application_read(self, running: Running, read: ApplicationRead) -> Event:
        detail = {"known": read.known, "open": read.open, "failure": read.failure}
        await self.write(
            lambda: self._journal.note(running.id, "application-checked", at=self._clock.now(), detail=detail)
        )
        if read.failure is not None:
            return Declined("migris-silent", "MIGRIS does not answer: the application could not be checked.")
        if not read.known:
            return Declined("application-unknown", "MIGRIS does not know this application number.")
        if not read.open:
            return Declined("application-closed", "MIGRIS takes no biometrics for this application any more.")
        running.applicant = read.applicant
        running.timeline.note("application-found", "MIGRIS knows the application")
        return ApplicationFound()

    async def _take(self, running: Running, take: Take) -> Event:
        relaxation = running.visit.relaxation if take.step == FACE_STEP else None
        command = TakeStep(step=take.step, fresh=take.fresh, relaxation=relaxation)
        report = await running.worker.ask(command, live=lambda seen: running.events.put_nowait(_pose_of(seen)))
        match report:
            case PortraitReport(gates=gates, taken_ns=taken_ns):
                failed = [gate.id for gate in gates if gate.verdict is Verdict.FAIL]
                detail = f"gates failed: {', '.join(failed)}" if failed else "every gate passed"
                running.timeline.note("frame", "face", at_ns=taken_ns)
                running.timeline.note("portrait", detail)
            case PrintReport(finger=finger, quality=quality, taken_ns=taken_ns, hints=hints):
                running.timeline.note("frame", finger.value, at_ns=taken_ns)
                score = "not assessed" if quality.score is None else str(quality.score)
                running.timeline.note("print", ", ".join([finger.value, f"quality {score}", *map(str, hints)]))
            case NothingReport(step=step, hint=hint, same_as=same_as):
                what = hint.value if same_as is None else f"{hint.value} as {same_as.value}"
                running.timeline.note("nothing-taken", f"{step}: {what}")
            case _:
                pass
        return _event_of(report)

    async def _pack(self, running: Running) -> Event:
        visit = running.visit
        assert visit.portrait is not None, "the machine packs after the portrait was taken"
        report = await running.worker.ask(
            Pack(
                parcel=running.parcel,
                operator=running.operator,
                notice_language=running.notice_language,
                notice_shown=running.timeline.began,
                opened=running.timeline.began,
                face_reason=visit.portrait.accepted_with_reason,
                face_rejections=visit.rejected,
                face_relaxation=visit.relaxation,
                fingers=tuple(KeptFinger(finger=finger, attempts=len(visit.prints[finger])) for finger in visit.chosen),
                fingers_reason=visit.shortage_accepted,
                missing=tuple(MissedFinger(finger=finger, reason=reason) for finger, reason in visit.missing.items()),
                exempt=visit.exempt,
            )
        )
        if isinstance(report, PackedReport):
            running.timeline.note("packed", f"{report.plain_bytes} bytes of records")
        return _event_of(report)

    async def _seal(self, running: Running) -> Event:
        line = await self.write(lambda: self._journal.intend(running.id, DurableStep.SEAL, at=self._clock.now()))
        report = await running.worker.ask(Seal(wrap_key=b64encode(running.wrap_key)))
        if isinstance(report, SealedReport):
            running.timeline.note("sealed", f"{report.size} bytes on the disk, synced", at_ns=report.synced_ns)
            await self.write(lambda: self._journal.close(line, at=self._clock.now()))
            # the visit is not done on the worker's word alone
            return await self._hand_over(running, sealed=(report.digest, report.size)) or _event_of(report)
        return _event_of(report)

    async def _hand_over(self, running: Running, *, sealed: tuple[str, int] | None = None) -> Failed | None:
        """Have the courier take the parcel in, once a visit.

        :param sealed: digest and size as the worker sealed it; a failure when the courier has anything else.
        """
        if running.handed_over:
            return None
        running.handed_over = True
        try:
            there = await self._courier.taken_in(running.parcel)
        except PeerSilent:
            # the parcel is on the disk: the courier finds it when it looks
            _log.warning("the courier did not take the parcel in; it will find it by itself")
            return None
        except Refused as error:
            _log.error("a parcel that was sealed is not taken in: %s", error.reason)
            return Failed(error.reason, error.sentence)
        if sealed is None or there == sealed:
            return None
        _log.error("the courier does not have what a visit has sealed")
        detail = {"sealed": sealed[0], "taken_in": None if there is None else there[0]}
        await self.write(lambda: self._journal.note(running.id, "parcel-differs", at=self._clock.now(), detail=detail))
        return Failed("parcel-lost", "What was sealed is not what the courier has; a person must look.")


def _pose_of(seen: LiveReport) -> PoseSeen:
    return PoseSeen(seen.sentence, seen.hint, seen.failed, seen.held_ms, seen.approach, seen.client_sentence)


def _event_of(report: Report) -> Event:
    match report:
        case DevicesReady():
            return DevicesOpened()
        case PortraitReport(gates=gates):
            return PortraitTaken(gates, tuple(gate.id for gate in gates if gate.verdict is Verdict.FAIL))
        case PrintReport(finger=finger, quality=quality, hints=hints):
            return PrintTaken(finger, quality, hints)
        case NothingReport(step=step, hint=hint, same_as=same_as, approach=approach):
            return NothingTaken(step, hint, same_as, approach)
        case PackedReport():
            return Packed()
        case SealedReport(digest=digest, size=size):
            return Sealed(digest, size)
        case FailedReport(code=code, sentence=sentence):
            return Failed(code, sentence)
        case _:
            return Failed(LOST.code, LOST.sentence)
