"""No finger twice: every print of a visit is compared with those that were taken as other fingers, of either hand.

Which finger a picture shows nobody can tell; that two pictures show the same one can be told, and then one of the two
names is wrong. How often that is told rightly and wrongly: docs/matching.md.
"""

from capture.finger.matching import same_finger
from capture.finger.minutiae import Minutiae, find_minutiae
from capture.sample import FingerSample
from drivers.contract import Finger


class DistinctFingers:
    """What the fingers of one visit look like: plaintext, held as long as the visit. One thread at a time."""

    def __init__(self) -> None:
        self._known: dict[Finger, list[Minutiae]] = {}

    def admit(self, sample: FingerSample) -> Finger | None:
        """The other finger that this print was taken as before; or None, and then it is remembered as its own."""
        found = find_minutiae(sample.pixels)
        for finger, taken in self._known.items():
            if finger is not sample.finger and any(same_finger(found, print_) for print_ in taken):
                found.zero()
                return finger
        self._known.setdefault(sample.finger, []).append(found)
        return None

    def forget(self, finger: Finger) -> None:
        """Overwrite what is known of a finger: it is taken afresh."""
        for print_ in self._known.pop(finger, ()):
            print_.zero()

    def forget_all(self) -> None:
        """Overwrite everything."""
        for finger in list(self._known):
            self.forget(finger)
