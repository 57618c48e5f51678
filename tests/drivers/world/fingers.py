"""Fingers that several tests look at, grown once for all of them."""

from functools import cache

from drivers.contract import Finger
from drivers.world.finger import WorldFinger


@cache
def world_finger(person_seed: int, finger: Finger) -> WorldFinger:
    return WorldFinger(person_seed, finger)


def some_fingers() -> list[WorldFinger]:
    """Six fingers of two people, of several patterns."""
    wanted = (Finger.RIGHT_INDEX, Finger.RIGHT_RING, Finger.LEFT_THUMB)
    return [world_finger(person, finger) for person in (1, 2) for finger in wanted]
