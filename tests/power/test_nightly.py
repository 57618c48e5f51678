"""Which trials are drawn: every sort of step before any of them twice, and the same again."""

from tests.power.kills import every_kill
from tests.power.nightly import chosen

_STEPS = {"courier": ["write log"] * 50 + ["sync log", "rename parcel"], "migris": ["send network"] * 5}
_SORTS = 3 + 2 + 2 + 3


def test_every_sort_of_step_has_its_turn() -> None:
    drawn = chosen(list(every_kill("enrolment", _STEPS)), count=14, seed="7")
    assert {trial.groups[0] for trial in drawn[:2]} == {"courier", "migris"}
    assert len({trial.groups for trial in drawn}) == _SORTS
    assert len(set(drawn)) == 14


def test_a_seed_draws_the_same_whatever_else_there_is() -> None:
    drawn = chosen(list(every_kill("enrolment", _STEPS)), count=6, seed="7")
    assert chosen(list(every_kill("enrolment", _STEPS)), count=6, seed="7") == drawn
    assert chosen(list(every_kill("enrolment", _STEPS)), count=6, seed="8") != drawn
    longer = {**_STEPS, "courier": [*_STEPS["courier"], "send broker"]}
    assert len(set(chosen(list(every_kill("enrolment", longer)), count=200, seed="7")) & set(drawn)) == 6
