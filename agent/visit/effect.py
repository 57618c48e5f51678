"""What the machine wants done. Values only."""

from dataclasses import dataclass
from enum import StrEnum

from drivers.contract import Finger


class Do(StrEnum):
    """An effect without further words."""

    RESERVE = "reserve"
    """A place and a key for the parcel, at the courier."""
    CHECK_APPLICATION = "check-application"
    """Ask MIGRIS."""
    OPEN_DEVICES = "open-devices"
    """Take camera and sensor."""
    SHUTTER = "shutter"
    """Take the portrait now, in the step that is under way."""
    PACK = "pack"
    """Write the records, in the worker."""
    SEAL = "seal"
    """Seal and put on the disk, in the worker."""
    SETTLE = "settle"
    """Find out whether the parcel is on the disk after the worker ended while sealing."""
    CLOSE = "close"
    """Disarm, close, zero: end the worker."""
    HAND_OVER = "hand-over"
    """Tell the courier that the parcel is there."""
    RELEASE = "release"
    """Give the place and the key back: there will be no parcel."""


@dataclass(frozen=True, slots=True)
class Take:
    """Capture one step."""

    step: str
    """`face` or a finger's name."""
    fresh: bool = False
    """Forget what was taken in this step before."""

    @property
    def finger(self) -> Finger | None:
        """The finger, None for the face."""
        return None if self.step == "face" else Finger(self.step)


Effect = Do | Take
