"""Whatever happens in whatever order: no illegal state, and an end that cleans up exactly once."""

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.errors import ForbiddenMove
from agent.visit.effect import Do, Effect, Take
from agent.visit.event import (
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
    PoseSeen,
    RefusalReason,
    RefusedByOperator,
    Relaxed,
    Reserved,
    RetakeAsked,
    Sealed,
    ShutterPressed,
)
from agent.visit.machine import Move, advance, begin
from agent.visit.state import ENDED, FOLLOWS, VisitState
from agent.visit.visit import Visit, Wait
from capture.missing import MissingReason
from capture.profile import Profile
from capture.rejection import RejectionReason
from drivers.contract import Finger, Hint
from tests.agent.visit.transcript import portrait, scored

FINGERS, REASONS = st.sampled_from(Finger), st.sampled_from(MissingReason)
STEPS = st.sampled_from(["face", *(finger.value for finger in Finger)])
MISSING = st.dictionaries(FINGERS, REASONS, max_size=10)

DECISIONS: st.SearchStrategy[Event] = st.one_of(
    st.just(Accepted("because")),
    st.builds(RetakeAsked, STEPS, st.none() | st.sampled_from(RejectionReason)),
    st.just(ShutterPressed()),
    st.sampled_from([None, "child", "disability", "no-such"]).map(Relaxed),
    st.builds(FingerMissing, FINGERS, REASONS),
    st.just(Confirmed()),
)
ENDINGS: st.SearchStrategy[Event] = st.one_of(
    st.sampled_from(RefusalReason).map(RefusedByOperator),
    st.sampled_from(["cancelled", "idle", "stopped"]).map(Cancelled),
    st.just(Failed("x", "y")),
    st.just(Declined("x", "y")),
)
REPORTS: st.SearchStrategy[Event] = st.one_of(
    st.sampled_from([Reserved(), ApplicationFound(), DevicesOpened(), Packed(), NotSealed(), Sealed("ab" * 32, 9)]),
    st.sampled_from([portrait(), portrait("roll_low")]),
    st.builds(scored, FINGERS, st.none() | st.integers(0, 100)),
    st.builds(PoseSeen, st.text(max_size=3), st.none() | st.sampled_from(Hint)),
    st.builds(NothingTaken, STEPS, st.sampled_from(Hint), st.none() | FINGERS),
)

SEALINGS: st.SearchStrategy[Event] = st.sampled_from([Sealed("ab" * 32, 9), Failed("worker-lost", "y")])

# how long an example takes depends on the machine, and says nothing
UNTIMED = settings(deadline=None)


def _check(visit: Visit) -> None:
    """Invariants of every visit."""
    if visit.waiting is not None:
        assert visit.state is VisitState.CAPTURING
        assert visit.step is None
    if visit.state in {VisitState.PACKAGING, VisitState.SEALING, VisitState.DONE}:
        assert visit.portrait is not None
        assert not visit.portrait.failed or visit.portrait.accepted_with_reason
        assert bool(visit.chosen) != visit.exempt
        assert set(visit.chosen) <= set(visit.prints)
    assert not set(visit.prints) & set(visit.missing)
    assert (visit.sealed is not None) == (visit.state is VisitState.DONE)
    assert visit.state not in ENDED - {VisitState.DONE} or visit.end is not None


def _tried(visit: Visit, event: Event) -> Move | None:
    try:
        return advance(visit, event)
    except ForbiddenMove:
        return None


def _walk(missing: dict[Finger, MissingReason], events: list[Event]) -> tuple[Visit, list[tuple[Effect, ...]]]:
    move = begin(Profile(), missing)
    said = [move.effects]
    for event in events:
        following = _tried(move.visit, event)
        if following is None:
            continue
        assert following.visit.state in FOLLOWS[move.visit.state]
        _check(following.visit)
        move = following
        said.append(move.effects)
    return move.visit, said


@UNTIMED
@given(MISSING, st.lists(st.one_of(REPORTS, DECISIONS, ENDINGS), max_size=60))
def test_events_in_any_order_never_reach_an_illegal_state(
    missing: dict[Finger, MissingReason], events: list[Event]
) -> None:
    _walk(missing, events)


def _answer(effect: Effect, visit: Visit, data: st.DataObject) -> Event:
    """What our own processes can answer to an effect."""
    match effect:
        case Take(step):
            taken: list[Event] = [NothingTaken(step, Hint.NOT_SEEN_IN_TIME)]
            if step == "face":
                taken += [portrait(), portrait(), portrait("roll_low")]
            else:
                taken += [scored(Finger(step), score) for score in (None, 10, 30, 80)]
            return data.draw(st.sampled_from(taken))
        case Do.RESERVE:
            return Reserved()
        case Do.CHECK_APPLICATION:
            return ApplicationFound()
        case Do.OPEN_DEVICES:
            return DevicesOpened()
        case Do.PACK:
            return Packed()
        case Do.SEAL:
            return data.draw(SEALINGS)
        case Do.SETTLE:
            return data.draw(SEALINGS | st.just(NotSealed()))
        case _:
            raise AssertionError(f"nothing answers to {effect} of {visit.state}")


def _following(move: Move, data: st.DataObject) -> Move:
    """One thing that can happen now: an answer to what is under way, or a decision."""
    visit = move.visit
    if visit.waiting is None:
        likely = visit.state is VisitState.SEALING or data.draw(st.integers(0, 9)) > 0
        event = _answer(move.effects[-1], visit, data) if likely else data.draw(ENDINGS)
    else:
        event = data.draw(st.one_of(DECISIONS, ENDINGS))
        if visit.waiting.what is Wait.CONFIRM:
            event = data.draw(st.sampled_from([Confirmed(), event]))
    return _tried(visit, event) or move


@UNTIMED
@given(MISSING, st.data())
def test_a_visit_ends_closed_and_either_handed_over_or_released_exactly_once(
    missing: dict[Finger, MissingReason], data: st.DataObject
) -> None:
    move = begin(Profile(), missing)
    said = list(move.effects)
    for _ in range(60):
        following = _following(move, data)
        if following is not move:
            said += following.effects
            _check(following.visit)
        move = following
        if move.visit.state in ENDED:
            break
    else:
        move = advance(move.visit, Cancelled("idle"))
        said += move.effects
    kept = move.visit.state is VisitState.DONE
    assert said[-2:] == [Do.CLOSE, Do.HAND_OVER if kept else Do.RELEASE]
    assert said.count(Do.HAND_OVER) + said.count(Do.RELEASE) == 1
    assert said.count(Do.SEAL) <= 1
    assert Do.HAND_OVER not in said or Do.SEAL in said
