"""The visit machine: pure. A visit and an event in, the next visit and effects out; no clock, no loop, no device.

Clean-up is part of the machine: whatever ends a visit, the worker is closed, and the parcel's place is handed over or
given back.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from agent.errors import ForbiddenMove, ReasonNeeded
from agent.visit.effect import Do, Effect, Take
from agent.visit.event import (
    FACE_STEP,
    Accepted,
    ApplicationFound,
    Cancelled,
    Confirmed,
    Declined,
    DevicesOpened,
    Event,
    Failed,
    FingerMissing,
    NothingTaken,
    NotSealed,
    Packed,
    PortraitTaken,
    PoseSeen,
    PrintTaken,
    RefusedByOperator,
    Relaxed,
    Reserved,
    RetakeAsked,
    Sealed,
    ShutterPressed,
)
from agent.visit.state import VisitState, check_move
from agent.visit.visit import End, PortraitSoFar, Visit, Wait, Waiting
from capture.face.policy import relaxed
from capture.finger.choice import Ask, Chosen, Exempt, Unregulated, next_step
from capture.missing import MissingReason
from capture.profile import Profile
from capture.rejection import REJECTIONS_MAX, RejectionReason
from capture.sample import Verdict
from drivers.contract import Finger

_S = VisitState


class Move(NamedTuple):
    """What an event leads to."""

    visit: Visit
    """The visit afterwards."""
    effects: tuple[Effect, ...] = ()
    """What is to be done, in this order."""


def begin(profile: Profile, missing: Mapping[Finger, MissingReason], *, relaxation: str | None = None) -> Move:
    """A client sits down; the fingers that the operator can see to be missing are marked.

    :param relaxation: by which of the profile's relaxations the portrait is judged.
    """
    visit = Visit(profile=profile, missing=dict(missing), relaxation=relaxation)
    return Move(_to(visit, _S.OPENED), (Do.RESERVE,))


def advance(visit: Visit, event: Event) -> Move:
    """What happens in this visit on this event. :raises: ForbiddenMove when the table has no such move."""
    match event:
        case Failed() | Declined() | RefusedByOperator() | Cancelled():
            return _end(visit, event)
        case Reserved() | ApplicationFound():
            return _prepare(_require(visit, _S.OPENED), event)
        case DevicesOpened():
            return _next(_require_at(visit, step=None))
        case PoseSeen():
            return Move(replace(_require_at(visit, step=FACE_STEP), pose=event))
        case ShutterPressed():
            return Move(_require_posing(visit), (Do.SHUTTER,))
        case PortraitTaken() | PrintTaken() | NothingTaken():
            return _captured(_require_at(visit, step=_step_of(event)), event)
        case Accepted() | RetakeAsked() | Relaxed() | FingerMissing() | Confirmed():
            return _decided(_require(visit, _S.CAPTURING), event)
        case Packed() | Sealed() | NotSealed():
            return _sealing(visit, event)


def _to(visit: Visit, state: VisitState) -> Visit:
    check_move(visit.state, state)
    return replace(visit, state=state)


def _require(visit: Visit, state: VisitState) -> Visit:
    if visit.state is not state:
        raise ForbiddenMove(f"A visit that is {visit.state} is not {state}.")
    return visit


def _require_at(visit: Visit, *, step: str | None) -> Visit:
    """Capturing just this step, and nobody is asked anything."""
    _require(visit, _S.CAPTURING)
    if visit.step != step or visit.waiting is not None:
        raise ForbiddenMove("A visit that does something else cannot have done this.")
    return visit


def _require_posing(visit: Visit) -> Visit:
    """Taking the portrait, and the live picture has said something: before, the worker may not have begun."""
    if _require_at(visit, step=FACE_STEP).pose is None:
        raise ForbiddenMove("The camera shows nothing yet.")
    return visit


def _step_of(event: PortraitTaken | PrintTaken | NothingTaken) -> str:
    match event:
        case PortraitTaken():
            return FACE_STEP
        case PrintTaken(finger):
            return finger.value
        case NothingTaken(step):
            return step


def _end(visit: Visit, event: Failed | Declined | RefusedByOperator | Cancelled) -> Move:
    if isinstance(event, Failed) and visit.state is _S.SEALING:
        # the parcel may be on the disk already, and then nothing may be given back
        failed = replace(_to(visit, _S.SEALING), end=visit.end or End(event.code, event.sentence))
        return Move(failed, (Do.CLOSE, Do.SETTLE))
    state, end = _ending(event)
    ended = replace(_to(visit, state), end=end, waiting=None, step=None)
    return Move(ended, (Do.CLOSE, Do.RELEASE))


def _ending(event: Failed | Declined | RefusedByOperator | Cancelled) -> tuple[VisitState, End]:
    match event:
        case Failed(code, sentence):
            return _S.FAULTED, End(code, sentence)
        case Declined(code, sentence):
            return _S.REFUSED, End(code, sentence)
        case RefusedByOperator(reason):
            return _S.REFUSED, End(reason.value, "The operator refused the application.")
        case Cancelled(code):
            return _S.ABORTED, End(code, "The visit was cancelled; nothing was kept.")


def _prepare(visit: Visit, event: Reserved | ApplicationFound) -> Move:
    match event:
        case Reserved():
            return Move(_to(visit, _S.OPENED), (Do.CHECK_APPLICATION,))
        case ApplicationFound():
            return Move(_to(visit, _S.CAPTURING), (Do.OPEN_DEVICES,))


def _captured(visit: Visit, event: PortraitTaken | PrintTaken | NothingTaken) -> Move:
    match event:
        case PortraitTaken(gates, failed):
            taken = replace(visit, portrait=PortraitSoFar(gates, failed), step=None, empty_handed=0)
            return _next(taken) if not failed else _ask(taken, Waiting(Wait.DOUBTFUL, step=FACE_STEP, gates=failed))
        case PrintTaken(finger, quality, hints):
            so_far = (*visit.prints.get(finger, ()), quality)
            move = _next(replace(visit, prints={**visit.prints, finger: so_far}, step=None, empty_handed=0))
            # the same finger again: what the person can do better this time
            return Move(replace(move.visit, hints=hints), move.effects) if move.visit.step == finger.value else move
        case NothingTaken(step, hint, same_as, approach):
            rule = visit.profile.face if step == FACE_STEP else visit.profile.finger
            tried = replace(visit, step=None, empty_handed=visit.empty_handed + 1)
            if tried.empty_handed < rule.attempts:
                again = _take(tried, step)
                return Move(replace(again.visit, hints=(hint,), same_as=same_as, approach=approach), again.effects)
            return _ask(tried, Waiting(Wait.NOTHING, step=step, hint=hint, same_as=same_as, approach=approach))


def _decided(visit: Visit, event: Accepted | RetakeAsked | Relaxed | FingerMissing | Confirmed) -> Move:
    what = None if visit.waiting is None else visit.waiting.what
    match event, what:
        case Accepted(reason), Wait.DOUBTFUL:
            assert visit.portrait is not None, "a doubtful portrait is there"
            kept = replace(visit.portrait, accepted_with_reason=reason)
            return _next(replace(visit, portrait=kept, waiting=None))
        case Accepted(reason), Wait.SHORTAGE:
            return _accept_shortage(visit, reason)
        case Confirmed(), Wait.CONFIRM:
            return Move(replace(_to(visit, _S.PACKAGING), waiting=None), (Do.PACK,))
        case RetakeAsked(step, why), Wait.DOUBTFUL | Wait.NOTHING | Wait.CONFIRM:
            return _retake(_rejecting(visit, why) if step == FACE_STEP else visit, step)
        case Relaxed(name), Wait.DOUBTFUL | Wait.NOTHING | Wait.CONFIRM:
            return _relax(visit, name)
        case FingerMissing(finger, reason), Wait.NOTHING | Wait.SHORTAGE | Wait.CONFIRM:
            marked = {**visit.missing, finger: reason}
            kept_prints = {taken: scores for taken, scores in visit.prints.items() if taken != finger}
            return _next(replace(visit, missing=marked, prints=kept_prints, waiting=None, empty_handed=0))
        case _:
            raise ForbiddenMove("The visit does not wait for this decision.")


def _accept_shortage(visit: Visit, reason: str) -> Move:
    move = _next(replace(visit, shortage_accepted=reason, waiting=None))
    if move.visit.waiting is not None and move.visit.waiting.what is Wait.SHORTAGE:
        raise ForbiddenMove("There is no finger at all to accept.")
    return move


def _rejecting(visit: Visit, reason: RejectionReason | None) -> Visit:
    """What the machine passed the operator rejects for a reason only; failed gates are one."""
    if visit.portrait is None:
        return visit
    reason = reason or (RejectionReason.GATES_FAILED if visit.portrait.failed else None)
    if reason is None:
        raise ReasonNeeded("Every gate passed: say why the portrait is rejected.")
    return replace(visit, rejected=(*visit.rejected, reason)[-REJECTIONS_MAX:])


def _relax(visit: Visit, name: str | None) -> Move:
    """The portrait that is held is judged by it; one that was judged by another relaxation is taken again."""
    offered = visit.profile.face.relaxations
    if name == visit.relaxation or (name is not None and name not in offered):
        raise ForbiddenMove("The portrait cannot be judged by this, or is so already.")
    chosen = replace(visit, relaxation=name, waiting=None, empty_handed=0)
    if visit.portrait is None or visit.relaxation is not None or name is None:
        return _take(replace(chosen, portrait=None), FACE_STEP, fresh=True)
    gates = relaxed(visit.portrait.gates, offered[name])
    failed = tuple(gate.id for gate in gates if gate.verdict is Verdict.FAIL)
    return _captured(chosen, PortraitTaken(gates, failed))


def _retake(visit: Visit, step: str) -> Move:
    waits_for = None if visit.waiting is None else visit.waiting.step
    if step not in {FACE_STEP, waits_for, *visit.prints}:
        raise ForbiddenMove("This step is not part of the visit.")
    if step == FACE_STEP:
        again = replace(visit, portrait=None)
    elif Finger(step) in visit.missing:
        raise ForbiddenMove("A finger that is marked missing cannot be taken.")
    else:
        again = replace(visit, prints={taken: kept for taken, kept in visit.prints.items() if taken != Finger(step)})
    return _take(replace(again, waiting=None, empty_handed=0), step, fresh=True)


def _sealing(visit: Visit, event: Packed | Sealed | NotSealed) -> Move:
    match event:
        case Packed():
            return Move(_to(_require(visit, _S.PACKAGING), _S.SEALING), (Do.SEAL,))
        case Sealed(digest, size):
            return Move(replace(_to(visit, _S.DONE), sealed=(digest, size), end=None), (Do.CLOSE, Do.HAND_OVER))
        case NotSealed():
            _require(visit, _S.SEALING)
            end = visit.end or End("lost-before-seal", "The visit was lost before it was sealed; nothing was kept.")
            return Move(replace(_to(visit, _S.FAULTED), end=end), (Do.CLOSE, Do.RELEASE))


def _next(visit: Visit) -> Move:
    """The next thing to capture or to ask."""
    # a print that could not be assessed is worth less than any that could, but more than none
    tried = {
        finger: [-1 if quality.score is None else quality.score for quality in taken]
        for finger, taken in visit.prints.items()
    }
    accepted = visit.shortage_accepted is not None
    step = next_step(visit.profile.finger, tried=tried, missing=visit.missing, accepted=accepted)
    if step == Chosen(()):
        # fewer fingers can be accepted, none at all cannot: no record carries such a visit
        step = next_step(visit.profile.finger, tried=tried, missing=visit.missing)
    # what the marked fingers make impossible is asked before anybody poses
    if isinstance(step, Unregulated):
        return _ask(visit, Waiting(Wait.SHORTAGE, shortage=step.shortage))
    if visit.portrait is None:
        return _take(visit, FACE_STEP)
    match step:
        case Ask(finger):
            return _take(visit, finger.value)
        case Chosen(fingers):
            return _ask(replace(visit, chosen=fingers, exempt=False), Waiting(Wait.CONFIRM))
        case Exempt():
            return _ask(replace(visit, chosen=(), exempt=True), Waiting(Wait.CONFIRM))


def _take(visit: Visit, step: str, *, fresh: bool = False) -> Move:
    taking = replace(_unhinted(visit), step=step, pose=None, waiting=None)
    return Move(taking, (Take(step, fresh),))


def _ask(visit: Visit, waiting: Waiting) -> Move:
    return Move(replace(_unhinted(visit), step=None, waiting=waiting))


def _unhinted(visit: Visit) -> Visit:
    """Capturing, and what was said about the try before is said no more."""
    return replace(_to(visit, _S.CAPTURING), hints=(), same_as=None, approach=None)
