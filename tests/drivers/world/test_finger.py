import hashlib
import subprocess
import sys

import numpy as np
import pytest

from drivers.contract import Finger, GreyPixels
from drivers.world.finger import WorldFinger, WorldHands
from drivers.world.press import Press
from tests.drivers.world.fingers import some_fingers, world_finger
from tests.drivers.world.likeness import likeness, undone

GENUINE_MIN = 0.5
IMPOSTOR_MAX = 0.45

ELSEWHERE = """
import hashlib
import cv2
from drivers.contract import Finger
from drivers.world.finger import WorldFinger
from drivers.world.press import Press
cv2.setNumThreads(1)
print(hashlib.sha256(WorldFinger(1, Finger.RIGHT_INDEX).press(Press(seed=4, dirt_ratio=0.5)).tobytes()).hexdigest())
"""


def _straightened(finger: WorldFinger, press: Press) -> GreyPixels:
    return undone(finger.press(press), press)


def _wandering(count: int) -> list[Press]:
    rng = np.random.default_rng(6)
    return [Press().again(rng=rng) for _ in range(count)]


@pytest.mark.parametrize("finger", some_fingers(), ids=lambda finger: finger.finger.value)
def test_the_same_finger_is_recognised_from_press_to_press(finger: WorldFinger) -> None:
    first, second, third = (_straightened(finger, press) for press in _wandering(3))
    assert min(likeness(first, second), likeness(first, third), likeness(second, third)) > GENUINE_MIN


def test_no_two_fingers_are_alike_on_one_hand_or_two_people() -> None:
    prints = [_straightened(finger, press) for finger, press in zip(some_fingers(), _wandering(6), strict=True)]
    pairs = [likeness(one, other) for at, one in enumerate(prints) for other in prints[at + 1 :]]
    assert max(pairs) < IMPOSTOR_MAX


@pytest.mark.parametrize(
    "knobs",
    [
        {"moisture_ratio": 0.05},
        {"moisture_ratio": 0.95},
        {"pressure_ratio": 0.1},
        {"pressure_ratio": 0.95},
        {"rotation_deg": 25},
        {"shift_px": (40, 45)},
        {"missing_ratio": 0.4},
        {"dirt_ratio": 0.8},
        {"injury_ratio": 0.8},
    ],
    ids=lambda knobs: next(iter(knobs)),
)
def test_no_knob_makes_it_another_finger(knobs: dict[str, float]) -> None:
    finger, press = world_finger(1, Finger.RIGHT_INDEX), Press.model_validate({"seed": 9} | knobs)
    assert likeness(_straightened(finger, Press()), _straightened(finger, press)) > GENUINE_MIN


def test_the_same_press_is_the_same_bytes_in_another_process() -> None:
    print_ = world_finger(1, Finger.RIGHT_INDEX).press(Press(seed=4, dirt_ratio=0.5))
    elsewhere = subprocess.run([sys.executable, "-c", ELSEWHERE], capture_output=True, text=True, check=True)
    assert elsewhere.stdout.strip() == hashlib.sha256(print_.tobytes()).hexdigest()


def test_two_presses_are_never_the_same_picture() -> None:
    finger = world_finger(1, Finger.RIGHT_INDEX)
    assert not np.array_equal(finger.press(Press(seed=1)), finger.press(Press(seed=2)))


def test_a_press_leaves_the_skin_as_it_was() -> None:
    finger = world_finger(1, Finger.RIGHT_INDEX)
    before = finger.skin.relief.copy()
    finger.press(Press(injury_ratio=1, dirt_ratio=1, moisture_ratio=0))
    assert np.array_equal(finger.skin.relief, before)


def test_a_finger_that_stays_away_leaves_the_plate_bare() -> None:
    bare = world_finger(1, Finger.RIGHT_INDEX).stay_away(Press())
    assert bare.shape == (480, 320)
    assert bare.mean() > 245
    assert bare.std() < 4


def test_a_hand_grows_each_finger_once() -> None:
    hands = WorldHands(3)
    assert hands.finger(Finger.LEFT_INDEX) is hands.finger(Finger.LEFT_INDEX)
    assert hands.finger(Finger.LEFT_INDEX) is not hands.finger(Finger.LEFT_MIDDLE)
