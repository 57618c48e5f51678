"""When what is due: new ones at once, the others with patience that only news shortens."""

import random

from hypothesis import given
from hypothesis import strategies as st

from agent.courier.agenda import Agenda

LONGEST_S = 300.0


def agenda(seed: int = 1, *, longest_s: float = LONGEST_S) -> Agenda:
    return Agenda(longest_s, random.Random(seed))


def test_what_is_new_is_due_at_once_and_then_not_again() -> None:
    plan = agenda()
    assert plan.due(["a", "b"], now_s=10.0) == ["a", "b"]
    assert plan.due(["a", "b", "c"], now_s=10.0) == ["c"]


def test_it_is_due_again_when_its_time_has_come() -> None:
    plan = agenda()
    plan.due(["a"], now_s=10.0)
    pause_s = plan.next_s(now_s=10.0)
    assert pause_s is not None
    assert plan.due(["a"], now_s=10.0 + pause_s * 0.99) == []
    assert plan.due(["a"], now_s=10.0 + pause_s) == ["a"]


@given(seed=st.integers(), longest_s=st.floats(1.0, 300.0))
def test_pauses_stay_in_their_bounds(seed: int, longest_s: float) -> None:
    plan, now_s = agenda(seed, longest_s=longest_s), 0.0
    for attempt in range(14):
        assert plan.due(["a"], now_s=now_s) == ["a"]
        pause_s = plan.next_s(now_s=now_s)
        assert pause_s is not None
        assert 0.199 <= pause_s <= min(longest_s, 2.0**attempt) + 1e-6
        now_s += pause_s


def patient(plan: Agenda, *, rounds: int) -> float:
    """Asked in vain so often; returns the time."""
    now_s = 0.0
    for _ in range(rounds):
        plan.due(["a"], now_s=now_s)
        now_s += plan.next_s(now_s=now_s) or 0.0
    plan.due(["a"], now_s=now_s)
    return now_s


def test_news_shortens_the_pauses() -> None:
    plan = agenda()
    now_s = patient(plan, rounds=9)
    plan.heard("a", "stored", now_s=now_s)
    pause_s = plan.next_s(now_s=now_s)
    assert pause_s is not None
    assert pause_s <= 1.0


def test_the_same_again_is_no_news() -> None:
    # else station and central would ask and answer each other without end, for as long as MIGRIS takes
    plan, now_s, asked = agenda(), 0.0, 0
    while now_s < 3600.0:
        asked += len(plan.due(["a"], now_s=now_s))
        plan.heard("a", "stored", now_s=now_s)
        now_s += plan.next_s(now_s=now_s) or 0.0
    assert asked < 60


def test_each_new_word_counts_and_an_old_one_in_between_too() -> None:
    plan = agenda()
    for word in ("lacks 7", "lacks 3", "stored"):
        now_s = patient(plan, rounds=9)
        plan.heard("a", word, now_s=now_s)
        assert (plan.next_s(now_s=now_s) or 99.0) <= 1.0


def test_a_word_that_was_said_before_is_no_news_whatever_came_between() -> None:
    plan = agenda()
    for word in ("lacks 7", "lacks 3"):
        plan.due(["a"], now_s=0.0)
        plan.heard("a", word, now_s=0.0)
    now_s = patient(plan, rounds=9)
    pause_s = plan.next_s(now_s=now_s)
    for word in ("lacks 7", "lacks 3", "lacks 7"):
        plan.heard("a", word, now_s=now_s)
    assert plan.next_s(now_s=now_s) == pause_s


def test_a_new_connection_makes_everything_due_and_no_pause_shorter() -> None:
    plan, longest = agenda(), 0.0
    for _ in range(200):
        plan.all_due()
        assert plan.due(["a"], now_s=0.0) == ["a"]
        longest = max(longest, plan.next_s(now_s=0.0) or 0.0)
    assert longest > LONGEST_S / 2


def test_what_is_on_its_way_is_not_asked_for_until_it_goes_on() -> None:
    plan = agenda()
    plan.due(["a", "b"], now_s=0.0)
    plan.hold("a")
    assert plan.due(["a", "b"], now_s=1e6) == ["b"]
    plan.go_on("a", now_s=1e6)
    assert plan.due(["a"], now_s=1e6) == []
    assert plan.due(["a"], now_s=1e6 + 2.0) == ["a"]
    plan.hold("a")
    plan.all_due()
    assert plan.due(["a"], now_s=1e6 + 2.0) == ["a"]
    plan.hold("a")
    plan.heard("a", "stored", now_s=0.0)
    assert (plan.next_s(now_s=0.0) or 99.0) <= 1.0


def test_what_nobody_waits_for_is_neither_held_nor_goes_on() -> None:
    plan = agenda()
    plan.hold("a")
    plan.go_on("a", now_s=0.0)
    assert plan.next_s(now_s=0.0) is None


def test_words_about_what_is_not_waited_for_change_nothing() -> None:
    plan = agenda()
    plan.heard("a", "stored", now_s=0.0)
    assert plan.next_s(now_s=0.0) is None


def test_what_is_settled_is_forgotten() -> None:
    plan = agenda()
    plan.due(["a", "b"], now_s=0.0)
    plan.due(["b"], now_s=0.0)
    assert plan.due(["a", "b"], now_s=0.0) == ["a"]
    plan.due([], now_s=0.0)
    assert plan.next_s(now_s=0.0) is None


def test_all_is_due_when_central_is_back() -> None:
    plan = agenda()
    plan.due(["a", "b"], now_s=0.0)
    plan.all_due()
    assert plan.due(["a", "b"], now_s=0.0) == ["a", "b"]


def test_a_time_that_is_over_is_now() -> None:
    plan = agenda()
    plan.due(["a"], now_s=0.0)
    assert plan.next_s(now_s=1000.0) == 0.0


def test_thousands_of_parcels_have_a_time_each() -> None:
    plan = agenda()
    keys = [str(number) for number in range(20_000)]
    assert len(plan.due(keys, now_s=0.0)) == len(keys)
    assert plan.due(keys, now_s=0.0) == []


def test_when_central_is_back_everything_is_due_soon_and_not_in_step() -> None:
    plan = agenda()
    keys = [str(number) for number in range(200)]
    for number in range(12):
        plan.due(keys, now_s=number * LONGEST_S)
    now_s = 11 * LONGEST_S
    plan.all_soon(now_s=now_s)
    assert plan.due(keys, now_s=now_s + 0.19) == []
    early = plan.due(keys, now_s=now_s + 0.6)
    assert 60 < len(early) < 140
    assert {*early, *plan.due(keys, now_s=now_s + 1.0)} == set(keys)


def test_what_is_due_sooner_stays_so_when_central_is_back() -> None:
    plan = agenda()
    plan.due(["a"], now_s=0.0)
    pause_s = plan.next_s(now_s=0.0)
    for _ in range(20):
        plan.all_soon(now_s=0.0)
        assert (plan.next_s(now_s=0.0) or 99.0) <= (pause_s or 0.0)


def test_another_knows_nothing_of_the_first() -> None:
    plan = agenda()
    plan.due(["a"], now_s=0.0)
    assert plan.another().due(["a"], now_s=0.0) == ["a"]
    assert plan.another().next_s(now_s=0.0) is None
