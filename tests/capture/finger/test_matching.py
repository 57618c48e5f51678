"""The same finger twice is noticed; another finger, and the mirrored one, is another."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.finger.matching import MINUTIAE_MAX, MINUTIAE_MIN, THRESHOLD, TURN_MAX_RAD, same_finger, similarity
from capture.finger.minutiae import Minutiae, find_minutiae
from drivers.contract import Finger
from drivers.world.press import Press
from tests.capture.finger.minutia import UNTIMED, moved, some_minutiae
from tests.drivers.world.fingers import world_finger


def found(finger: Finger, press: Press) -> Minutiae:
    return find_minutiae(world_finger(1, finger).press(press))


def disturbed(minutiae: Minutiae, *, seed: int, lost: float = 0.2, off_px: float = 2.0) -> Minutiae:
    """As another press shows them: some lost, some new, all a little elsewhere."""
    rng = np.random.default_rng(seed)
    kept = minutiae.where(rng.random(len(minutiae)) > lost)
    new = some_minutiae(len(minutiae) - len(kept), seed=seed)
    return Minutiae(
        x_px=np.concatenate([kept.x_px + rng.normal(0, off_px, len(kept)), new.x_px]),
        y_px=np.concatenate([kept.y_px + rng.normal(0, off_px, len(kept)), new.y_px]),
        angle_rad=np.concatenate([kept.angle_rad + rng.normal(0, 0.1, len(kept)), new.angle_rad]) % (2 * np.pi),
        kind=np.concatenate([kept.kind, new.kind]),
        quality=np.concatenate([kept.quality, new.quality]),
    )


@UNTIMED
@given(turn_deg=st.floats(-50, 50), right=st.floats(-60, 60), down=st.floats(-60, 60), seed=st.integers(0, 999))
def test_a_turned_shifted_and_disturbed_print_is_the_same(
    turn_deg: float, right: float, down: float, seed: int
) -> None:
    minutiae = some_minutiae(45, seed=seed)
    again = disturbed(moved(minutiae, turn_deg=turn_deg, shift_px=(right, down)), seed=seed + 1)
    assert same_finger(minutiae, again)


@UNTIMED
@given(seed=st.integers(0, 99_999))
def test_other_minutiae_are_another_finger(seed: int) -> None:
    assert not same_finger(some_minutiae(45, seed=seed), some_minutiae(40, seed=seed + 100_000))


@UNTIMED
@given(one=st.integers(0, 99), other=st.integers(0, 99), counts=st.tuples(st.integers(0, 90), st.integers(0, 90)))
def test_it_lies_between_0_and_1_whichever_comes_first(one: int, other: int, counts: tuple[int, int]) -> None:
    a, b = some_minutiae(counts[0], seed=one), some_minutiae(counts[1], seed=other)
    assert 0 <= similarity(a, b) <= 1
    assert similarity(a, b) == similarity(b, a)


def test_a_print_is_most_like_itself() -> None:
    minutiae = some_minutiae(50)
    assert similarity(minutiae, minutiae) > 0.85
    assert similarity(minutiae, minutiae) > similarity(minutiae, disturbed(minutiae, seed=1))


@pytest.mark.parametrize("count", range(MINUTIAE_MIN))
def test_too_few_minutiae_are_like_nothing(count: int) -> None:
    few = some_minutiae(count)
    assert similarity(few, few) == 0
    assert similarity(few, some_minutiae(50)) == 0


def test_a_few_that_fit_prove_nothing() -> None:
    few = some_minutiae(MINUTIAE_MIN)
    assert similarity(few, few) < 0.5


def test_all_in_one_place_are_compared() -> None:
    heap = some_minutiae(20)
    heap.x_px[:], heap.y_px[:], heap.angle_rad[:] = 100, 100, 1
    assert 0 <= similarity(heap, heap) <= 1
    assert 0 <= similarity(heap, some_minutiae(20)) <= 1


def test_a_finger_is_not_turned_further_than_people_do() -> None:
    minutiae = some_minutiae(50)
    beyond = np.rad2deg(TURN_MAX_RAD) + 15
    assert not same_finger(minutiae, moved(minutiae, turn_deg=beyond))


def test_of_very_many_the_clearest_are_compared() -> None:
    minutiae = some_minutiae(200)
    assert similarity(minutiae, minutiae) == similarity(minutiae.clearest(MINUTIAE_MAX), minutiae)


@pytest.mark.parametrize("finger", [Finger.RIGHT_INDEX, Finger.LEFT_INDEX, Finger.RIGHT_THUMB])
@pytest.mark.parametrize(
    "again",
    [
        Press(seed=8),
        Press(seed=9, rotation_deg=20, shift_px=(15, -25)),
        Press(seed=10, pressure_ratio=0.7, moisture_ratio=0.65),
        Press(seed=11, pressure_ratio=0.35, moisture_ratio=0.3),
    ],
)
def test_a_simulated_finger_is_recognised(finger: Finger, again: Press) -> None:
    assert similarity(found(finger, Press(seed=7)), found(finger, again)) > THRESHOLD


def test_the_fingers_of_one_person_are_different_ones() -> None:
    fingers = (Finger.RIGHT_INDEX, Finger.LEFT_INDEX, Finger.RIGHT_THUMB)
    prints = {finger: found(finger, Press(seed=7)) for finger in fingers}
    alike = [similarity(prints[one], prints[other]) for one in prints for other in prints if one is not other]
    assert max(alike) < THRESHOLD


def test_the_mirrored_finger_is_another() -> None:
    print_ = world_finger(1, Finger.RIGHT_INDEX).press(Press(seed=7))
    assert not same_finger(find_minutiae(print_), find_minutiae(np.ascontiguousarray(print_[:, ::-1])))
