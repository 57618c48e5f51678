"""What comes of a single frame."""

from capture.finger.burst import Burst
from capture.profile import FingerRule
from capture.sample import FingerSample
from drivers.contract import Finger, Frame, Retake


def looked_at(frame: Frame, finger: Finger, *, rule: FingerRule) -> FingerSample | Retake:
    """A burst that has seen nothing else."""
    burst = Burst(finger, rule=rule)
    burst.add(frame)
    return burst.outcome()
