"""The request machine: a transcript of every road, and refusal everywhere else."""

import pytest

from central.errors import SubjectRefused
from central.subject.machine import ANSWERABLE, CLOSED, TABLE, RequestState, Step, after

S, T = RequestState, Step


@pytest.mark.parametrize(
    "road",
    [
        [T.ACCEPT, S.IN_ORDER, T.ANSWER, S.ANSWERED],
        [T.ACCEPT, S.IN_ORDER, T.REFUSE, S.REFUSED],
        [T.ACCEPT, S.IN_ORDER, T.EXTEND, S.EXTENDED, T.ANSWER, S.ANSWERED],
        [T.ACCEPT, S.IN_ORDER, T.EXTEND, S.EXTENDED, T.REFUSE, S.REFUSED],
        [T.RETURN, S.NOT_IN_ORDER, T.ACCEPT, S.IN_ORDER, T.WITHDRAW, S.WITHDRAWN],
        [T.RETURN, S.NOT_IN_ORDER, T.REFUSE, S.REFUSED],
        [T.WITHDRAW, S.WITHDRAWN],
    ],
)
def test_roads(road: list[Step | RequestState]) -> None:
    state = S.RECEIVED
    for step, wanted in zip(road[::2], road[1::2], strict=True):
        assert isinstance(step, Step)
        state = after(state, step)
        assert state is wanted
    assert state in CLOSED


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("step", T)
def test_what_is_not_in_the_table_is_refused(state: RequestState, step: Step) -> None:
    if step in TABLE[state]:
        assert after(state, step) is TABLE[state][step]
        return
    with pytest.raises(SubjectRefused, match=f"that is {state} cannot be moved by {step}"):
        after(state, step)


def test_what_is_closed_is_never_answerable() -> None:
    assert {S.ANSWERED, S.REFUSED, S.WITHDRAWN} == CLOSED
    assert not ANSWERABLE & CLOSED


def test_nothing_is_answered_before_it_is_in_order() -> None:
    assert not {T.ANSWER, T.EXTEND} & (TABLE[S.RECEIVED].keys() | TABLE[S.NOT_IN_ORDER].keys())
