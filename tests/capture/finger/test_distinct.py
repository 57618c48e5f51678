"""The same finger under two names."""

import pytest

from capture.finger.distinct import DistinctFingers
from capture.sample import FingerSample, Quality
from drivers.contract import Finger
from tests.capture.finger.plates import pressed

RIGHT, LEFT = Finger.RIGHT_INDEX, Finger.LEFT_INDEX


def sample(named: Finger, *, really: Finger, **knobs: object) -> FingerSample:
    quality = Quality(score=50, algorithm="t", version="1")
    pixels = pressed((1, really), **knobs)
    return FingerSample(finger=named, pixels=pixels, wsq=b"", ppi=500, quality=quality, measures={}, taken_ns=1)


def test_ten_fingers_are_ten() -> None:
    visit = DistinctFingers()
    assert [visit.admit(sample(finger, really=finger)) for finger in Finger] == [None] * 10


@pytest.mark.parametrize("named", [LEFT, Finger.RIGHT_MIDDLE], ids=lambda finger: finger.value)
def test_a_finger_that_is_given_again_is_named_by_its_first_name(named: Finger) -> None:
    visit = DistinctFingers()
    assert visit.admit(sample(RIGHT, really=RIGHT)) is None
    again = sample(named, really=RIGHT, seed=8, rotation_deg=12.0, shift_px=(15.0, -20.0))
    assert visit.admit(again) is RIGHT


def test_a_finger_is_never_taken_for_itself() -> None:
    visit = DistinctFingers()
    assert [visit.admit(sample(RIGHT, really=RIGHT, seed=seed)) for seed in range(3)] == [None] * 3


def test_every_attempt_of_the_other_finger_counts() -> None:
    visit = DistinctFingers()
    for missing_ratio in (0.0, 0.48):
        assert visit.admit(sample(RIGHT, really=RIGHT, missing_ratio=missing_ratio)) is None
    assert visit.admit(sample(LEFT, really=RIGHT, seed=3)) is RIGHT


def test_what_was_refused_is_not_remembered() -> None:
    visit = DistinctFingers()
    assert visit.admit(sample(RIGHT, really=RIGHT)) is None
    assert visit.admit(sample(LEFT, really=RIGHT, seed=3)) is RIGHT
    assert visit.admit(sample(LEFT, really=LEFT)) is None


def test_a_finger_that_is_forgotten_may_be_given_again_under_any_name() -> None:
    visit = DistinctFingers()
    visit.admit(sample(RIGHT, really=LEFT))
    assert visit.admit(sample(LEFT, really=LEFT, seed=2)) is RIGHT
    (known,) = visit._known[RIGHT]
    visit.forget(RIGHT)
    assert not known.x_px.any()
    assert not known.angle_rad.any()
    assert visit.admit(sample(LEFT, really=LEFT, seed=2)) is None
    assert visit.admit(sample(RIGHT, really=RIGHT)) is None
    visit.forget_all()
    assert visit._known == {}
