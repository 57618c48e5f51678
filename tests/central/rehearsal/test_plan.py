"""Plans and faults: what is read, what is refused, how stations are dealt."""

import random

import pytest

from central.errors import RehearsalRefused
from central.rehearsal.plan import Faults, Plan, casts, next_pause_s, read_faults


def plan(**changes: object) -> Plan:
    fields = {"tenant": "practice", "stations": 7, "processes": 3, "rate": 2.0, "faults": Faults(), "duration_s": 5.0}
    return Plan.model_validate({**fields, "settle_s": 60.0, "retry_max_s": 4.0, **changes})


def test_faults_are_read_by_their_names() -> None:
    assert read_faults("cut=2,lost=0.25") == Faults(cut=2.0, lost=0.25)
    assert read_faults("") == Faults()


@pytest.mark.parametrize(
    "text", ["flood=1", "cut", "cut=often", "cut=-1", "lost=1.5", "cut=1,cut=2", "kill=601", "lost=nan"]
)
def test_what_is_no_fault_is_refused_with_those_that_there_are(text: str) -> None:
    with pytest.raises(RehearsalRefused, match="cut, kill, duplicate, lost, slow, refused"):
        read_faults(text)


def test_every_station_is_in_one_process_and_once() -> None:
    dealt = list(casts(plan()))
    assert [cast.count for cast in dealt] == [3, 2, 2]
    names = [name for cast in dealt for name in cast.names]
    assert names == [f"rehearsal-{number:05d}" for number in range(1, 8)]
    assert sum(cast.rate for cast in dealt) == pytest.approx(2.0)


def test_no_process_is_without_a_station() -> None:
    assert [cast.count for cast in casts(plan(stations=2, processes=5))] == [1, 1]


def test_what_never_happens_has_no_pause() -> None:
    chance = random.Random(1)
    assert next_pause_s(0.0, chance) is None
    pauses = [next_pause_s(4.0, chance) or 0.0 for _ in range(4000)]
    assert sum(pauses) / len(pauses) == pytest.approx(0.25, rel=0.1)
