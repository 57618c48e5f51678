"""The visit worker: all plaintext of a visit, in one process that ends with it.

It holds the devices, the samples, the package; the one file that it ever writes is the sealed parcel. What it reports
is what was measured, never a picture.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from agent.clock import Clock
from agent.errors import ConfigError, WireError
from agent.visit.asking import Asking
from agent.visit.channel import (
    ApplicationRead,
    AskApplication,
    DevicesReady,
    FailedReport,
    LiveReport,
    NothingReport,
    OpenDevices,
    Pack,
    PackedReport,
    PortraitReport,
    PrintReport,
    QuestionSealed,
    ReadAnswer,
    Seal,
    SealedReport,
    TakeStep,
)
from agent.visit.event import FACE_STEP
from agent.visit.packing import Material, write_package
from capture.acquire import PortraitJudge, acquire_finger, acquire_portrait
from capture.errors import CaptureError
from capture.face.live import Guidance
from capture.face.policy import relaxed
from capture.finger.distinct import DistinctFingers
from capture.finger.score import Scorer
from capture.profile import Profile
from capture.sample import FaceSample, FingerSample
from drivers.contract import Device, Fault, Finger, Hint, Retake, in_thread
from vault.envelope import Context, Signer, seal, wrap
from vault.errors import VaultError
from vault.labels import ParcelId, Plain
from vault.spool import deliver

_log = logging.getLogger(__name__)

Work = AskApplication | ReadAnswer | OpenDevices | TakeStep | Pack | Seal
Outcome = (
    QuestionSealed
    | ApplicationRead
    | DevicesReady
    | PortraitReport
    | PrintReport
    | NothingReport
    | PackedReport
    | SealedReport
    | FailedReport
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a worker works with; loaded before the visit begins."""

    tenant: str
    """Whose station it is."""
    station: str
    """Which station."""
    profile: Profile
    """What the visit asks for."""
    camera: Device
    """The portrait camera."""
    sensor: Device
    """The fingerprint sensor."""
    judge: PortraitJudge
    """Looks at faces."""
    scorer: Scorer
    """Scores the prints that are kept."""
    signer: Signer
    """The station's seal key."""
    asking: Asking
    """Seals questions and opens answers."""
    incoming: Path
    """Where the sealed parcel goes."""
    clock: Clock
    """Both clocks."""


HOLD_STEP_MS = 100


