"""What the person is asked to show to an armed device."""

from dataclasses import dataclass
from enum import StrEnum

from drivers.contract.fault import OrderFault


class Hand(StrEnum):
    """A side of the body, as the person has it (not as a picture shows it)."""

    RIGHT = "right"
    LEFT = "left"


class Digit(StrEnum):
    """A finger's name without its hand."""

    THUMB = "thumb"
    INDEX = "index"
    MIDDLE = "middle"
    RING = "ring"
    LITTLE = "little"


class Finger(StrEnum):
    """The ten fingers, by the names that files, options and records of this project use."""

    RIGHT_THUMB = "right-thumb"
    RIGHT_INDEX = "right-index"
    RIGHT_MIDDLE = "right-middle"
    RIGHT_RING = "right-ring"
    RIGHT_LITTLE = "right-little"
    LEFT_THUMB = "left-thumb"
    LEFT_INDEX = "left-index"
    LEFT_MIDDLE = "left-middle"
    LEFT_RING = "left-ring"
    LEFT_LITTLE = "left-little"

    @property
    def hand(self) -> Hand:
        """The hand that the finger is on."""
        return Hand.RIGHT if self.code <= 5 else Hand.LEFT

    @property
    def digit(self) -> Digit:
        """The finger's name without its hand."""
        return Digit(self.value.split("-")[1])

    @property
    def code(self) -> int:
        """The finger position code, 1 (right thumb) to 10 (left little).

        Source: ISO/IEC 19794-4:2005 and ANSI/NIST-ITL field 14.013, facts/standards.md section 1.3.
        """
        return list(Finger).index(self) + 1


@dataclass(frozen=True, slots=True)
class PortraitAim:
    """The face, straight into the lens."""


@dataclass(frozen=True, slots=True)
class FingerAim:
    """One finger, flat on the plate."""

    finger: Finger
    """The finger that the operator asked for; a sensor cannot check it, a simulator obeys it."""


Aim = PortraitAim | FingerAim


def need_portrait(aim: Aim) -> None:
    """What any camera can be armed for. :raises: OrderFault for anything else."""
    if not isinstance(aim, PortraitAim):
        raise OrderFault("A camera can only be armed for a portrait.")
