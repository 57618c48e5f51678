"""The table of moves, and every state with every event: what is not in the table raises."""

from collections.abc import Callable

import pytest

from agent.errors import ForbiddenMove
from agent.visit.effect import Do
from agent.visit.event import (
    OPERATORS,
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
from agent.visit.machine import advance
from agent.visit.state import ENDED, FOLLOWS, VisitState, check_move
from agent.visit.visit import Visit
from capture.missing import MissingReason
from capture.profile import FaceRule, Profile
from capture.rejection import RejectionReason
from drivers.contract import Finger, Hint
from tests.agent.visit.transcript import CAPTURED, LEFT, READY, RIGHT, Transcript, portrait, scored

S = VisitState
SEALED, LOST = Sealed("ab" * 32, 1000), Failed("worker-lost", "It ended.")
ONCE = Profile(face=FaceRule(attempts=1))
INJURED = {finger: MissingReason.INJURED for finger in Finger if finger is not RIGHT}

PLACES: dict[str, Callable[[], Transcript]] = {
    "opened": Transcript,
    "checking": lambda: Transcript(Reserved()),
    "opening": lambda: Transcript(Reserved(), ApplicationFound()),
    "face": lambda: Transcript(*READY),
    "posing": lambda: Transcript(*READY, PoseSeen("")),
    "finger": lambda: Transcript(*READY, portrait()),
    "doubtful": lambda: Transcript(*READY, portrait("roll_low")),
    "nothing": lambda: Transcript(*READY, NothingTaken("face", Hint.NO_FACE), profile=ONCE),
    "shortage": lambda: Transcript(*READY, missing=INJURED),
    "confirm": lambda: Transcript(*CAPTURED),
    "packaging": lambda: Transcript(*CAPTURED, Confirmed()),
    "sealing": lambda: Transcript(*CAPTURED, Confirmed(), Packed()),
    "settling": lambda: Transcript(*CAPTURED, Confirmed(), Packed(), LOST),
    "done": lambda: Transcript(*CAPTURED, Confirmed(), Packed(), SEALED),
    "refused": lambda: Transcript(Declined("a", "b")),
    "aborted": lambda: Transcript(Cancelled("cancelled")),
    "faulted": lambda: Transcript(LOST),
}
"""Everywhere a visit can be; in `capturing` with each thing that it can do or ask."""

EVENTS: dict[str, Event] = {
    "reserved": Reserved(),
    "application": ApplicationFound(),
    "devices": DevicesOpened(),
    "portrait": portrait(),
    "print": scored(RIGHT),
    "print of another finger": scored(Finger.LEFT_THUMB),
    "nothing of the face": NothingTaken("face", Hint.NO_FACE),
    "nothing of the finger": NothingTaken("right-index", Hint.NO_FINGER),
    "packed": Packed(),
    "sealed": SEALED,
    "not sealed": NotSealed(),
    "failed": LOST,
    "declined": Declined("a", "b"),
    "accepted": Accepted("because"),
    "retake": RetakeAsked("face", RejectionReason.POSE),
    "relaxed": Relaxed("child"),
    "shutter": ShutterPressed(),
    "pose": PoseSeen("Come closer.", Hint.TOO_FEW_PIXELS),
    "missing": FingerMissing(LEFT, MissingReason.AMPUTATED),
    "confirmed": Confirmed(),
    "refused": RefusedByOperator(RefusalReason.FEE_UNPAID),
    "cancelled": Cancelled("cancelled"),
}
"""One of each, and of some two."""

_ENDING = {"failed": S.FAULTED, "declined": S.REFUSED, "refused": S.REFUSED, "cancelled": S.ABORTED}
_C = S.CAPTURING

ALLOWED: dict[str, dict[str, VisitState]] = {
    "opened": {"reserved": S.OPENED, "application": _C, **_ENDING},
    "checking": {"reserved": S.OPENED, "application": _C, **_ENDING},
    "opening": {"devices": _C, **_ENDING},
    "face": {"portrait": _C, "pose": _C, "nothing of the face": _C, **_ENDING},
    "posing": {"portrait": _C, "nothing of the face": _C, "pose": _C, "shutter": _C, **_ENDING},
    "finger": {"print": _C, "nothing of the finger": _C, **_ENDING},
    "doubtful": {"accepted": _C, "retake": _C, "relaxed": _C, **_ENDING},
    "nothing": {"retake": _C, "relaxed": _C, "missing": _C, **_ENDING},
    "shortage": {"accepted": _C, "missing": _C, **_ENDING},
    "confirm": {"confirmed": S.PACKAGING, "retake": _C, "relaxed": _C, "missing": _C, **_ENDING},
    "packaging": {"packed": S.SEALING, **_ENDING},
    "sealing": {"sealed": S.DONE, "not sealed": S.FAULTED, "failed": S.SEALING},
    "settling": {"sealed": S.DONE, "not sealed": S.FAULTED, "failed": S.SEALING},
    "done": {},
    "refused": {},
    "aborted": {},
    "faulted": {},
}
"""Where each event leads; what is not named here raises and changes nothing."""


def _state_after(visit: Visit, event: Event) -> VisitState | None:
    try:
        return advance(visit, event).visit.state
    except ForbiddenMove:
        return None


@pytest.mark.parametrize("place", PLACES)
def test_every_event_leads_where_the_table_says_or_raises(place: str) -> None:
    visit = PLACES[place]().visit
    found = {name: state for name, event in EVENTS.items() if (state := _state_after(visit, event)) is not None}
    assert found == ALLOWED[place]


def test_the_tables_of_this_test_are_whole() -> None:
    assert ALLOWED.keys() == PLACES.keys()
    assert {type(event) for event in EVENTS.values()} >= set(Event.__args__)
    assert {PLACES[name]().visit.state for name in PLACES} == set(S) - {S.IDLE}
    assert {place for place, allowed in ALLOWED.items() if not allowed} == {state.value for state in ENDED}


@pytest.mark.parametrize("place", [place for place in PLACES if "cancelled" in ALLOWED[place]])
@pytest.mark.parametrize("event", [LOST, Cancelled("idle")], ids=["failed", "cancelled"])
def test_whatever_ends_a_visit_early_closes_the_worker_and_gives_the_place_back(place: str, event: Event) -> None:
    move = advance(PLACES[place]().visit, event)
    assert move.effects == (Do.CLOSE, Do.RELEASE)
    assert (move.visit.waiting, move.visit.step) == (None, None)
    assert move.visit.end is not None


def test_a_move_is_in_the_table_or_raises() -> None:
    for before in S:
        for after in S:
            if after in FOLLOWS[before]:
                check_move(before, after)
            else:
                with pytest.raises(ForbiddenMove, match=f"{before} cannot become {after}"):
                    check_move(before, after)


def test_the_table_has_every_state_and_four_ends() -> None:
    assert FOLLOWS.keys() == set(S)
    assert {S.DONE, S.REFUSED, S.ABORTED, S.FAULTED} == ENDED


def test_the_moves_are_those_of_the_design() -> None:
    early = {S.REFUSED, S.ABORTED, S.FAULTED}
    assert FOLLOWS[S.IDLE] == {S.OPENED}
    assert FOLLOWS[S.OPENED] == {S.OPENED, S.CAPTURING} | early
    assert FOLLOWS[S.CAPTURING] == {S.CAPTURING, S.PACKAGING} | early
    assert FOLLOWS[S.PACKAGING] == {S.SEALING} | early
    # nobody can cancel what is being sealed
    assert FOLLOWS[S.SEALING] == {S.SEALING, S.DONE, S.FAULTED}


def test_what_an_operator_says_is_told_apart_from_what_happens() -> None:
    said = {"accepted", "retake", "relaxed", "shutter", "missing", "confirmed", "refused", "cancelled"}
    assert {name for name, event in EVENTS.items() if isinstance(event, OPERATORS)} == said
