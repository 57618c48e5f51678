"""Transcripts: what the lines show and when, and what the contact says. Times are in milliseconds here."""

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drivers.contract.watch import Flaw, FlawBegan, FlawEnded, Role, Sighting, State, StateSeen
from drivers.safe.contact import Contact, ContactOptions

MS = 1_000_000
OPEN, CLOSED = State.OPEN, State.CLOSED

Step = tuple[int, State | None]
"""At this time the lines show this, or only time has passed."""


def _contact(role: Role = Role.DOOR, **options: int) -> Contact:
    made = ContactOptions.model_validate({"role": role, **options})
    return Contact("it", made, found=role.rest, at_ns=0)


def _wakes_ms(contact: Contact) -> int | None:
    return None if contact.wakes_ns is None else contact.wakes_ns // MS


def _said(contact: Contact, steps: Iterable[Step]) -> list[tuple[str, int]]:
    said: list[Sighting] = []
    for at_ms, shown in steps:
        said += contact.pass_time(at_ms * MS) if shown is None else contact.see(shown, at_ms * MS)
    return [_words(one) for one in said]


def _words(one: Sighting) -> tuple[str, int]:
    match one:
        case StateSeen():
            return one.state.value, one.at_ns // MS
        case FlawBegan():
            return f"{one.flaw} begins", one.at_ns // MS
        case FlawEnded():
            return f"{one.flaw} ends", one.at_ns // MS


def test_the_first_state_is_what_was_found() -> None:
    found = Contact("it", ContactOptions(role=Role.DOOR), found=OPEN, at_ns=7)
    assert found.first() == StateSeen("it", Role.DOOR, OPEN, at_ns=7, first=True)
    assert found.wakes_ns is None
    assert found.pass_time(10**18) == []


def test_a_change_is_told_when_it_has_come_to_rest_with_the_time_of_its_first_edge() -> None:
    door = _contact()
    assert _said(door, [(100, OPEN), (102, CLOSED), (103, OPEN), (110, CLOSED), (111, OPEN), (160, None)]) == []
    assert door.wakes_ns == 161 * MS
    assert _said(door, [(161, None)]) == [("open", 100)]
    assert door.wakes_ns is None


def test_a_glitch_is_not_told() -> None:
    assert _said(_contact(), [(100, OPEN), (149, CLOSED), (10_000, None)]) == []


def test_a_change_is_told_by_the_next_edge_where_nobody_passed_the_time() -> None:
    assert _said(_contact(), [(100, OPEN), (300, CLOSED), (350, None)]) == [("open", 100), ("closed", 300)]


def test_a_loop_that_goes_from_cut_to_shorted_tells_where_it_comes_to_rest() -> None:
    loop = _contact(Role.TAMPER)
    assert _said(loop, [(100, State.CUT), (120, State.SHORTED), (170, None)]) == [("shorted", 100)]


def test_a_pulse_is_told_at_once_and_its_end_when_it_has_been_still() -> None:
    shock = _contact(Role.VIBRATION, debounce_ms=200)
    shaken, still = State.SHAKEN, State.STILL
    assert _said(shock, [(100, shaken)]) == [("shaken", 100)]
    assert _said(shock, [(101, still), (150, shaken), (151, still), (350, None)]) == []
    assert _said(shock, [(351, None)]) == [("still", 151)]
    assert _said(shock, [(360, shaken), (9_000, None), (9_001, still), (9_300, None)]) == [
        ("shaken", 360),
        ("still", 9_001),
    ]


def test_vibration_never_flaps() -> None:
    shock = _contact(Role.VIBRATION, debounce_ms=1, flapping_changes=1)
    steps: list[Step] = []
    for at_ms in range(0, 400, 4):
        steps += [(at_ms, State.SHAKEN), (at_ms + 1, State.STILL)]
    assert {word for word, _ in _said(shock, steps)} == {"shaken", "still"}


