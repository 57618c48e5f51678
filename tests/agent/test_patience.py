"""Pauses: jittered, bounded, growing, and short again after progress."""

import random

from hypothesis import given
from hypothesis import strategies as st

from agent.patience import FIRST_S, Patience


@given(seed=st.integers(), longest_s=st.floats(0.01, 3600.0), attempts=st.integers(0, 60))
def test_every_pause_is_within_its_bounds(seed: int, longest_s: float, attempts: int) -> None:
    patience = Patience(longest_s, random.Random(seed))
    for attempt in range(attempts):
        bound_s = min(longest_s, FIRST_S * 2.0**attempt)
        assert min(0.2, bound_s) <= patience.next_s() <= bound_s


def test_pauses_grow_to_the_longest() -> None:
    patience = Patience(300.0, random.Random(7))
    pauses_s = [patience.next_s() for _ in range(400)]
    assert max(pauses_s[:3]) <= 4.0
    assert 250.0 < max(pauses_s) <= 300.0


def test_pauses_are_spread_and_not_in_step() -> None:
    chance = random.Random(7)
    pauses_s = [Patience(300.0, chance).next_s() for _ in range(1000)]
    assert min(pauses_s) < 0.25
    assert max(pauses_s) > 0.95
    assert abs(sum(pauses_s) / 1000 - 0.6) < 0.05


def test_progress_makes_them_short_again() -> None:
    patience = Patience(300.0, random.Random(7))
    for _ in range(20):
        patience.next_s()
    patience.progressed()
    assert patience.attempts == 0
    assert patience.next_s() <= FIRST_S


def test_years_of_attempts_do_not_overflow() -> None:
    patience = Patience(300.0, random.Random(7))
    for _ in range(5000):
        patience.next_s()
    assert patience.attempts <= 32
