"""One attempt, frame by frame: when a finger lies still, which frame is kept, and that the others are overwritten."""

import numpy as np
import pytest

from capture.finger.burst import AREA_RATIO_MIN, SHIFT_MAX_MM, Burst, lies_still
from capture.finger.segment import look
from capture.profile import FingerRule
from capture.sample import FingerSample
from drivers.contract import Finger, Frame, GreyPixels, Hint, Retake
from tests.capture.finger.pattern import finger
from tests.capture.finger.plates import pressed

INDEX = Finger.RIGHT_INDEX
BARE = np.full((480, 320), 250, np.uint8)


def burst(frames: int = 3) -> Burst:
    return Burst(INDEX, rule=FingerRule(frames_per_attempt=frames))


def shown(one: Burst, *plates: GreyPixels, start: int = 1) -> Burst:
    for number, pixels in enumerate(plates, start=start):
        one.add(Frame(pixels.copy(), taken_ns=number, ppi=500.0))
    return one


def sample(one: Burst) -> FingerSample:
    kept = one.outcome()
    assert isinstance(kept, FingerSample)
    return kept


def held(one: Burst) -> list[GreyPixels]:
    """Every print's memory that the burst holds."""
    last = [] if one._last is None else [one._last.framed.pixels]
    return last + ([] if one._best is None else [one._best.framed.pixels])


def test_still_is_the_same_place_and_the_same_area() -> None:
    before = look(finger())
    assert lies_still(before, look(finger(middle_px=(4.0, 4.0))), ppi=500)
    assert not lies_still(before, look(finger(middle_px=(0.0, 32.0))), ppi=500)
    assert not lies_still(before, look(finger(half_axes_px=(90.0, 150.0))), ppi=500)
    assert lies_still(before, before, ppi=500)
    assert (SHIFT_MAX_MM, AREA_RATIO_MIN) == (0.9, 0.85)


def test_two_frames_of_a_still_finger_and_one_more_are_enough() -> None:
    one = burst()
    for number in range(3):
        assert not one.enough
        shown(one, pressed(seed=number), start=number)
    assert one.enough
    assert isinstance(one.outcome(), FingerSample)


def test_the_best_of_them_is_kept_wherever_it_came() -> None:
    plates = (pressed(), pressed(pressure_ratio=0.35), pressed(moisture_ratio=0.1))
    alone = [sample(shown(burst(1), plate, plate)).quality.score or 0 for plate in plates]
    best = alone.index(max(alone))
    assert alone.count(alone[best]) == 1
    for order in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        kept = sample(shown(burst(), *(plates[place] for place in order)))
        assert (kept.taken_ns, kept.quality.score) == (1 + order.index(best), alone[best])


def test_the_earlier_wins_among_equals() -> None:
    assert sample(shown(burst(), pressed(), pressed(), pressed())).taken_ns == 1


def test_a_finger_that_comes_down_is_waited_for() -> None:
    landing = [pressed(pressure_ratio=0.1 * step, shift_px=(0, 90 - 18 * step)) for step in (0, 2, 4)]
    one = shown(burst(), BARE, *landing)
    assert not one.enough
    kept = sample(shown(one, pressed(), pressed(seed=1), pressed(seed=2), start=10))
    assert kept.taken_ns >= 10


def test_a_burst_of_one_takes_the_frame_that_showed_it_lying_still() -> None:
    one = shown(burst(1), pressed(), pressed(seed=1))
    assert one.enough
    assert sample(one).taken_ns == 2


def test_lifting_the_finger_ends_a_burst_that_has_begun() -> None:
    one = shown(burst(9), pressed(), pressed(seed=1))
    assert not one.enough
    lifted = shown(one, BARE)
    assert lifted.enough
    assert sample(lifted).taken_ns in {1, 2}


def test_moving_the_finger_ends_it_too() -> None:
    one = shown(burst(9), pressed(), pressed(seed=1), pressed(shift_px=(60, 0)))
    assert one.enough
    assert sample(one).taken_ns in {1, 2}


def test_a_finger_that_is_lifted_before_it_lay_still_is_forgotten() -> None:
    one = shown(burst(), pressed())
    (before,) = held(one)
    one.miss(Hint.NO_FINGER)
    assert not before.any()
    assert not one.finger_seen
    assert one.outcome() == Retake(Hint.NO_FINGER)


def test_a_finger_that_never_lies_still_is_to_be_lifted() -> None:
    sliding = shown(burst(), *(pressed(shift_px=(shift, 0)) for shift in (-60, 0, 60)))
    assert sliding.finger_seen
    assert sliding.outcome() == Retake(Hint.LIFT_FINGER)


def test_the_only_frame_of_a_touch_is_taken() -> None:
    assert sample(shown(burst(), BARE, pressed())).taken_ns == 2


def test_nothing_is_the_last_hint() -> None:
    assert burst().outcome() == Retake(Hint.NOT_SEEN_IN_TIME)
    one = shown(burst(), BARE)
    assert one.outcome() == Retake(Hint.NO_FINGER)
    one.miss(Hint.CLEAN_PLATE)
    assert one.outcome() == Retake(Hint.CLEAN_PLATE)


@pytest.mark.parametrize("frames", [1, 2, 3, 5])
def test_only_the_kept_prints_memory_outlives_the_burst(frames: int) -> None:
    one, seen = burst(frames), []
    plates = [pressed(shift_px=(60, 0)), *(pressed(seed=number) for number in range(frames + 1))]
    for plate in plates:
        if not one.enough:
            shown(one, plate)
            seen += held(one)
    kept = sample(one)
    assert kept.pixels.any()
    assert not any(pixels.any() for pixels in seen if pixels is not kept.pixels)
    one.zero()
    assert kept.pixels.any()


def test_what_is_held_when_a_step_is_cancelled_is_overwritten() -> None:
    for plates in ([pressed()], [pressed(), pressed(seed=1)]):
        one = shown(burst(), *plates)
        before = held(one)
        assert all(pixels.any() for pixels in before)
        one.zero()
        assert not any(pixels.any() for pixels in before)
        assert held(one) == []


def test_a_print_without_a_score_is_worth_less_than_any() -> None:
    stripes = np.tile(np.where(np.arange(320) % 9 < 5, 40, 230), (480, 1)).astype(np.uint8)
    kept = sample(shown(burst(), stripes, stripes, stripes))
    assert kept.quality.score is None