def test_more_changes_than_allowed_are_flapping_and_are_not_told_until_it_is_over() -> None:
    door = _contact(debounce_ms=1, flapping_changes=2, flapping_window_s=1)
    steps: list[Step] = [(10, OPEN), (20, CLOSED), (30, OPEN), (40, CLOSED), (50, OPEN)]
    assert _said(door, [*steps, (60, None)]) == [("open", 10), ("closed", 20), ("flapping begins", 30)]
    assert door.wakes_ns == 1_050 * MS
    assert door.reading(1).flaws == {Flaw.FLAPPING}
    assert door.reading(1).state is OPEN
    assert _said(door, [(1_049, None)]) == []
    assert _said(door, [(1_050, None)]) == [("open", 50), ("flapping ends", 1_050)]
    assert door.reading(1).flaws == set()


def test_the_same_changes_over_a_longer_time_are_not_flapping() -> None:
    door = _contact(debounce_ms=1, flapping_changes=2, flapping_window_s=1)
    steps: list[Step] = [(0, OPEN), (600, CLOSED), (1_200, OPEN), (1_800, CLOSED), (1_900, None)]
    assert _said(door, steps) == [("open", 0), ("closed", 600), ("open", 1_200), ("closed", 1_800)]


def test_what_never_comes_to_rest_is_flapping_too() -> None:
    door = _contact(flapping_window_s=1)
    chatter: list[Step] = [(100 + 10 * number, CLOSED if number % 2 else OPEN) for number in range(101)]
    assert _said(door, chatter) == [("flapping begins", 1_100)]
    assert _said(door, [(1_150, None), (2_099, None)]) == []
    assert _said(door, [(2_100, None)]) == [("open", 1_100), ("flapping ends", 2_100)]


def test_what_does_not_change_for_too_long_is_stuck_until_it_does() -> None:
    door = _contact(stuck_after_s=2)
    assert _wakes_ms(door) == 2_000
    assert _said(door, [(1_999, None), (2_000, None), (3_000, None)]) == [("stuck begins", 2_000)]
    assert _wakes_ms(door) is None
    assert _said(door, [(3_500, OPEN), (3_550, None)]) == [("stuck ends", 3_500), ("open", 3_500)]
    assert _wakes_ms(door) == 5_500


def test_a_flaw_of_the_wires_is_told_once() -> None:
    door = _contact()
    assert [_words(one) for one in door.flaw(Flaw.FLOATING, 5 * MS)] == [("floating begins", 5)]
    assert door.flaw(Flaw.FLOATING, 6 * MS) == []
    assert door.reading(9).flaws == {Flaw.FLOATING}


@pytest.mark.parametrize("role", Role)
def test_every_role_has_words_for_rest_and_otherwise(role: Role) -> None:
    assert role.rest is not role.raised


_EDGES = st.lists(st.tuples(st.integers(0, 400), st.sampled_from([OPEN, CLOSED, State.SHORTED])), max_size=60)


@given(_EDGES, st.integers(1, 100), st.integers(1, 5))
@example([(901, OPEN)], 100, 1)
def test_whatever_the_lines_do_the_last_state_told_is_the_one_that_they_end_in(
    edges: list[tuple[int, State]], debounce_ms: int, changes: int
) -> None:
    door = _contact(debounce_ms=debounce_ms, flapping_changes=changes, flapping_window_s=1, stuck_after_s=1)
    now_ms, shown = 0, CLOSED
    seen: list[Sighting] = [door.first()]
    for gap_ms, state in edges:
        now_ms, shown = now_ms + gap_ms, state
        seen += door.see(state, now_ms * MS)
    while (wakes_ns := door.wakes_ns) is not None:
        before = len(seen)
        seen += door.pass_time(wakes_ns)
        assert len(seen) > before or door.wakes_ns != wakes_ns
    states = [one for one in seen if isinstance(one, StateSeen)]
    assert states[-1].state is shown
    assert all(one.state is not other.state for one, other in pairwise(states))
    flaws = [one for one in seen if not isinstance(one, StateSeen)]
    for times in ([one.at_ns for one in states], [one.at_ns for one in flaws]):
        assert times == sorted(times)
    assert door.reading(0).flaws == {Flaw.STUCK}
