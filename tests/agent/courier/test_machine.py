"""Transcripts of the parcel machine, and that its table is complete."""

from collections.abc import Sequence

import pytest

from agent.courier.machine import (
    DECIDED_STATES,
    HEARD_AT,
    OPEN_STATES,
    TABLE,
    Effect,
    ParcelEvent,
    ParcelState,
    move,
    retry_of,
)
from agent.errors import ForbiddenMove
from agent.wire import Stage

S, E, F = ParcelState, ParcelEvent, Effect
NETWORK = {E.DUE, E.NEED_HEARD, E.STORED_HEARD, E.ACCEPTED_HEARD, E.REJECTED_HEARD, E.CONFLICT_HEARD}
ANYWHERE = NETWORK | {E.RESUMED}
DISK = {
    S.SPOOLED: set(),
    S.SENDING: {E.UNREADABLE},
    S.STORED: {E.UNREADABLE},
    S.ACCEPTED: {E.GROUNDS_HELD, E.GROUNDS_FAILED},
    S.REJECTED: {E.GROUNDS_HELD, E.GROUNDS_FAILED},
    S.WIPING: {E.GONE, E.STILL_THERE, E.GROUNDS_FAILED},
    S.WIPED: set(),
    S.DESTROYED: set(),
    S.QUARANTINED: set(),
}
"""What the courier itself finds out, and in which states it can."""

PEOPLE = {state: set() if state is S.WIPED else {E.DESTROYED} for state in S}
"""Authorised loss ends whatever has not ended; being destroyed twice is well."""

PERSON = {E.SENDING_RETRIED, E.ACCEPTED_RETRIED, E.REJECTED_RETRIED, E.WIPE_RETRIED}
"""What only a person can say, and only of what waits for one."""

Step = tuple[ParcelEvent, ParcelState, tuple[Effect, ...]]


def transcript(begin: ParcelState, steps: Sequence[Step]) -> ParcelState:
    state = begin
    for event, expected, effects in steps:
        moved = move(state, event)
        assert (moved.state, moved.effects) == (expected, effects), f"{event} in {state}"
        state = moved.state
    return state


@pytest.mark.parametrize("state", ParcelState)
@pytest.mark.parametrize("event", ParcelEvent)
def test_every_event_in_every_state_is_a_move_or_forbidden(state: ParcelState, event: ParcelEvent) -> None:
    if event in ANYWHERE | DISK[state] | PEOPLE[state] | (PERSON if state is S.QUARANTINED else set()):
        assert move(state, event).state in ParcelState
    else:
        with pytest.raises(ForbiddenMove, match=rf"is {state} has no move for {event}\."):
            move(state, event)


def test_the_normal_path() -> None:
    steps: list[Step] = [
        (E.RESUMED, S.SPOOLED, ()),
        (E.DUE, S.SENDING, (F.SEND_BILL,)),
        (E.NEED_HEARD, S.SENDING, (F.SEND_CHUNKS,)),
        (E.STORED_HEARD, S.STORED, ()),
        (E.ACCEPTED_HEARD, S.ACCEPTED, (F.JUDGE_WIPE,)),
        (E.GROUNDS_HELD, S.WIPING, (F.CARRY_OUT_WIPE,)),
        (E.GONE, S.WIPED, ()),
    ]
    assert transcript(S.SPOOLED, steps) is S.WIPED


def test_a_rejected_parcel_is_wiped_as_well() -> None:
    steps: list[Step] = [
        (E.REJECTED_HEARD, S.REJECTED, (F.JUDGE_WIPE,)),
        (E.GROUNDS_HELD, S.WIPING, (F.CARRY_OUT_WIPE,)),
        (E.GONE, S.WIPED, ()),
    ]
    assert transcript(S.STORED, steps) is S.WIPED


def test_every_receipt_may_be_lost() -> None:
    steps: list[Step] = [
        (E.DUE, S.SENDING, (F.SEND_BILL,)),
        (E.DUE, S.SENDING, (F.SEND_BILL,)),
        (E.STORED_HEARD, S.STORED, ()),
        (E.DUE, S.STORED, (F.SEND_BILL,)),
        # central lost what it had said it has, and is given it again
        (E.NEED_HEARD, S.STORED, (F.SEND_CHUNKS,)),
        (E.STORED_HEARD, S.STORED, ()),
        (E.ACCEPTED_HEARD, S.ACCEPTED, (F.JUDGE_WIPE,)),
    ]
    assert transcript(S.SPOOLED, steps) is S.ACCEPTED


@pytest.mark.parametrize("state", [S.SPOOLED, S.SENDING, S.STORED])
def test_the_last_word_may_come_first(state: ParcelState) -> None:
    assert move(state, E.ACCEPTED_HEARD).state is S.ACCEPTED
    assert move(state, E.REJECTED_HEARD).state is S.REJECTED
    assert move(state, E.CONFLICT_HEARD).state is S.QUARANTINED


@pytest.mark.parametrize("state", [S.ACCEPTED, S.REJECTED, S.WIPING, S.WIPED, S.QUARANTINED])
@pytest.mark.parametrize("event", sorted(NETWORK))
def test_what_comes_late_or_twice_moves_nothing_that_is_decided(state: ParcelState, event: ParcelEvent) -> None:
    moved = move(state, event)
    assert (moved.state, moved.effects) == (state, ())


