"""What is counted and timed."""

import pytest

from agent.wire import Stage
from central.rehearsal.tally import Score, Tally, peak_a_second, percentiles_ms


def test_percentiles_are_values_that_were_measured() -> None:
    assert percentiles_ms([]) == {}
    assert percentiles_ms([5.0]) == {"p50": 5.0, "p90": 5.0, "p99": 5.0, "p100": 5.0}
    hundred = [float(number) for number in range(1, 101)]
    assert percentiles_ms(reversed(hundred)) == {"p50": 50.0, "p90": 90.0, "p99": 99.0, "p100": 100.0}


@pytest.mark.parametrize(
    ("moments_s", "peak"),
    [([], 0), ([1.0], 1), ([1.0, 1.9, 2.0], 2), ([5.0, 0.0, 5.5, 5.99, 9.0], 3)],
)
def test_the_peak_is_the_most_within_one_second(moments_s: list[float], peak: int) -> None:
    assert peak_a_second(moments_s) == peak


def test_news_are_told_once_and_add_up_over_troupes() -> None:
    tally, score = Tally(), Score()
    score.expect()
    score.expect()
    tally.count("cuts")
    tally.time("connect", 0.25)
    tally.time("receipt", -0.001)
    tally.connected(3.0)
    tally.sealed("01jd0000000000000000000000")
    tally.settled("01jd0000000000000000000000", Stage.REJECTED)
    score.add(0, tally.news(online=2, open_=1, ready=True))
    assert score.ready is False
    score.add(1, tally.news(online=3, open_=0, ready=True))
    score.add(0, tally.news(online=1, open_=4, ready=False))
    assert [score.ready, score.online, score.open] == [True, 4, 4]
    assert score.counts == {"cuts": 1}
    assert (score.times_ms["connect"], score.times_ms["receipt"]) == ([250.0], [0.0])
    assert score.connected_s == [3.0]
    assert score.settled == {"01jd0000000000000000000000": Stage.REJECTED}
    assert score.sealed == set(score.settled)
