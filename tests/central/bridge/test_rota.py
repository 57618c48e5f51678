"""Whose turn it is at MIGRIS, as a transcript: no clock, no loop."""

import random

from agent.link import Patience
from central.bridge.rota import Rota

A, B, C, D = (("lt", name) for name in "abcd")


def rota(longest_s: float = 60.0) -> Rota:
    return Rota(Patience(longest_s, random.Random(1)))


def test_everybody_goes_in_the_order_of_waiting() -> None:
    it = rota()
    assert it.turns([A, B, C], now_s=0) == [A, B, C]
    for place in (A, B, C):
        it.answered(place, now_s=0)
    assert it.turns([], now_s=1) == []
    assert it.pause_s(now_s=1) is None


def test_in_an_outage_one_is_tried_at_a_time_and_each_in_turn() -> None:
    it, now, tried = rota(), 0.0, []
    for _ in range(7):
        turns = it.turns([A, B, C], now_s=now)
        tried.append(turns[0])
        it.silent(turns[0], others=turns[1:], now_s=now)
        assert it.turns([A, B, C], now_s=now) == [], "nobody before the pause is over"
        pause = it.pause_s(now_s=now)
        assert pause is not None
        now += pause
    assert tried == [A, B, C, A, B, C, A]


def test_pauses_grow_in_an_outage_and_not_without_end() -> None:
    it, now, pauses = rota(longest_s=8.0), 0.0, []
    for _ in range(200):
        it.silent(A, others=[], now_s=now)
        pause = it.pause_s(now_s=now)
        assert pause is not None
        pauses.append(pause)
        now += pause
    assert pauses[0] <= 1.0
    assert max(pauses) <= 8.0
    assert max(pauses[10:]) > 4.0


def test_what_is_new_does_not_wait_for_the_old() -> None:
    it = rota()
    it.silent(A, others=[B], now_s=0)
    assert it.turns([A, B, C], now_s=0) == [C]


def test_an_answer_ends_the_pause_for_everybody() -> None:
    it = rota()
    for _ in range(9):
        it.silent(A, others=[B], now_s=0)
    it.answered(C, now_s=1)
    assert it.pause_s(now_s=1) == 0
    assert it.turns([A, B], now_s=1) == [B, A]


def test_one_that_is_never_answered_keeps_nobody() -> None:
    it, now = rota(), 0.0
    done = []
    waiting = [A, B, C, D]
    for _ in range(10):
        turns = it.turns(waiting, now_s=now)
        for number, place in enumerate(turns, start=1):
            if place == A:
                it.silent(A, others=turns[number:], now_s=now)
                break
            it.answered(place, now_s=now)
            waiting.remove(place)
            done.append(place)
        now += it.pause_s(now_s=now) or 0
    assert done == [B, C, D]
    assert waiting == [A]


def test_who_left_is_forgotten() -> None:
    it = rota()
    it.silent(A, others=[B], now_s=0)
    assert it.turns([B], now_s=100) == [B]
    it.silent(B, others=[], now_s=100)
    assert it.turns([], now_s=101) == []
    assert it.pause_s(now_s=101) is None
