"""Time that is counted does not jump; what is due waits until enough of it has passed."""

from datetime import UTC, datetime, timedelta

import pytest

from vault.retention import Counted, Doubt, Reading, Rule, Verdict, advance, doubt, judge

BEGIN = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
DAY_S = 86_400.0
GRACE = timedelta(days=1)


def at(ran_s: float, *, wall: timedelta | None = None, boot: str = "a") -> Reading:
    """The wall clock goes with the monotonic one, unless it is said otherwise."""
    return Reading(boot=boot, monotonic_s=ran_s, now=BEGIN + (timedelta(seconds=ran_s) if wall is None else wall))


def begun() -> Counted:
    return advance(None, at(0))[0]


def test_time_is_counted_as_long_as_the_machine_runs() -> None:
    counted, stepped = advance(begun(), at(DAY_S))
    assert (counted.counted_s, stepped) == (DAY_S, False)
    counted, stepped = advance(counted, at(600, wall=timedelta(days=30), boot="b"))
    assert (counted.counted_s, stepped) == (DAY_S + 600, False)


@pytest.mark.parametrize("wall", [timedelta(days=4000), timedelta(days=-4000), timedelta(minutes=70)])
def test_a_step_within_a_boot_is_noticed_and_not_counted(wall: timedelta) -> None:
    counted, stepped = advance(begun(), at(3600, wall=wall))
    assert (counted.counted_s, stepped) == (3600, True)


def test_a_clock_that_is_merely_corrected_has_not_stepped() -> None:
    _, stepped = advance(begun(), at(DAY_S, wall=timedelta(seconds=DAY_S + 300)))
    assert not stepped


def test_a_clock_that_is_behind_after_a_boot_has_stepped() -> None:
    assert advance(begun(), at(60, wall=timedelta(days=-1), boot="b"))[1]


def test_what_is_due_waits_and_what_is_held_stays() -> None:
    assert judge(held=False, waited_s=DAY_S - 1, grace=GRACE) is Verdict.WAITS
    assert judge(held=False, waited_s=DAY_S, grace=GRACE) is Verdict.GOES
    assert judge(held=True, waited_s=100 * DAY_S, grace=GRACE) is Verdict.HELD


def test_a_rule_says_itself_in_a_few_characters() -> None:
    assert Rule(kind="event", keep=timedelta(days=1096)).text == "event 1096d"


@pytest.mark.parametrize(
    ("last_line", "central", "said"),
    [
        (None, timedelta(0), None),
        (timedelta(hours=-1), timedelta(days=-14), None),
        (timedelta(minutes=2), timedelta(hours=1), None),
        (None, None, Doubt.UNWITNESSED),
        (timedelta(0), timedelta(days=-14, seconds=-1), Doubt.UNWITNESSED),
        (timedelta(0), timedelta(days=-3650), Doubt.UNWITNESSED),
        (timedelta(0), timedelta(hours=1, seconds=1), Doubt.BEHIND_CENTRAL),
        (timedelta(days=3650), timedelta(days=3650), Doubt.BEHIND_CENTRAL),
        (timedelta(minutes=2, seconds=1), timedelta(0), Doubt.BEHIND_LEDGER),
    ],
)
def test_a_clock_is_believed_between_the_ledgers_word_and_headquarters(
    last_line: timedelta | None, central: timedelta | None, said: Doubt | None
) -> None:
    line, word = (None if one is None else BEGIN + one for one in (last_line, central))
    assert doubt(BEGIN, last_line=line, central=word) is said
