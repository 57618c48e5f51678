"""Which rung follows which, and when a person is called."""

import pytest

from drivers.contract import Fault, GoneFault, ProtocolFault, StuckFault, TimedOutFault
from drivers.fingerprint.ladder import Ladder, Mending
from tests.drivers.fingerprint.pipes import NotedPipe

UNHALTED = ["clear 0x82", "clear 0x1", "mend"]


class Sick:
    """Something that fails so many times, and what was done to it."""

    def __init__(self, *faults: Fault, resets: Fault | None = None) -> None:
        self._faults = list(faults)
        self.done: list[str] = []
        mending = Mending(lambda: self.done.append("mend"), (0x82, 0x01), begun="is mended", ended="was mended")
        self.ladder = Ladder(NotedPipe(self.done.append, resets=resets), mending)

    def goal(self) -> str:
        """Fails, or is reached."""
        self.done.append("goal")
        if self._faults:
            raise self._faults.pop(0)
        return "got"


@pytest.mark.parametrize(
    ("failures", "done"),
    [
        (0, ["mend", "goal"]),
        (1, ["mend", "goal", *UNHALTED, "goal"]),
        (2, ["mend", "goal", *UNHALTED, "goal", "reset", *UNHALTED, "goal"]),
    ],
)
def test_each_rung_is_climbed_only_when_the_one_below_did_not_lead_to_the_goal(failures: int, done: list[str]) -> None:
    sick = Sick(*[TimedOutFault("Late.")] * failures)
    assert sick.ladder.climb(sick.goal) == "got"
    assert sick.done == done


def test_what_is_sound_is_not_mended_unless_it_is_distrusted() -> None:
    sick = Sick()
    for _ in range(2):
        sick.ladder.climb(sick.goal)
    assert sick.done == ["mend", "goal", "goal"]
    sick.ladder.distrust()
    sick.ladder.climb(sick.goal)
    assert sick.done[3:] == ["mend", "goal"]


def test_what_was_sound_and_fails_is_mended_from_the_lowest_rung_on() -> None:
    sick = Sick()
    sick.ladder.climb(sick.goal)
    sick.done.clear()
    failing = [ProtocolFault("Wrong.")]

    def goal() -> str:
        if failing:
            raise failing.pop()
        return sick.goal()

    assert sick.ladder.climb(goal) == "got"
    assert sick.done == ["mend", "goal"]


def test_above_the_last_rung_a_person_is_asked_and_the_next_climb_begins_below() -> None:
    sick = Sick(*[ProtocolFault("Wrong.")] * 3)
    with pytest.raises(StuckFault, match=r"Wrong\. Unplug the fingerprint sensor and plug it in again\."):
        sick.ladder.climb(sick.goal)
    sick.done.clear()
    sick.ladder.climb(sick.goal)
    assert sick.done == ["mend", "goal"]


def test_a_refused_reset_is_no_reason_not_to_try() -> None:
    sick = Sick(*[TimedOutFault("Late.")] * 2, resets=ProtocolFault("Refused."))
    assert sick.ladder.climb(sick.goal) == "got"
    assert sick.done[-5:] == ["reset", *UNHALTED, "goal"]


def test_what_is_gone_is_not_mended() -> None:
    sick = Sick(GoneFault("Unplugged."))
    with pytest.raises(GoneFault):
        sick.ladder.climb(sick.goal)
    assert sick.done == ["mend", "goal"]