class Worker:
    """Carries out one command at a time. Only the shutter is heard meanwhile: whoever is told to press it sets it."""

    def __init__(self, tools: Tools, *, say: Callable[[LiveReport], object] = bool) -> None:
        """:param say: tells the station what the live picture says."""
        self.shutter = asyncio.Event()
        self._tools = tools
        self._say = say
        self._devices = AsyncExitStack()
        self._application = ""
        self._portrait: tuple[FaceSample, datetime] | None = None
        self._prints: dict[Finger, tuple[FingerSample, datetime]] = {}
        self._distinct = DistinctFingers()
        self._package: tuple[ParcelId, Plain] | None = None

    async def work(self, command: Work) -> Outcome:
        """Do what is asked and report; whatever fails is a report too."""
        try:
            return await self._work(command)
        except (Fault, CaptureError, VaultError, WireError, ConfigError) as error:
            return FailedReport(code=error.code, sentence=error.sentence)

    async def close(self) -> None:
        """Disarm, close, zero, whatever fails. The end of the process, which follows, is what forgets for good."""
        try:
            await self._devices.aclose()
        except Fault as error:
            _log.warning("a device did not close: %s", error.code)
        finally:
            self._forget_all()

    async def _work(self, command: Work) -> Outcome:
        match command:
            case AskApplication():
                self._application = command.application
                return self._tools.asking.ask(command)
            case ReadAnswer():
                return self._tools.asking.read(bytes(command.sealed))
            case OpenDevices():
                for device in (self._tools.camera, self._tools.sensor):
                    await self._devices.enter_async_context(device.opened())
                return DevicesReady()
            case TakeStep(step=step) if step == FACE_STEP:
                return await self._take_portrait(command)
            case TakeStep(step=step):
                return await self._take_print(Finger(step), fresh=command.fresh)
            # not in a thread: nothing may happen meanwhile, least of all `close`, which would zero what is being sealed
            case Pack():
                return self._pack(command)
            case Seal():
                return self._seal(bytes(command.wrap_key))

    async def _take_portrait(self, step: TakeStep) -> Outcome:
        tools = self._tools
        if step.fresh:
            self._portrait = None
        rule = tools.profile.face.relaxed(step.relaxation)
        taken = await acquire_portrait(
            tools.camera, tools.judge, rule=rule, shutter=self.shutter, watch=_Changes(self._say).see
        )
        if isinstance(taken, Retake):
            return NothingReport(step=FACE_STEP, hint=taken.hint, approach=taken.approach)
        self._portrait = (taken, tools.clock.now())
        return PortraitReport(gates=taken.gates, taken_ns=taken.taken_ns)

    async def _take_print(self, finger: Finger, *, fresh: bool) -> Outcome:
        tools = self._tools
        if fresh:
            self._forget(finger)
            self._distinct.forget(finger)
        taken = await acquire_finger(tools.sensor, finger, rule=tools.profile.finger, scorer=tools.scorer)
        if isinstance(taken, Retake):
            return NothingReport(step=finger.value, hint=taken.hint)
        try:
            same_as = await in_thread(lambda: self._distinct.admit(taken))
            if same_as is not None:
                return NothingReport(step=finger.value, hint=Hint.SAME_FINGER, same_as=same_as)
            self._keep_if_better(taken)
        finally:
            if self._held(finger) is not taken:
                taken.zero()
        return PrintReport(finger=finger, quality=taken.quality, taken_ns=taken.taken_ns, hints=taken.hints)

    def _keep_if_better(self, taken: FingerSample) -> None:
        best = self._held(taken.finger)
        if best is None or taken.score > best.score:
            self._forget(taken.finger)
            self._prints[taken.finger] = (taken, self._tools.clock.now())

    def _held(self, finger: Finger) -> FingerSample | None:
        held = self._prints.get(finger)
        return None if held is None else held[0]

    def _forget(self, finger: Finger) -> None:
        held = self._prints.pop(finger, None)
        if held is not None:
            held[0].zero()

    def _forget_all(self) -> None:
        for finger in list(self._prints):
            self._forget(finger)
        self._distinct.forget_all()
        self._portrait = None
        self._application = ""
        if self._package is not None:
            self._package[1].zero()

    def _pack(self, order: Pack) -> Outcome:
        tools = self._tools
        assert self._portrait is not None, "the machine packs after the portrait was taken"
        sample, taken = self._portrait
        # the operator may have chosen it after the portrait was taken; done twice it changes nothing more
        gates = relaxed(sample.gates, tools.profile.face.relaxed(order.face_relaxation).relaxation)
        material = Material(
            tenant=tools.tenant,
            station=tools.station,
            application=self._application,
            profile=tools.profile,
            camera=tools.camera.facts,
            sensor=tools.sensor.facts,
            portrait=(replace(sample, gates=gates), taken),
            prints={kept.finger: self._prints[kept.finger] for kept in order.fingers},
        )
        plain = Plain(write_package(material, order, now=tools.clock.now()))
        self._package = (ParcelId(order.parcel), plain)
        return PackedReport(plain_bytes=len(plain))

    def _seal(self, wrap_key: bytes) -> Outcome:
        tools = self._tools
        assert self._package is not None, "the machine seals after packing"
        (parcel, plain), self._package = self._package, None
        profile = tools.profile
        context = Context(
            tenant=tools.tenant,
            station=tools.station,
            parcel=parcel,
            kind="enrolment",
            profile=f"{profile.name}/{profile.version}",
            plain_bytes=len(plain),
        )
        try:
            sealed = seal(plain, context, recipient=tools.asking.recipient, signer=tools.signer)
        finally:
            plain.zero()
        deliver(tools.incoming, parcel, wrapped=wrap(sealed, key=wrap_key, parcel=parcel))
        return SealedReport(digest=sealed.digest, size=len(sealed), synced_ns=tools.clock.monotonic_ns())


class _Changes:
    """Tells what the live picture says when that is something else than before."""

    def __init__(self, say: Callable[[LiveReport], object]) -> None:
        self._say = say
        self._last: LiveReport | None = None

    def see(self, guidance: Guidance) -> None:
        """A hold is told in steps, so that a page can show how it grows."""
        retake = guidance.retake
        report = LiveReport(
            sentence=guidance.sentence,
            client_sentence=guidance.client_sentence,
            hint=None if retake is None else retake.hint,
            approach=None if retake is None else retake.approach,
            failed=tuple(limit.id for limit in guidance.failed),
            held_ms=guidance.held_ms // HOLD_STEP_MS * HOLD_STEP_MS,
        )
        if report != self._last:
            self._last = report
            self._say(report)
