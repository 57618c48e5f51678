"""The fingers of one person in the world: each grown once, and then the same for ever."""

import numpy as np

from drivers.contract import Finger, GreyPixels
from drivers.world.imprint import imprint, untouched
from drivers.world.press import Press
from drivers.world.skin import grow_skin

# The first word of every seed says what is drawn, so that no two draws ever share a stream.
_PRESS, _ABSENCE = 3, 4


class WorldFinger:
    """One finger: its skin never changes, and each press differs as two presses of a real finger do."""

    def __init__(self, person_seed: int, finger: Finger) -> None:
        """Grow the finger, which takes some tenths of a second.

        :param person_seed: which person, 0 to 2**32 - 1.
        :param finger: which of their fingers.
        """
        self.finger = finger
        """Which finger it is."""
        self._identity = (person_seed, finger.code)
        self.skin = grow_skin(person_seed, finger)
        """The master print."""

    def press(self, press: Press) -> GreyPixels:
        """The frame of one press, shape (480, 320): the same press gives the same bytes."""
        rng = np.random.default_rng([_PRESS, *self._identity, press.seed])
        return imprint(self.skin, press, rng=rng)

    def stay_away(self, press: Press) -> GreyPixels:
        """The frame when the finger is not laid down, shape (480, 320): the plate with the press's dirt on it."""
        rng = np.random.default_rng([_ABSENCE, *self._identity, press.seed])
        return untouched(self.skin, press, rng=rng)


class WorldHands:
    """The ten fingers of one person; ask twice and it is the same finger, already grown."""

    def __init__(self, person_seed: int) -> None:
        """:param person_seed: which person, 0 to 2**32 - 1."""
        self._person_seed = person_seed
        self._grown: dict[Finger, WorldFinger] = {}

    def finger(self, finger: Finger) -> WorldFinger:
        """One of the ten, grown when first asked for."""
        if finger not in self._grown:
            self._grown[finger] = WorldFinger(self._person_seed, finger)
        return self._grown[finger]