@pytest.mark.parametrize("state", [S.ACCEPTED, S.REJECTED])
def test_without_grounds_a_person_must_look(state: ParcelState) -> None:
    assert transcript(state, [(E.GROUNDS_FAILED, S.QUARANTINED, ())]) is S.QUARANTINED


def test_a_wipe_that_left_something_is_not_a_wipe_and_is_tried_again() -> None:
    steps: list[Step] = [
        (E.STILL_THERE, S.WIPING, ()),
        (E.RESUMED, S.WIPING, (F.CARRY_OUT_WIPE,)),
        (E.STILL_THERE, S.WIPING, ()),
        (E.RESUMED, S.WIPING, (F.CARRY_OUT_WIPE,)),
        (E.GONE, S.WIPED, ()),
    ]
    assert transcript(S.WIPING, steps) is S.WIPED


def test_a_wipe_whose_ground_is_no_longer_believed_waits_for_a_person() -> None:
    assert transcript(S.WIPING, [(E.GROUNDS_FAILED, S.QUARANTINED, ())]) is S.QUARANTINED


@pytest.mark.parametrize(
    ("reached", "event", "state", "effects"),
    [
        ({S.SPOOLED}, E.SENDING_RETRIED, S.SENDING, (F.SEND_BILL,)),
        ({S.SPOOLED, S.SENDING, S.STORED}, E.SENDING_RETRIED, S.SENDING, (F.SEND_BILL,)),
        ({S.SENDING, S.ACCEPTED}, E.ACCEPTED_RETRIED, S.ACCEPTED, (F.JUDGE_WIPE,)),
        ({S.STORED, S.REJECTED}, E.REJECTED_RETRIED, S.REJECTED, (F.JUDGE_WIPE,)),
        ({S.STORED, S.ACCEPTED, S.WIPING}, E.WIPE_RETRIED, S.WIPING, (F.CARRY_OUT_WIPE,)),
        ({S.REJECTED, S.WIPING}, E.WIPE_RETRIED, S.WIPING, (F.CARRY_OUT_WIPE,)),
    ],
)
def test_a_person_sends_it_back_to_where_it_was(
    reached: set[ParcelState], event: ParcelEvent, state: ParcelState, effects: tuple[Effect, ...]
) -> None:
    assert retry_of(reached | {S.QUARANTINED}) is event
    assert transcript(S.QUARANTINED, [(event, state, effects)]) is state


@pytest.mark.parametrize(
    ("state", "effects"),
    [
        (S.SPOOLED, ()),
        (S.SENDING, ()),
        (S.STORED, ()),
        (S.ACCEPTED, (F.JUDGE_WIPE,)),
        (S.REJECTED, (F.JUDGE_WIPE,)),
        (S.WIPING, (F.CARRY_OUT_WIPE,)),
        (S.WIPED, ()),
        (S.QUARANTINED, ()),
    ],
)
def test_a_start_goes_on_where_the_last_life_ended(state: ParcelState, effects: tuple[Effect, ...]) -> None:
    assert transcript(state, [(E.RESUMED, state, effects)]) is state


def _ways_into(state: ParcelState) -> set[ParcelState]:
    return {
        begin for begin, moves in TABLE.items() for to in moves.values() if to.state is state and begin is not state
    }


def test_only_what_was_accepted_or_rejected_is_ever_wiped() -> None:
    assert _ways_into(S.WIPED) == {S.WIPING}
    # the last for what was there before: `retry_of` says so
    assert _ways_into(S.WIPING) == {S.ACCEPTED, S.REJECTED, S.QUARANTINED}
    heard = {event for moves in TABLE.values() for event, to in moves.items() if to.state in {S.ACCEPTED, S.REJECTED}}
    assert heard - {E.RESUMED, E.ACCEPTED_RETRIED, E.REJECTED_RETRIED} <= NETWORK
    for begin in (S.SPOOLED, S.SENDING, S.STORED, S.QUARANTINED):
        reached = {to.state for event, to in TABLE[begin].items() if event in {E.ACCEPTED_HEARD, E.REJECTED_HEARD}}
        words = {E.ACCEPTED_HEARD, E.REJECTED_HEARD} | PERSON
        others = {to.state for event, to in TABLE[begin].items() if event not in words}
        assert not others & {S.ACCEPTED, S.REJECTED, S.WIPING, S.WIPED}
        assert reached <= {S.ACCEPTED, S.REJECTED, S.QUARANTINED}


def test_only_a_wipe_in_hand_carries_one_out() -> None:
    carried = {
        (begin, to.state) for begin, moves in TABLE.items() for to in moves.values() if F.CARRY_OUT_WIPE in to.effects
    }
    again = {(S.WIPING, S.WIPING), (S.QUARANTINED, S.WIPING)}
    assert carried == {(S.ACCEPTED, S.WIPING), (S.REJECTED, S.WIPING), *again}


def test_nothing_leaves_quarantine_without_a_person_or_the_grave_at_all() -> None:
    for state in (S.QUARANTINED, S.WIPED):
        by_people = PERSON | {E.DESTROYED}
        assert {to.state for event, to in TABLE[state].items() if event not in by_people} == {state}


def test_the_lists_of_states_follow_from_the_table() -> None:
    assert {state for state, moves in TABLE.items() if F.SEND_BILL in moves[E.DUE].effects} == OPEN_STATES
    assert {state for state, moves in TABLE.items() if moves[E.RESUMED].effects} == DECIDED_STATES
    assert set(HEARD_AT) == set(Stage)
    assert len(set(HEARD_AT.values())) == len(Stage)
